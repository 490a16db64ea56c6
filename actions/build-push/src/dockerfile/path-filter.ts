// Paths that COPY, ADD and bind mounts name → the part of the context that a build reads.
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { isLink, type Entry, type PathFilter } from "../context.ts";
import type { GitUse } from "./git-use.ts";

/** Whether a name in a folder is meant; "below": whatever is below the part of the path that comes before. */
type Segment = ((name: string) => boolean) | "below";

/** More of them in one name would take long to compare. */
const mostStars = 3;

/**
 * @param paths relative to the context, with the wildcards of Go's filepath.Match
 */
export function pathFilter(paths: readonly string[], git: GitUse): PathFilter {
  const patterns = paths.map((path) => path.split("/").map(segmentOf));
  return {
    includes: (path) => {
      const names = path.split("/");
      return patterns.some((pattern) => depthOf(pattern) <= names.length && matchesStart(pattern, names));
    },
    mayInclude: (folder) => {
      const names = folder.split("/");
      return patterns.some((pattern) => matchesStart(pattern, names));
    },
    git,
  };
}

/** Whether names and pattern agree as far as both go. */
function matchesStart(pattern: readonly Segment[], names: readonly string[]): boolean {
  for (const [index, name] of names.entries()) {
    const segment = pattern[index];
    if (segment === undefined || segment === "below") return true;
    if (!segment(name)) return false;
  }
  return true;
}

/** Everything, and what a step takes from .git. */
export const wholeContext = (git: GitUse): PathFilter => ({ includes: () => true, mayInclude: () => true, git });

/** How many names a path has at least that the pattern includes. */
function depthOf(pattern: readonly Segment[]): number {
  const below = pattern.indexOf("below");
  return below < 0 ? pattern.length : below + 1;
}

const hasWildcard = (segment: string): boolean => /[*?[\\]/.test(segment);

function segmentOf(text: string): Segment {
  if (!hasWildcard(text)) return (name) => name === text;
  const pattern = patternOf(text);
  return pattern === undefined ? "below" : (name) => pattern.test(name);
}

/** As in Go's filepath.Match; undefined: not understood, or it can match "/" too. */
function patternOf(text: string): RegExp | undefined {
  // With --parents, "**" are folders of any depth.
  if (text.includes("**") || text.split("*").length - 1 > mostStars) return undefined;
  let source = "";
  let rest = text;
  while (rest !== "") {
    const [part = ""] = /^(?:\[(?:[^\]\\^/-](?:-[^\]\\/-])?)+\]|[^[\\])/u.exec(rest) ?? [];
    if (part === "") return undefined;
    const translated = sourceOf(part);
    if (translated === undefined) return undefined;
    source += translated;
    rest = rest.slice(part.length);
  }
  return new RegExp(`^${source}$`, "su");
}

/** undefined: it matches "/", or nothing */
function sourceOf(part: string): string | undefined {
  if (part === "*") return "[^/]*";
  if (part === "?") return "[^/]";
  if (!part.startsWith("[")) return escaped(part);
  const ranges = [...part.slice(1, -1).matchAll(/(.)(?:-(.))?/gsu)].map(([, from = "", to = from]) => ({ from, to }));
  if (ranges.some(({ from, to }) => from > to || (from <= "/" && to >= "/"))) return undefined;
  return `[${ranges.map(({ from, to }) => `${escaped(from)}-${escaped(to)}`).join("")}]`;
}

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;

/**
 * Whether one of the paths is or goes through a symbolic link: then the build reads what that leads to as well.
 *
 * @param entries what the filter includes
 */
export async function followsLinks(
  context: string,
  paths: readonly string[],
  entries: readonly Entry[],
): Promise<boolean> {
  const links = entries.filter(isLink);
  const isNamed = (names: readonly string[]): boolean =>
    paths.some((path) => {
      const pattern = path.split("/").map(segmentOf);
      return pattern.includes("below") || pattern.length === names.length;
    });
  if (links.some(({ path }) => isNamed(path.split("/")))) return true;
  // Behind a wildcard the builder enters no links.
  const parents = new Set(paths.flatMap(literalParents));
  const stats = await Promise.all([...parents].map((path) => lstat(join(context, path)).catch(() => undefined)));
  return stats.some((stat) => stat?.isSymbolicLink());
}

/** "a/b/*.js" → "a", "a/b" */
function literalParents(path: string): string[] {
  const names = path.split("/");
  const first = names.findIndex(hasWildcard);
  const literal = first < 0 ? names : names.slice(0, first);
  return literal.map((_, index) => literal.slice(0, index + 1).join("/"));
}
