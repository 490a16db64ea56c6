import * as core from "@actions/core";
import { shortRetryClientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { annotate, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { deployClients } from "./clients.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";
import { isPost, loadState, trackStarted } from "./state.ts";

await runAction("deploy", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  const dependencies = {
    ...deployClients(shortRetryClientSettings),
    clock: systemClock,
    log: logLine,
    annotate,
    setOutputs,
  };
  if (isPost) {
    const { afterCancel } = await import("./cancel.ts");
    return afterCancel(loadState(), inputs.onCancel, dependencies);
  }
  await trackStarted((onStarted) => main(inputs, { ...dependencies, onStarted }));
});
