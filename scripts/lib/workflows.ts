// GitHub calls reusable workflows from .github/workflows alone; their sources lie in workflows/, and the copies are generated.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";

const header = (name: string) => `# Generated from workflows/${name} by \`npm run sync\`: change it there.\n`;

/** Path and text of each copy, as it must be. */
export async function generatedWorkflows(): Promise<{ path: string; text: string }[]> {
  const names = (await readdir(join(root, "workflows"))).filter((name) => name.endsWith(".yml"));
  return Promise.all(
    names.map(async (name) => ({
      path: `.github/workflows/${name}`,
      text: header(name) + (await readFile(join(root, "workflows", name), "utf8")),
    })),
  );
}
