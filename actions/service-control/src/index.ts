import * as core from "@actions/core";
import { shortRetryClientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { annotate, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { serviceControlClients } from "./clients.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("service-control", async () => {
  const { GITHUB_TRIGGERING_ACTOR: restarted, GITHUB_ACTOR: actor } = process.env;
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }), restarted ?? actor);
  await main(inputs, {
    ...serviceControlClients(shortRetryClientSettings),
    clock: systemClock,
    log: logLine,
    annotate,
    setOutputs,
  });
});
