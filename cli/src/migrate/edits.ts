// What changes in the text: a reference, and the comment behind it that names its release, as Dependabot, Renovate,
// pinact and ratchet write and read it: https://docs.zizmor.sh/audits/#ref-version-mismatch
import { isCommit, parseReference } from "./reference.ts";
import { textOf, type Span, type YamlAlias, type YamlScalar } from "./yaml-nodes.ts";

export interface Edit extends Span {
  text: string;
}

/** A release at the beginning: `# v1.2.3`, `# tag=v1.2.3`, `# pin@v1`, `# ratchet:owner/repository@v1`. */
const release = /^#[ \t]*(?:pin[ \t]*@?|tag[ \t]*=[ \t]*|ratchet:\S+@)?v?\d+(?:\.\d+){0,2}(?:[-+][\w.-]+)?(?=[ \t]|$)/i;

/** The release that a comment names, without its `v`. */
export const releaseIn = (comment: string): string | undefined =>
  /\d+(?:\.\d+){0,2}(?:[-+][\w.-]+)?$/.exec(release.exec(comment)?.[0] ?? "")?.[0];

/** The comment in what follows a value on its line; of a flow mapping, brackets and commas may stand before it. */
export function commentIn(rest: string): { before: string; comment: string } {
  const [, before = "", comment = ""] = /^([ \t,\]}]*)(#.*)?$/.exec(rest) ?? [];
  return /^$|[ \t]$/.test(before) && comment !== "" ? { before, comment } : { before, comment: "" };
}

/**
 * How the comment has to change: a release of another action would be wrong.
 *
 * @param options.at where `rest` begins: behind the value
 * @param options.rest the rest of its line
 * @param options.wasCommit whether it was pinned by commit, so that a release at the beginning of any comment is its own
 * @param options.version the release of the new reference; undefined: it is not known, or is the reference
 */
function commentEdits(options: { at: number; rest: string; wasCommit: boolean; version: string | undefined }): Edit[] {
  const { at, rest, wasCommit, version } = options;
  const { before, comment } = commentIn(rest);
  const start = at + before.length;
  const found = release.exec(comment)?.[0] ?? "";
  const isWhole = found !== "" && found.length === comment.trimEnd().length;
  if (isWhole || (wasCommit && /v\d|\d\.\d/i.test(found))) {
    if (version !== undefined) return [{ start, end: start + found.length, text: `# ${version}` }];
    if (!isWhole) return [{ start, end: start + found.length, text: "#" }];
    const blanks = /[ \t]*$/.exec(before)?.[0].length ?? 0;
    return [{ start: start - blanks, end: start + comment.length, text: "" }];
  }
  // Behind the value of a flow mapping that goes on, a comment would swallow the rest.
  if (version === undefined || !/^[ \t]*(#|$)/.test(rest)) return [];
  return [{ start: at, end: at, text: ` # ${version}` }];
}

export function referenceEdits(
  text: string,
  node: YamlScalar | YamlAlias,
  { to, version }: { to: string; version: string | undefined },
): Edit[] {
  const from = (textOf(node) ?? "").trim();
  const wasCommit = isCommit(parseReference(from).version ?? "");
  const { at, rest } = behind(text, node);
  if (node.kind === "alias" || node.style !== "block")
    return [{ ...node.span, text: to }, ...commentEdits({ at, rest, wasCommit, version })];
  const start = text.indexOf(from, at + rest.length);
  // Behind the > or | of a block, a comment is only changed: in what follows, it would be text.
  const edits = commentIn(rest).comment === "" ? [] : commentEdits({ at, rest, wasCommit, version });
  return [{ start, end: start + from.length, text: to }, ...edits];
}

/** What stands behind a value on its line: of a block, behind its > or |. */
export function behind(text: string, node: YamlScalar | YamlAlias): { at: number; rest: string } {
  const { start, end } = node.span;
  const style = node.kind === "alias" ? "plain" : node.style;
  const header = style === "block" ? (/^[>|][-+\d]*/.exec(text.slice(start, start + 4))?.[0].length ?? 0) : 0;
  const at = style === "block" ? start + header : style === "quoted" ? end + 1 : end;
  return { at, rest: /^[^\r\n]*/.exec(text.slice(at))?.[0] ?? "" };
}

export function applied(text: string, edits: Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
