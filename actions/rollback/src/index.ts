import * as core from "@actions/core";
import { shortRetryClientSettings } from "../../shared/src/aws.ts";
import { clients } from "../../shared/src/clients.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { annotate, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("rollback", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  await main(inputs, {
    ...clients(shortRetryClientSettings),
    clock: systemClock,
    log: logLine,
    annotate,
    setOutputs,
  });
});
