// What an image is made of, as one hash: the same content has the same name, whichever commit it comes with.
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { mustRun, type RunProcess } from "../../shared/src/process.ts";
import type { Base } from "./bases.ts";
import type { Entry } from "./context.ts";

export interface Ingredients {
  /** What the build reads of the context. */
  entries: readonly Entry[];
  /** Text of the Dockerfile. */
  dockerfile: string;
  buildArgs: ReadonlyMap<string, string>;
  target: string | undefined;
  /** "linux/amd64"; at least one. */
  platforms: readonly string[];
  bases: readonly Base[];
}

/** Raised when the way of hashing changes, so that old names are not taken for new content. */
const scheme = "rainbow-content-2";

/** Everything that decides what comes out of the build, but what it fetches itself (packages, `ADD https://…`). 64 hexadecimal digits. */
export function hashContent({ entries, dockerfile, buildArgs, target, platforms, bases }: Ingredients): string {
  const hash = createHash("sha256");
  // Each part with its length in front of it, so that no two lists of parts read alike.
  const add = (...parts: string[]) => {
    for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
    hash.update("\n");
  };
  add(scheme);
  add("dockerfile", dockerfile);
  if (target !== undefined) add("target", target);
  for (const platform of platforms.toSorted()) add("platform", platform);
  for (const [name, value] of [...buildArgs].toSorted(([a], [b]) => (a < b ? -1 : 1))) add("argument", name, value);
  for (const { reference, digest } of bases.toSorted((a, b) => (a.reference < b.reference ? -1 : 1)))
    add("base", reference, digest);
  for (const { path, description } of entries) add("entry", path, description);
  return hash.digest("hex");
}

/**
 * The commit that is checked out, or that the run is for where the context is no checkout. `dirty` when something of the
 * context is in no commit; what git ignores is nobody's change.
 */
export async function commitOf(
  { context, dockerfile }: { context: string; dockerfile: string },
  run: RunProcess,
  environment = process.env,
): Promise<{ commit: string; dirty: boolean }> {
  const { code, stdout, stderr } = await run(["git", "-C", context, "rev-parse", "HEAD", "--show-toplevel"]);
  if (code === 0) {
    const [commit, top] = stdout.trim().split("\n") as [string, string];
    // A Dockerfile outside of the context counts too, where it is in the same repository.
    const inRepository = !relative(top, await realpath(dockerfile)).startsWith("..");
    const changes = await mustRun(run, [
      "git",
      "-C",
      context,
      "status",
      "--porcelain",
      "--",
      ".",
      ...(inRepository ? [resolve(dockerfile)] : []),
    ]);
    return { commit, dirty: changes.trim() !== "" };
  }
  const commit = environment["GITHUB_SHA"];
  if (commit) return { commit, dirty: false };
  throw new ConfigurationError(
    `The commit of ${context} is not known: ${stderr.trim()}. Check it out with git, or set GITHUB_SHA.`,
  );
}
