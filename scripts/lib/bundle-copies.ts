// Bundles made from clones in other places. They must not depend on the path: webpack derives module numbers from
// relative paths, and of clones in 24 places two once made other bundles than the rest.
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";
import { bundledFolders } from "./bundle.ts";
import type { Counts } from "./counts.ts";

/** Below .local: the two that failed, and others of other depth and length. */
const places = [
  "new/c",
  "b2",
  "p1/deploy-toolkit",
  "a/b/c/d/e/f/g/h/i/j/k/deploy-toolkit",
  `long/${"a-long-name-".repeat(12)}`,
  "with a space/deploy toolkit",
];
/** What a bundle is made from, and what makes it. */
const parts = ["actions", "cli", "infra/local", "scripts", "action.yml", "package.json"];

/** @param options.isLong every bundle from every place; otherwise the smallest one from two places */
export const bundleCopiesCheck =
  ({ isLong }: { isLong: boolean }) =>
  async (note: (text: string) => void): Promise<Counts> => {
    const folders = isLong ? await bundledFolders() : ["actions/smoke-test"];
    const base = join(stateDir, "bundle-copies");
    let passed = 0;
    await rm(base, { recursive: true, force: true });
    try {
      for (const place of isLong ? places : [places[0] ?? "", places[3] ?? ""]) {
        note(place);
        const copy = join(base, place);
        await copyParts(copy);
        for (const folder of folders) {
          await expectSame(await bundleIn(copy, folder), join(root, folder, "dist"), place);
          passed += 1;
        }
        await rm(copy, { recursive: true });
      }
    } finally {
      await rm(base, { recursive: true, force: true });
    }
    return { passed, failed: 0 };
  };

async function copyParts(copy: string): Promise<void> {
  for (const part of parts) {
    await mkdir(dirname(join(copy, part)), { recursive: true });
    await cp(join(root, part), join(copy, part), { recursive: true });
  }
  // Hard links: real folders, which a bundler resolves as those of a clone, without a copy of 230 MB.
  await run(["cp", "--archive", "--link", join(root, "node_modules"), join(copy, "node_modules")]);
}

/** Bundles a folder with the scripts of the copy; returns the folder with the result. */
async function bundleIn(copy: string, folder: string): Promise<string> {
  const out = join(copy, "out", folder);
  const script = `import { bundle } from "./scripts/lib/bundle.ts"; await bundle(...process.argv.slice(1));`;
  await run([process.execPath, "--input-type=module", "--eval", script, folder, out], { cwd: copy });
  return out;
}

async function expectSame(built: string, committed: string, place: string): Promise<void> {
  const names = async (folder: string) => (await readdir(folder)).toSorted();
  const all = new Set([...(await names(built)), ...(await names(committed))]);
  for (const name of all) {
    const [ours, theirs] = await Promise.all(
      [built, committed].map((folder) => readFile(join(folder, name)).catch(() => undefined)),
    );
    if (ours === undefined || theirs === undefined || !ours.equals(theirs))
      throw new Problem(
        `${committed}/${name} is not what a clone at …/${place} makes.`,
        'If npm test -- "bundles are what the sources make" passes, the bundle depends on the path of the clone: see ' +
          "scripts/lib/bundle.ts. Otherwise run npm run build.",
      );
  }
}
