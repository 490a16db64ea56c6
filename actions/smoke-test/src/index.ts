import * as core from "@actions/core";
import { ECSClient } from "@aws-sdk/client-ecs";
import { clientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { annotate, hide, logLine, runAction, setOutputs, thisRun } from "../../shared/src/report.ts";
import { readInputs, secretsOf } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("smoke-test", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  for (const secret of secretsOf(inputs)) hide(secret);
  await main(inputs, {
    ecs: () => new ECSClient(clientSettings),
    clock: systemClock,
    log: logLine,
    send: sendHttp,
    annotate,
    setOutputs,
    run: thisRun(),
  });
});
