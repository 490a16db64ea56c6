// Named contexts (`docker buildx build --build-context name=…`): more folders and images that a build reads.
import { statSync } from "node:fs";
import type { InputReader } from "../../shared/src/inputs.ts";
import { canonical, type Base } from "./bases.ts";
import { readContext, type Entry } from "./context.ts";
import { wholeContext } from "./dockerfile/path-filter.ts";

const imagePrefix = "docker-image://";

/** Name → source, as docker takes them. */
export type NamedContexts = ReadonlyMap<string, string>;

/** Anything but a folder and an image is refused: its content is not known before the build. */
export function checkNamedContexts(read: InputReader, contexts: NamedContexts): void {
  for (const [name, source] of contexts) {
    if (source.startsWith(imagePrefix)) {
      if (source === imagePrefix)
        read.problem(`build-contexts: ${name}: must name an image, like ${imagePrefix}node:24`);
    } else if (/^[\w+.-]+:|^git@|^\{\{/.test(source))
      read.problem(
        `build-contexts: ${name}: must be a folder or ${imagePrefix}…, not ${source}; check it out or push it first, ` +
          "so that its content can be hashed",
      );
    else if (!statSync(source, { throwIfNoEntry: false })?.isDirectory())
      read.problem(`build-contexts: ${name}: there is no folder ${source}`);
  }
}

const imageOf = (source: string): string | undefined =>
  source.startsWith(imagePrefix) ? source.slice(imagePrefix.length) : undefined;

/**
 * The images that the build reads: those of the Dockerfile that no context replaces, by any spelling of its name (buildx:
 * ParseContextNames), and those of the contexts.
 */
export function withNamedImages(references: readonly string[], contexts: NamedContexts): string[] {
  const names = new Set([...contexts.keys()].map(canonical));
  const images = [...contexts.values()].map(imageOf).filter((image) => image !== undefined);
  return [...new Set([...references.filter((reference) => !names.has(canonical(reference))), ...images])];
}

export interface NamedContent {
  name: string;
  /** An image, whose digest counts as that of a base image, or a folder. */
  source: string;
  entries: readonly Entry[];
}

/**
 * What counts of the contexts. A folder counts whole, except what its own `.dockerignore` excludes, and its `.git` only
 * if the Dockerfile mentions git.
 */
export function readNamedContexts(contexts: NamedContexts, dockerfile: string): Promise<NamedContent[]> {
  const filter = /\bgit\b/.test(dockerfile) ? wholeContext("files") : undefined;
  const sorted = [...contexts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(
    sorted.map(async ([name, source]) =>
      imageOf(source) === undefined
        ? // There is no Dockerfile whose .dockerignore would come first; with this path it is the folder's.
          {
            name,
            source: "folder",
            entries: await readContext(source, `${source}/`, { filter, ignoreFile: "buildkit" }),
          }
        : { name, source, entries: [] },
    ),
  );
}

/** For `--build-context`: an image that was resolved in a registry with the digest that was hashed. */
export function namedContextOptions(contexts: NamedContexts, bases: readonly Base[]): string[] {
  return [...contexts].map(([name, source]) => {
    const base = bases.find(({ reference }) => reference === imageOf(source));
    return `${name}=${source}${base?.from === "registry" ? `@${base.digest}` : ""}`;
  });
}
