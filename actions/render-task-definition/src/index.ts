import { tmpdir } from "node:os";
import * as core from "@actions/core";
import { ECSClient } from "@aws-sdk/client-ecs";
import { clientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { onDemand } from "../../shared/src/on-demand.ts";
import { annotate, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("render-task-definition", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  const clients = () => import("./clients-on-demand.ts");
  const stores = {
    ssm: () => onDemand(async () => new (await clients()).SSMClient(clientSettings)),
    secretsManager: () => onDemand(async () => new (await clients()).SecretsManagerClient(clientSettings)),
  };
  const folder = process.env["RUNNER_TEMP"] ?? tmpdir();
  const { path, changed } = await main(inputs, {
    ...stores,
    ecs: new ECSClient(clientSettings),
    clock: systemClock,
    log: logLine,
    annotate,
    folder,
  });
  setOutputs({ "task-definition": path, changed });
});
