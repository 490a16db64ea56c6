import * as core from "@actions/core";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { shortRetryClientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { annotate, logLine, runAction, setOutputs, thisRun } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("bake", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  const cloudWatch = new CloudWatchClient(shortRetryClientSettings);
  await main(inputs, {
    ecs: new ECSClient(shortRetryClientSettings),
    cloudWatch: () => cloudWatch,
    clock: systemClock,
    log: logLine,
    annotate,
    setOutputs,
    run: thisRun(),
  });
});
