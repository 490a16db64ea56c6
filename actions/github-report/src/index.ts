import * as core from "@actions/core";
import { systemClock } from "../../shared/src/clock.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { annotate, hide, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";
import { describeRun } from "./run.ts";

await runAction("github-report", async () => {
  const run = describeRun(process.env);
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }), run);
  hide(inputs.token);
  await main(inputs, { clock: systemClock, send: sendHttp, log: logLine, annotate, setOutputs, run });
});
