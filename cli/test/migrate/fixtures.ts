// Workflows as people have them, and what planFile needs.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readInputs as readDeploy } from "../../../actions/deploy/src/inputs.ts";
import { readInputs as readRender } from "../../../actions/render-task-definition/src/inputs.ts";
import { parseDocument } from "../../../actions/shared/src/document.ts";
import { root } from "../../../infra/local/paths.ts";
import type { OurAction } from "../../src/migrate/input-notes.ts";
import type { Statement } from "../../src/migrate/permissions.ts";
import type { FilePlan, Pin, SourceFile, Target } from "../../src/migrate/model.ts";
import { planFile } from "../../src/migrate/plan-file.ts";

import { readYaml } from "../../src/migrate/yaml-nodes.ts";

export const repository = "rainbow-seeker/deploy-toolkit";
export const commit = "0123456789abcdef0123456789abcdef01234567";
export const byCommit: Pin = { reference: commit, version: "v1.2.3" };
export const byTag: Pin = { reference: "v1", version: undefined };

const described = (action: string) =>
  parseDocument(readFileSync(join(root, "actions", action, "action.yml"), "utf8")) as {
    inputs: OurAction["inputs"];
    outputs: Record<string, object>;
  };
const policy = (action: string) =>
  (JSON.parse(readFileSync(join(root, "actions", action, "iam-policy.json"), "utf8")) as { Statement: Statement[] })
    .Statement;

export const ours = {
  deploy: { ...described("deploy"), readInputs: readDeploy },
  "render-task-definition": { ...described("render-task-definition"), readInputs: readRender },
};
export const policies = { deploy: policy("deploy"), "render-task-definition": policy("render-task-definition") };

export const target = (pin: Pin): Target => ({ repository, pin, ours });

export const plan = (text: string, pin: Pin = byTag, locked?: SourceFile["locked"]): FilePlan =>
  planFile({ path: "deploy.yml", text, documents: readYaml(text), locked }, target(pin));

const folder = join(import.meta.dirname, "workflows");

/** File name → text. composite.yml is a composite action, the others are workflows. */
export const fixtures: [string, string][] = globSync("*.yml", { cwd: folder })
  .toSorted()
  .map((path) => [path, readFileSync(join(folder, path), "utf8")]);

/** A workflow with these steps, each of several lines. */
export const workflow = (...steps: string[]): string =>
  [
    "on: push",
    "jobs:",
    "  deploy:",
    "    runs-on: ubuntu-latest",
    "    steps:",
    ...steps.map((step) => `      - ${step.trimEnd().replaceAll("\n", "\n        ")}`),
    "",
  ].join("\n");
