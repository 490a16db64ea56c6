import * as core from "@actions/core";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { shortRetryClientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { annotate, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { main } from "./main.ts";
import { describeRun } from "./run.ts";

await runAction("audit-record", async () => {
  await main((name) => core.getInput(name, { trimWhitespace: false }), describeRun(process.env), {
    logs: new CloudWatchLogsClient(shortRetryClientSettings),
    clock: systemClock,
    log: logLine,
    annotate,
    setOutputs,
  });
});
