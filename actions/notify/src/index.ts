import * as core from "@actions/core";
import { systemClock } from "../../shared/src/clock.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { annotate, hide, logLine, runAction, setOutputs, thisRun } from "../../shared/src/report.ts";
import { main } from "./main.ts";

await runAction("notify", async () => {
  const getInput = (name: string) => core.getInput(name, { trimWhitespace: false });
  // Before anything can be said about it.
  hide(getInput("webhook-url").trim());
  await main(getInput, thisRun().url, {
    clock: systemClock,
    send: sendHttp,
    log: logLine,
    annotate,
    setOutputs,
  });
});
