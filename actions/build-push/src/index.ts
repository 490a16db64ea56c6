import * as core from "@actions/core";
import { ECRClient } from "@aws-sdk/client-ecr";
import { clientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { runProcess } from "../../shared/src/process.ts";
import { runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction(async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  setOutputs({ ...(await main(inputs, { ecr: new ECRClient(clientSettings), run: runProcess, clock: systemClock, log: core.info })) });
});
