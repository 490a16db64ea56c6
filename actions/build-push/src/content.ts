// What an image is made of, as one hash: the same content has the same name, whichever commit it comes with.
import { createHash } from "node:crypto";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import dockerignore from "@balena/dockerignore";
import { mustRun, type RunProcess } from "../../shared/src/process.ts";

export interface Content {
  /** 32 hexadecimal digits. */
  hash: string;
  /** The commit that is checked out, with "-dirty-<hash8>" when the context holds changes that are in no commit. */
  version: string;
  files: number;
}

/** Raised when the way of hashing changes, so that old names are not taken for new content. */
const scheme = "rainbow-content-1";

export async function contentOf(inputs: { context: string; dockerfile: string; buildArgs: ReadonlyMap<string, string> }, run: RunProcess): Promise<Content> {
  const { context } = inputs;
  const files = await filesIn(inputs, run);
  const hash = createHash("sha256").update(`${scheme}\0`);
  for (const [name, value] of [...inputs.buildArgs].toSorted(byName)) hash.update(`arg\0${name}\0${value}\0`);
  for (const file of files) {
    const entry = await describeFile(join(context, file));
    if (entry) hash.update(`file\0${file}\0${entry}\0`);
  }
  const dockerfile = relative(context, inputs.dockerfile);
  hash.update(`dockerfile\0${dockerfile}\0${await describeFile(inputs.dockerfile)}\0`);

  const digest = hash.digest("hex").slice(0, 32);
  const commit = (await mustRun(run, ["git", "-C", context, "rev-parse", "HEAD"])).trim();
  const changes = (await mustRun(run, ["git", "-C", context, "status", "--porcelain", "--", "."])).trim();
  return { hash: digest, version: changes === "" ? commit : `${commit}-dirty-${digest.slice(0, 8)}`, files: files.length };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

/** Files that git knows or would add, without those that .dockerignore keeps out of the build; sorted by bytes, not by language. */
async function filesIn({ context }: { context: string }, run: RunProcess): Promise<string[]> {
  const listed = await mustRun(run, ["git", "-C", context, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]);
  const ignored = dockerignore.default().add(await readFile(join(context, ".dockerignore"), "utf8").catch(() => ""));
  const names = listed.split("\0").filter((name) => name !== "" && !ignored.ignores(name.replaceAll(sep, "/")));
  return [...new Set(names)].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Kind and content; undefined for a file that is deleted but still in the index. Only the executable bit of the mode: git keeps no other. */
async function describeFile(path: string): Promise<string | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat || stat.isDirectory()) return undefined;
  if (stat.isSymbolicLink()) return `link ${await readlink(path)}`;
  const digest = createHash("sha256").update(await readFile(path)).digest("hex");
  return `${stat.mode & 0o100 ? "executable" : "plain"} ${digest}`;
}
