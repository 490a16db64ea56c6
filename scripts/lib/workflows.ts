// GitHub runs reusable workflows only from .github/workflows: the sources are in workflows/, the copies are generated.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { withCompleteReferences } from "../../infra/local/references.ts";

const released = "rainbow-seeker/deploy-toolkit@v1";
const header = (name: string) => `# Generated from workflows/${name} by \`npm run sync\`: edit it there.\n`;

/**
 * Path and expected text of each copy: one for this repository, and one with complete references instead of `$/`, for
 * GitHub Enterprise Server and older runners.
 */
export async function generatedWorkflows(): Promise<{ path: string; text: string }[]> {
  const names = (await readdir(join(root, "workflows"))).filter((name) => name.endsWith(".yml"));
  const copies = await Promise.all(
    names.map(async (name) => {
      const text = header(name) + (await readFile(join(root, "workflows", name), "utf8"));
      return [
        { path: `.github/workflows/${name}`, text },
        { path: `examples/enterprise-server/.github/workflows/${name}`, text: withCompleteReferences(text, released) },
      ];
    }),
  );
  return copies.flat();
}
