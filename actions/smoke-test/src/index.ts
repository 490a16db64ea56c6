import * as core from "@actions/core";
import { ECSClient } from "@aws-sdk/client-ecs";
import { clientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { runAction, setOutputs, thisRun } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction(async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  await main(inputs, { ecs: () => new ECSClient(clientSettings), clock: systemClock, log: core.info, setOutputs, run: thisRun() });
});
