// What docker sends to the builder: the folder without the files that .dockerignore excludes.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import dockerignore from "@balena/dockerignore";

export interface Entry {
  /** Relative to the context, separated by "/". */
  path: string;
  /** Kind, mode bits and content; no timestamps, no owners. */
  description: string;
}

/**
 * Every file, link and folder that the build can read, sorted by the bytes of their paths. Folders count, even empty
 * ones, because COPY creates them. Sockets and pipes do not: docker sends none.
 */
export async function readContext(context: string, dockerfile: string): Promise<Entry[]> {
  const ignored = await ignoreRules(context, dockerfile);
  const entries: Entry[] = [];
  const walk = async (folder: string): Promise<boolean> => {
    const found = await readdir(join(context, folder), { withFileTypes: true });
    const kept = await Promise.all(
      found.map(async (child) => {
        const path = folder === "" ? child.name : `${folder}/${child.name}`;
        const excluded = ignored.file(path);
        if (child.isDirectory()) {
          if (excluded && !ignored.mayHaveExceptions) return false;
          // An exception (`!folder/file`) also includes the excluded folders on the path to the file.
          const hasIncluded = await walk(path);
          if (excluded && !hasIncluded) return false;
        } else if (excluded) return false;
        const description = await describe(join(context, path));
        if (description !== undefined) entries.push({ path, description });
        return true;
      }),
    );
    return kept.includes(true);
  };
  await walk("");
  return entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

interface IgnoreRules {
  file: (path: string) => boolean;
  /** Whether a file below an excluded folder can be included again. */
  mayHaveExceptions: boolean;
}

/** `<Dockerfile>.dockerignore` takes precedence over `.dockerignore`, as in BuildKit. */
async function ignoreRules(context: string, dockerfile: string): Promise<IgnoreRules> {
  const text =
    (await readIfPresent(`${dockerfile}.dockerignore`)) ?? (await readIfPresent(join(context, ".dockerignore"))) ?? "";
  const rules = dockerignore.default({ ignorecase: false }).add(text);
  return { file: (path) => rules.ignores(path), mayHaveExceptions: /^\s*!/m.test(text) };
}

const readIfPresent = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

/** Files of this size and above are streamed. Bytes. */
const streamingThreshold = 4_000_000;

/** @returns undefined for a kind of file that docker does not send */
async function describe(path: string): Promise<string | undefined> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return `link ${await readlink(path)}`;
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isDirectory()) return `folder ${mode}`;
  if (!stat.isFile()) return undefined;
  const hash = createHash("sha256");
  if (stat.size < streamingThreshold) hash.update(await readFile(path));
  else await pipeline(createReadStream(path), hash);
  return `file ${mode} ${hash.digest("hex")}`;
}
