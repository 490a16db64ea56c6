import * as core from "@actions/core";
import { patientClientSettings } from "../../shared/src/aws.ts";
import { deployClients } from "./clients.ts";
import { systemClock } from "../../shared/src/clock.ts";
import { runAction, setOutputs } from "../../shared/src/report.ts";
import { afterCancel } from "./cancel.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";
import type { Begun } from "./tools.ts";

/** dist/post.js runs the same file after a cancelled job. */
const isPost = process.env["TOOLKIT_STEP"] === "post";

await runAction(async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  const begun: Begun[] = [];
  const remember = (one: Begun) => {
    begun.push(one);
    core.saveState("begun", JSON.stringify(begun));
  };
  const tools = { ...deployClients(patientClientSettings), clock: systemClock, log: core.info, setOutputs, remember };
  if (isPost) return afterCancel(JSON.parse(core.getState("begun") || "[]") as Begun[], inputs.onCancel, tools);
  await main(inputs, tools).finally(() => {
    core.saveState("begun", "[]");
  });
});
