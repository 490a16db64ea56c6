import * as core from "@actions/core";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { RDSClient } from "@aws-sdk/client-rds";
import { clientSettings } from "../../shared/src/aws.ts";
import { cancellable, systemClock } from "../../shared/src/clock.ts";
import { runProcess } from "../../shared/src/process.ts";
import { hide, runAction, whenCancelled } from "../../shared/src/report.ts";
import { bucketClient } from "./clients.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";
import { inputSource, rdsCertificates, runName, tellOutputs, toolName } from "./surroundings.ts";

await runAction(async () => {
  const { source, id } = inputSource((name) => core.getInput(name, { trimWhitespace: false }));
  for (const name of ["password", "identity"]) hide(source(name));
  const signal = whenCancelled();
  await main(readInputs(source, process.env, rdsCertificates), {
    s3: bucketClient, ecs: () => new ECSClient(clientSettings), logs: () => new CloudWatchLogsClient(clientSettings), cloudWatch: () => new CloudWatchClient(clientSettings), rds: () => new RDSClient(clientSettings),
    run: runProcess, clock: cancellable(systemClock, signal), log: core.info, setOutputs: tellOutputs, runName: runName(), id, tool: toolName, signal,
  });
});
