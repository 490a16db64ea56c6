// The command: loaded when it is called.
import { ECSClient } from "@aws-sdk/client-ecs";
import { shortRetryClientSettings } from "../../../actions/shared/src/aws.ts";
import { systemClock } from "../../../actions/shared/src/clock.ts";
import { sendHttp } from "../../../actions/shared/src/http.ts";
import type { InputSource } from "../../../actions/shared/src/inputs.ts";
import { runProcess } from "../../../actions/shared/src/process.ts";
import type { Context } from "../context.ts";
import { gitHubSettings } from "../github/github.ts";
import { history } from "./history.ts";
import { readInputs } from "./inputs.ts";
import { describe } from "./report.ts";

export async function showHistory(source: InputSource, context: Context): Promise<number> {
  const now = systemClock.now();
  const inputs = readInputs(source, now);
  const services = await history(inputs, {
    ecs: new ECSClient(shortRetryClientSettings),
    clock: systemClock,
    log: context.log,
    deadline: now + 120_000,
    run: runProcess,
    github: gitHubSettings(process.env, sendHttp),
    environment: process.env,
  });
  context.setOutputs({
    services: services.map((one) => ({ ...one, deployments: one.deployments.slice(0, inputs.limit) })),
  });
  if (!context.json) context.log(services.map((one) => describe(one, inputs.limit)).join("\n\n"));
  return 0;
}
