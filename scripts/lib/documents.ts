// Checks of the documents: terms, links, anchors and tables of contents.
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { marked, type Token, type Tokens } from "marked";
import { root } from "../../infra/local/paths.ts";

export interface Document {
  /** Relative to the root of the repository. */
  path: string;
  text: string;
}

const patterns = [
  "*.md",
  ".github/*.md",
  "docs/**/*.md",
  "actions/*/README.md",
  "cli/README.md",
  "examples/**/*.md",
  "infra/**/*.md",
  "api/README.md",
  "ml/README.md",
];

export const readDocuments = (): Document[] =>
  globSync(patterns, { cwd: root, exclude: (name) => /(^|\/)(node_modules|\.terraform)($|\/)/.test(String(name)) })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** A phrase to avoid, and the standard term. */
export type Phrase = [pattern: RegExp, standard: string];

export const phrases: Phrase[] = [
  [/\bsteady\b(?! state)/i, "stable, or: reached a steady state"],
  [/\bjudged by\b/i, "tracked by its deployment ID"],
  [/\bin the place of\b/i, "instead of, or: drop-in replacement for"],
  [/\b(take|takes|took|taken) the place of\b/i, "replace"],
  [/\b(anew|asking on|asking again|asked again)\b/i, "again, or: retrying"],
  [/\bmend(s|ed|ing)?\b/i, "fix"],
  [/\b(told|telling)\b/i, "reported"],
  [/\baddress to open\b/i, "URL"],
  [/\btags? that (do|does|may) not move\b|\btags do not move\b/i, "immutable tags"],
  [/\bthrow-?away\b/i, "ephemeral PostgreSQL instance"],
  [/\bfor want of\b/i, "missing permission, or: without"],
  [/\bthe role of this job may not\b/i, "the job's role lacks"],
  [/\baway again\b/i, "tear down"],
  [/^#+ (\d+\. )?the name$/im, "DNS"],
  [/\bfrom then on\b/i, "day-2 operations, or: afterwards"],
  [/\b(people|users) suffer from\b/i, "known problem"],
  [/\| *here *\|/i, "with this toolkit"],
  [/\bbroken on purpose\b/i, "fault-injection results"],
  [/^#+ figures$/im, "benchmarks"],
  [/\bbringing data back\b/i, "restore runbook"],
  [/\bgoing to AWS\b/i, "deploy to AWS"],
  [/\banswers? in a row\b/i, "consecutive responses"],
  [/\bkept to\b/i, "honoured"],
  [/\blet through\b/i, "suppressed"],
  [/\| *before *\|/i, "previous revision"],
  [/\bwhat runs now\b/i, "currently running"],
  [/\bECS said last\b/i, "recent ECS events"],
  [/\bwhom it waits for\b/i, "the command that it waits for"],
  [/\bround Shiojiri\b/i, "around Shiojiri"],
  [/\bnamed after (exactly )?(what|content)\b/i, "content-addressed image tag"],
  [/\b(take|takes|took|taken) something away\b/i, "destructive (contracting) migration"],
  [/\bseen to answer\b/i, "passed the smoke test"],
  [/新しい版/, "新しいバージョン"],
  [/確認済みの版/, "検証済みのリビジョン"],
  [/描画/, "タスク定義の生成"],
  [/形は Terraform/, "タスク定義の構成は Terraform で管理"],
  [/入れる前に知らせて/, "内容を表示してからインストールします"],
  [/開くべき URL/, "アクセス先の URL"],
  [/2回目からは/, "2回目以降は"],
  [/復元で証明/, "リストアして検証し"],
  [/読み戻/, "読み直して"],
  [/端末から/, "ターミナルから"],
  [/巻き戻/, "ロールバック"],
  [/時間切れ/, "タイムアウト"],
  [/表やデータベース/, "テーブルやデータベース"],
  [/1台で試す/, "ローカルで試す"],
  [/何を待っているかを知らせ/, "実行中のコマンド名を表示して待機します"],
  [/本物の/, "実際の"],
];

/** Phrases to avoid in prose, by line; code is ignored. */
export function phrasesIn({ path, text }: Document): string[] {
  const prose = text
    .replaceAll(/^(`{3,})[^]*?^\1`*$/gm, (block) => block.replaceAll(/[^\n]/g, ""))
    .replaceAll(/`[^`\n]*`/g, "``");
  return prose.split("\n").flatMap((line, index) =>
    phrases
      .map(([pattern, standard]) => ({ found: pattern.exec(line)?.[0], standard }))
      .filter(({ found }) => found !== undefined)
      .map(({ found, standard }) => `${path}:${index + 1}: "${found}"; better: ${standard}`),
  );
}

/** Links and images whose target does not exist in the repository. */
export function deadLinksIn(document: Document, others: Map<string, Document>): string[] {
  return targetsIn(document.text).flatMap((target) => {
    const problem = problemOf(document, target, others);
    return problem === undefined ? [] : [`${document.path}: ${target}: ${problem}`];
  });
}

function problemOf({ path, text }: Document, target: string, others: Map<string, Document>): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = "", anchor] = decodeURIComponent(target).split("#") as [string, string?];
  const place = file === "" ? path : relative(root, join(root, dirname(path), file));
  if (place.startsWith("..")) return "is outside of the repository";
  if (file !== "" && !existsSync(join(root, place))) return "does not exist";
  if (anchor === undefined) return undefined;
  const other = file === "" ? text : others.get(readmeOf(place))?.text;
  if (other === undefined) return undefined;
  return anchorsIn(other).has(anchor) ? undefined : "has no such heading";
}

/** The file that GitHub shows for a path: for a folder, its README. */
const readmeOf = (place: string): string =>
  statSync(join(root, place)).isDirectory() ? join(place, "README.md") : place;

function allTokens(text: string): Token[] {
  const tokens: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => void tokens.push(token));
  return tokens;
}

const targetsIn = (text: string): string[] =>
  allTokens(text).flatMap((token) => (token.type === "link" || token.type === "image" ? [String(token["href"])] : []));

/** Anchors that GitHub generates from headings, and explicit ones. */
export function anchorsIn(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const token of allTokens(text)) {
    if (token.type === "heading") {
      const slug = slugOf(token as Tokens.Heading);
      let anchor = slug;
      for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
      anchors.add(anchor);
    }
    if (token.type === "html")
      for (const [, name = ""] of token.raw.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(name);
  }
  return anchors;
}

function slugOf({ tokens }: Tokens.Heading): string {
  let text = "";
  void marked.walkTokens(tokens, (token) => {
    if ((token.type === "text" && !("tokens" in token && token.tokens)) || token.type === "codespan")
      text += (token as Tokens.Text).text;
  });
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** Whether a page that is long enough to scroll has no table of contents. */
export function lacksContents({ text }: Document): boolean {
  const sections = text.match(/^## /gm)?.length ?? 0;
  const links = targetsIn(text).filter((target) => target.startsWith("#")).length;
  return text.split("\n").length > 60 && links < sections;
}
