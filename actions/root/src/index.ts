import { tmpdir } from "node:os";
import * as core from "@actions/core";
import { deployClients } from "../../deploy/src/clients.ts";
import { isPost, loadState, trackStarted } from "../../deploy/src/state.ts";
import { shortRetryClientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import type { SendHttp } from "../../shared/src/http.ts";
import { annotate, hide, logLine, runAction, setOutputs, thisRun } from "../../shared/src/report.ts";
import { secretsOf } from "../../smoke-test/src/inputs.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

/** Loaded with the first request of the smoke test. */
const send: SendHttp = async (...given) => (await import("../../shared/src/http.ts")).sendHttp(...given);

await runAction("rainbow-deploy", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  hide(core.getInput("bearer-token"));
  for (const secret of inputs.smokeTest ? secretsOf(inputs.smokeTest("")) : []) hide(secret);
  const dependencies = {
    ...deployClients(shortRetryClientSettings),
    clock: systemClock,
    log: logLine,
    send,
    annotate,
    setOutputs,
    folder: process.env["RUNNER_TEMP"] ?? tmpdir(),
    run: thisRun(),
  };
  if (isPost) {
    const { afterCancel } = await import("../../deploy/src/cancel.ts");
    return afterCancel(loadState(), inputs.deploy("family:1", undefined).onCancel, dependencies);
  }
  await trackStarted((onStarted) => main(inputs, { ...dependencies, onStarted }));
});
