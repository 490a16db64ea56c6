// GitHub runs reusable workflows only from .github/workflows: the sources are in workflows/, the copies are generated.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";

const header = (name: string) => `# Generated from workflows/${name} by \`npm run sync\`: edit it there.\n`;

/** Path and expected text of each copy. */
export async function generatedWorkflows(): Promise<{ path: string; text: string }[]> {
  const names = (await readdir(join(root, "workflows"))).filter((name) => name.endsWith(".yml"));
  return Promise.all(
    names.map(async (name) => ({
      path: `.github/workflows/${name}`,
      text: header(name) + (await readFile(join(root, "workflows", name), "utf8")),
    })),
  );
}
