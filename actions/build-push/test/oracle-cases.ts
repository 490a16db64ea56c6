// BuildKit's own answers, and ours: whether what we read of a Dockerfile is what it reads.
import { ConfigurationError } from "../../shared/src/errors.ts";
import { splitReference } from "../src/bases.ts";
import { readsOf, type BuildReads, type BuildSettings } from "../src/dockerfile.ts";
import { expand } from "../src/dockerfile/words.ts";

/** One Dockerfile that is built for one platform. */
export interface ReadCase {
  dockerfile: string;
  /** Empty: the last stage. */
  target: string;
  args: Record<string, string>;
  platform: string;
  /** Image → its ONBUILD instructions. */
  triggers?: Record<string, string[]>;
}

export interface WordCase {
  word: string;
  escape: string;
  values: Record<string, string>;
}

/** What test/build-push/oracle prints. */
export interface Answer {
  error?: string;
  images: string[] | null;
  /** null: all of the context, if it is read. */
  paths: string[] | null;
  readsContext: boolean;
  word?: string;
}

export interface Recorded<T> {
  asked: T;
  answer: Answer;
}

export const buildPlatform = "linux/amd64";

/** As if the images of the case had been looked into. */
export function ourReads({ dockerfile, target, args, platform, triggers = {} }: ReadCase): BuildReads {
  const settings: BuildSettings = {
    buildArgs: new Map(Object.entries(args)),
    target: target || undefined,
    platforms: [platform],
    buildPlatform,
    isClassic: false,
    triggers: new Map(),
  };
  const { bases } = readsOf(dockerfile, settings);
  const known = [...bases.keys()].map((image) => [image, triggers[fullName(image)] ?? []] as const);
  return readsOf(dockerfile, { ...settings, triggers: new Map(known) });
}

/**
 * What we have missed or refused, as text; undefined: nothing. A superset of the context is no miss: "wider".
 * What BuildKit refuses to build may be read in any way, but not with a crash.
 */
export function missOfReads(asked: ReadCase, answer: Answer): string | undefined {
  const reads = attempt(() => ourReads(asked));
  if (reads instanceof Error && !(reads instanceof ConfigurationError)) return `crash: ${reads.stack}`;
  if (answer.error !== undefined) return undefined;
  if (reads instanceof Error) return `refused: ${reads.message}`;
  const images = new Set(reads.images.map(fullName));
  const theirs = new Set(answer.images);
  if (images.size !== theirs.size || [...images].some((image) => !theirs.has(image)))
    return `images: ours ${[...images].join(" ")}; theirs ${[...theirs].join(" ")}`;
  if (!answer.readsContext || reads.paths === undefined) return undefined;
  if (answer.paths === null) return `paths: ours ${JSON.stringify(reads.paths)}; theirs all`;
  const missing = answer.paths.filter((path) => !reads.paths?.includes(path));
  return missing.length > 0 ? `paths: ours lack ${missing.join(" ")}` : undefined;
}

/** Whether we count more of the context than BuildKit reads. */
export function isWider(asked: ReadCase, answer: Answer): boolean {
  const reads = attempt(() => ourReads(asked));
  if (answer.error !== undefined || reads instanceof Error) return false;
  const theirs = answer.readsContext ? answer.paths : [];
  if (reads.paths === undefined) return theirs !== null;
  return theirs !== null && reads.paths.some((path) => !theirs.includes(path));
}

export function missOfWord({ word, escape, values }: WordCase, answer: Answer): string | undefined {
  const ours = attempt(() => expand(word, new Map(Object.entries(values)), escape));
  if (answer.error !== undefined) return ours instanceof Error ? undefined : `ours ${ours}; theirs ${answer.error}`;
  if (ours instanceof Error) return `refused: ${ours.message}; theirs ${answer.word ?? ""}`;
  return ours === (answer.word ?? "") ? undefined : `ours ${ours}; theirs ${answer.word ?? ""}`;
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}

/** As BuildKit spells it: docker.io/library/node:24 */
export function fullName(reference: string): string {
  const { host, name } = splitReference(reference);
  const registry = host === "registry-1.docker.io" ? "docker.io" : host;
  const [, tag, digest] = /(:[\w][\w.-]*)?(@.*)?$/.exec(reference.slice(reference.lastIndexOf("/") + 1)) ?? [];
  return `${registry}/${name}${tag ?? (digest === undefined ? ":latest" : "")}${digest ?? ""}`;
}
