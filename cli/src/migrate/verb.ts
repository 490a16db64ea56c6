import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readInputs as readDeploy } from "../../../actions/deploy/src/inputs.ts";
import { readInputs as readRender } from "../../../actions/render-task-definition/src/inputs.ts";
import { parseDocument } from "../../../actions/shared/src/document.ts";
import { runProcess } from "../../../actions/shared/src/process.ts";
import { toolkitCommit } from "../toolkit-commit.ts";
import { toolkitFile } from "../toolkit.ts";
import type { Verb } from "../verb.ts";
import { migrateInputs, readInputs } from "./inputs.ts";
import type { OurAction } from "./input-notes.ts";
import type { Statement } from "./permissions.ts";

export const migrateVerb: Verb = {
  name: "migrate",
  summary: "Rewrites workflows that use the AWS actions so that they use this toolkit, and reports what changes.",
  inputs: migrateInputs,
  main: "files",
  run: async (source, { json, log, setOutputs }) => {
    const inputs = readInputs(source);
    // Loaded here: no other command needs positions in YAML.
    const { main } = await import("./main.ts");
    return main(inputs, {
      folder: process.cwd(),
      repository: toolkitRepository(),
      commit: () => toolkitCommit(dirname(toolkitFile("package.json")), readIfThere, runProcess),
      serverUrl: process.env["GITHUB_SERVER_URL"] ?? "https://github.com",
      ours: {
        deploy: { ...described("deploy"), readInputs: readDeploy },
        "render-task-definition": { ...described("render-task-definition"), readInputs: readRender },
      },
      policies: { deploy: policyOf("deploy"), "render-task-definition": policyOf("render-task-definition") },
      run: runProcess,
      log,
      setOutputs,
      json,
    });
  },
};

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(toolkitFile(path), "utf8").catch(() => undefined);

function toolkitRepository(): string {
  const { repository } = JSON.parse(readFileSync(toolkitFile("package.json"), "utf8")) as { repository: string };
  return repository.replace(/^github:/, "");
}

function described(action: string): Pick<OurAction, "inputs"> {
  return parseDocument(readFileSync(toolkitFile(`actions/${action}/action.yml`), "utf8")) as Pick<OurAction, "inputs">;
}

function policyOf(action: string): Statement[] {
  const text = readFileSync(toolkitFile(`actions/${action}/iam-policy.json`), "utf8");
  return (JSON.parse(text) as { Statement: Statement[] }).Statement;
}
