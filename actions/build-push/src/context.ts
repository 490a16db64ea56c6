// What docker sends to the builder: the folder without what .dockerignore names.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import dockerignore from "@balena/dockerignore";

export interface Entry {
  /** Below the context, with "/" between folders. */
  path: string;
  /** Kind, mode bits and content; no times, no owners. */
  description: string;
}

/**
 * Every file, link and folder that the build can read, sorted by the bytes of their paths. Folders count, empty ones too: COPY
 * makes them. Sockets and pipes do not: docker sends none.
 */
export async function readContext(context: string, dockerfile: string): Promise<Entry[]> {
  const ignored = await ignoreRules(context, dockerfile);
  const entries: Entry[] = [];
  const walk = async (folder: string): Promise<boolean> => {
    const found = await readdir(join(context, folder), { withFileTypes: true });
    const kept = await Promise.all(
      found.map(async (one) => {
        const path = folder === "" ? one.name : `${folder}/${one.name}`;
        const excluded = ignored.file(path);
        if (one.isDirectory()) {
          if (excluded && !ignored.mayHoldExceptions) return false;
          // Of an excluded folder an exception below (`!folder/file`) brings back the way to it.
          const holdsSome = await walk(path);
          if (excluded && !holdsSome) return false;
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
  /** Whether something below an excluded folder can be brought back. */
  mayHoldExceptions: boolean;
}

/** `<Dockerfile>.dockerignore` goes before `.dockerignore`, as in BuildKit. */
async function ignoreRules(context: string, dockerfile: string): Promise<IgnoreRules> {
  const text = (await textOf(`${dockerfile}.dockerignore`)) ?? (await textOf(join(context, ".dockerignore"))) ?? "";
  const rules = dockerignore.default({ ignorecase: false }).add(text);
  return { file: (path) => rules.ignores(path), mayHoldExceptions: /^\s*!/m.test(text) };
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

/** From here on a file is read in pieces. Bytes. */
const large = 4_000_000;

/** @returns undefined for what docker does not send. */
async function describe(path: string): Promise<string | undefined> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return `link ${await readlink(path)}`;
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isDirectory()) return `folder ${mode}`;
  if (!stat.isFile()) return undefined;
  const hash = createHash("sha256");
  if (stat.size < large) hash.update(await readFile(path));
  else await pipeline(createReadStream(path), hash);
  return `file ${mode} ${hash.digest("hex")}`;
}
