import * as core from "@actions/core";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { clientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction(async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  const [ecs, logs] = [new ECSClient(clientSettings), new CloudWatchLogsClient(clientSettings)];
  await main(inputs, { ecs, logs, clock: systemClock, log: core.info, setOutputs });
});
