// The files of a release, from a checkout: each is the same, byte for byte, wherever the commit is checked out.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../infra/local/paths.ts";
import { Problem } from "../../../infra/local/problem.ts";
import { run } from "../../../infra/local/process.ts";
import { bundledFolders } from "../bundle.ts";
import { notesOf } from "./check.ts";
import { checksumsFile, notesFile, sbomFile, sha256 } from "./read-files.ts";
import { sbomOfBundles, type Sbom } from "./sbom.ts";

/** @returns the names of what was written into `folder` */
export async function writeReleaseFiles(tag: string, folder: string): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const licenses = (await bundleFiles()).filter((path) => path.endsWith("/licenses.txt"));
  const notes = notesOf(tag, await readFile(join(root, "CHANGELOG.md"), "utf8"));
  if (notes === undefined)
    throw new Problem(`CHANGELOG.md has no section of ${tag}.`, "npm run changelog -- --release");
  const texts: Record<string, string> = {
    [checksumsFile]: await checksums(),
    [sbomFile]: `${JSON.stringify(await readSbom(licenses), null, 2)}\n`,
    [notesFile]: `${notes}\n`,
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  return Object.keys(texts);
}

/** Paths of all committed bundles. */
async function bundleFiles(): Promise<string[]> {
  const folders = (await bundledFolders()).map((folder) => `${folder}/dist`);
  const listed = await run(["git", "ls-files", "-z", "--", ...folders], { cwd: root });
  return listed.split("\0").filter((path) => path !== "");
}

/** As `sha256sum --check` reads them. */
export const checksums = async (): Promise<string> =>
  (await Promise.all((await bundleFiles()).map(checksumLine))).join("");

async function checksumLine(path: string): Promise<string> {
  return `${sha256(await readFile(join(root, path)))}  ${path}\n`;
}

/** @param licenses paths of the licenses.txt of every bundle */
export async function readSbom(licenses: string[]): Promise<Sbom> {
  // With packages for development: `--omit dev` also leaves out those that are for both.
  const npm = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
  // npm leaves its compiled code in the folder for temporary files.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const { repository } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { repository: string };
  const [commit = "", date = ""] = (await run(["git", "log", "-1", "--format=%H %cI"], { cwd: root }))
    .trim()
    .split(" ");
  return sbomOfBundles(
    JSON.parse(await run(npm, { cwd: root, env })) as Sbom,
    await Promise.all(licenses.map((path) => readFile(join(root, path), "utf8"))),
    { repository: repository.replace(/^github:/, ""), commit, date: new Date(date).toISOString() },
  );
}
