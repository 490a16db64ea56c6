// Everything that an image is built from, as one hash: the same content has the same tag, whatever the commit.
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { mustRun, type RunProcess } from "../../shared/src/process.ts";
import type { Base } from "./bases.ts";
import type { Entry } from "./context.ts";
import type { NamedContent } from "./named-contexts.ts";

export interface BuildContent {
  /** The part of the context that the build reads. */
  entries: readonly Entry[];
  /** "named": they are what the instructions name; "all": anything in the context may be read. */
  reads: "all" | "named";
  /** Text of the Dockerfile. */
  dockerfile: string;
  /** Those that the build uses. */
  buildArgs: ReadonlyMap<string, string>;
  target: string | undefined;
  /** "linux/amd64"; at least one. */
  platforms: readonly string[];
  bases: readonly Base[];
  /** Image → its ONBUILD instructions, which are part of the build. */
  triggers: ReadonlyMap<string, readonly string[]>;
  /** Named contexts, in a fixed order. */
  contexts: readonly NamedContent[];
  /** Attestations that the image has. */
  attestations: readonly string[];
  /** Who signs the image: what was built before there was a key, or with another one, is built again. */
  signer: string | undefined;
}

/** In one order, whichever they were given in. */
const byName = <Value>(entries: ReadonlyMap<string, Value>): [string, Value][] =>
  [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Incremented when the hashing scheme changes, so that old tags never match new content. */
const scheme = "rainbow-content-3";

/**
 * Hash of everything that determines the result of the build, except what the build downloads (packages,
 * `ADD https://…`).
 *
 * @returns 64 hexadecimal digits
 */
export function hashContent({
  entries,
  reads,
  dockerfile,
  buildArgs,
  target,
  platforms,
  bases,
  triggers,
  contexts,
  attestations,
  signer,
}: BuildContent): string {
  const hash = createHash("sha256");
  // Each part is prefixed with its length, so that different lists of parts never produce the same bytes.
  const add = (...parts: string[]) => {
    for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
    hash.update("\n");
  };
  add(scheme);
  add("dockerfile", dockerfile);
  if (target !== undefined) add("target", target);
  if (signer !== undefined) add("signer", signer);
  for (const platform of platforms.toSorted()) add("platform", platform);
  for (const [name, value] of byName(buildArgs)) add("argument", name, value);
  for (const { reference, digest } of bases.toSorted((a, b) => (a.reference < b.reference ? -1 : 1)))
    add("base", reference, digest);
  // Whoever does not know of them must not find what was built with them: the files may be the same by chance.
  for (const [image, instructions] of byName(triggers))
    if (instructions.length > 0) add("triggers", image, ...instructions);
  for (const attestation of attestations) add("attestation", attestation);
  const addEntries = (list: readonly Entry[]) => {
    for (const { path, description } of list) add("entry", path, description);
  };
  add("reads", reads);
  addEntries(entries);
  for (const context of contexts) {
    add("context", context.name, context.source);
    addEntries(context.entries);
  }
  return hash.digest("hex");
}

export interface Checkout {
  commit: string;
  /** The context or the Dockerfile has uncommitted changes; files that git ignores do not count. */
  dirty: boolean;
}

/** The commit that is checked out, or the run's commit if the context is not a git checkout. */
export async function commitOf(
  { context, dockerfile }: { context: string; dockerfile: string },
  run: RunProcess,
  environment = process.env,
): Promise<Checkout> {
  const { code, stdout, stderr } = await run(["git", "-C", context, "rev-parse", "HEAD", "--show-toplevel"]);
  if (code === 0) {
    const [commit = "", toplevel = ""] = stdout.trim().split("\n");
    // A Dockerfile outside the context counts too, if it is in the same repository.
    const inRepository = !relative(toplevel, await realpath(dockerfile)).startsWith("..");
    const paths = [".", ...(inRepository ? [resolve(dockerfile)] : [])];
    // Without the option, status writes index.lock and index into a .git that may be read for the content meanwhile.
    const status = ["git", "--no-optional-locks", "-C", context, "status", "--porcelain", "--", ...paths];
    const changes = await mustRun(run, status);
    return { commit, dirty: changes.trim() !== "" };
  }
  const commit = environment["GITHUB_SHA"];
  if (commit) return { commit, dirty: false };
  throw new ConfigurationError(
    `The commit of ${context} cannot be determined: ${stderr.trim()}. Check it out with git, or set GITHUB_SHA.`,
  );
}
