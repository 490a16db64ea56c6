import { readFile } from "node:fs/promises";
import * as core from "@actions/core";
import { hide, logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("terraform-plan", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  await main(inputs, { readText: (path) => readFile(path, "utf8"), log: logLine, hide, setOutputs });
});
