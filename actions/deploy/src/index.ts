import * as core from "@actions/core";
import { patientClientSettings } from "../../shared/src/aws.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { runAction, setOutputs } from "../../shared/src/report.ts";
import { afterCancel } from "./cancel.ts";
import { deployClients } from "./clients.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";
import { isPost, leftBehind, remembering } from "./state.ts";

await runAction(async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  const tools = { ...deployClients(patientClientSettings), clock: systemClock, log: core.info, setOutputs };
  if (isPost) return afterCancel(leftBehind(), inputs.onCancel, tools);
  await remembering((remember) => main(inputs, { ...tools, remember }));
});
