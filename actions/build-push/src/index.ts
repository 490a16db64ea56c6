import { tmpdir } from "node:os";
import * as core from "@actions/core";
import { ECRClient } from "@aws-sdk/client-ecr";
import { clientSettings } from "../../shared/src/aws.ts";
import { cancellable, systemClock } from "../../shared/src/clock.ts";
import { runProcess } from "../../shared/src/process.ts";
import { hide, logGroup, logLine, runAction, setOutputs, whenCancelled } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("build-push", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  for (const secret of [...inputs.secrets.values(), inputs.signingKey ?? ""]) hide(secret);
  const ecr = (region?: string) => new ECRClient(region ? { ...clientSettings, region } : clientSettings);
  const signal = whenCancelled();
  const dependencies = {
    ecr,
    run: runProcess,
    clock: cancellable(systemClock, signal),
    log: logLine,
    group: logGroup,
    environment: process.env,
    folder: process.env["RUNNER_TEMP"] ?? tmpdir(),
    signal,
  };
  setOutputs({ ...(await main(inputs, dependencies)) });
});
