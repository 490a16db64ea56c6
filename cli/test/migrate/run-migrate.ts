// migrate in folders with workflows, without the network.
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { type RunProcess } from "../../../actions/shared/src/process.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { readInputs } from "../../src/migrate/inputs.ts";
import { main, type Dependencies } from "../../src/migrate/main.ts";
import { ours, policies, repository, workflow } from "./fixtures.ts";

export const path = ".github/workflows/deploy.yml";
export const before = workflow(
  "uses: aws-actions/amazon-ecs-deploy-task-definition@v2\nwith: { task-definition: task.json }",
);
export const after = before.replace(
  "aws-actions/amazon-ecs-deploy-task-definition@v2",
  `${repository}/actions/deploy@v1`,
);
export const stuck = workflow(
  "uses: aws-actions/amazon-ecs-deploy-task-definition\nwith: { task-definition: task.json }",
);

export function repositoryWith(files: Record<string, string | Buffer>) {
  const folder = makeTestFolder("migrate-");
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(join(folder, dirname(name)), { recursive: true });
    fs.writeFileSync(join(folder, name), text);
  }
  const read = (name: string) => fs.readFileSync(join(folder, name), "utf8");
  return { folder, read };
}

export const noGit: RunProcess = async () => ({ code: 128, stdout: "", stderr: "no network" });

export async function migrate(folder: string, given: Record<string, string> = {}, more: Partial<Dependencies> = {}) {
  const lines: string[] = [];
  const outputs: Record<string, unknown> = {};
  const inputs = readInputs((name) => ({ pin: "v1", "dry-run": "false", ...given })[name] ?? "");
  const code = await main(inputs, {
    folder,
    repository,
    commit: async () => undefined,
    serverUrl: "https://github.example",
    ours,
    policies,
    run: noGit,
    log: (line) => lines.push(line),
    setOutputs: (one) => Object.assign(outputs, one),
    json: false,
    ...more,
  });
  return { code, text: lines.join("\n"), outputs };
}
