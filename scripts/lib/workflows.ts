// GitHub calls reusable workflows from .github/workflows alone; their sources lie in workflows/. The copies are written here.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";

const header = (name: string) => `# Generated from workflows/${name} by \`npm run sync\`: change it there.\n`;

/** Name and text of each generated workflow. */
export async function generatedWorkflows(): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(join(root, "workflows"))).filter((name) => name.endsWith(".yml"));
  return Promise.all(
    names.map(async (name) => ({ name, text: header(name) + (await readFile(join(root, "workflows", name), "utf8")) })),
  );
}

export async function writeWorkflows(): Promise<string[]> {
  const folder = join(root, ".github/workflows");
  await mkdir(folder, { recursive: true });
  const workflows = await generatedWorkflows();
  await Promise.all(workflows.map(({ name, text }) => writeFile(join(folder, name), text)));
  return workflows.map(({ name }) => name);
}

/** Names of those whose copy differs from what the source makes. */
export async function driftedWorkflows(): Promise<string[]> {
  const drifted: string[] = [];
  for (const { name, text } of await generatedWorkflows()) {
    const copy = await readFile(join(root, ".github/workflows", name), "utf8").catch(() => undefined);
    if (copy !== text) drifted.push(name);
  }
  return drifted;
}
