// Build contexts and ignore files to compare build-push's reading of .dockerignore with docker's.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { bytesOf, textOf } from "../../actions/build-push/src/byte-text.ts";
import { readContext } from "../../actions/build-push/src/context.ts";
import type { BuilderKind } from "../../actions/build-push/src/ignore-rules.ts";
import { ConfigurationError } from "../../actions/shared/src/errors.ts";

/** Names as people choose them, and every character that means something to somebody. The last one is Latin-1. */
export const contextPaths: readonly string[] = [
  ".env",
  ".hidden/z",
  "!bang",
  "#hash",
  "$var",
  "+page.svelte",
  "a\nb",
  "a",
  "a.b",
  "a.js",
  "a.md",
  "a.mdx",
  "a.ts",
  "a^b",
  "a|b",
  "aa",
  "ab-1/aab",
  "back\\slash",
  "c++/c++",
  "d1/2.js",
  "dist/keep.js",
  "dist/out.js",
  "docs/a/b/c.txt",
  "docs/a/d.txt",
  "foo(bar)/baz",
  "keep.md",
  "logs/1.log",
  "logs/keep/2.log",
  "logs/keep/keep.md",
  "node_modules/x/a.md",
  "node_modules/x/index.js",
  "notes (old).txt",
  "sub/a.md",
  "sub/deep/b.md",
  "sub/deep/c.txt",
  "sub/node_modules/y.js",
  "temp1/x",
  "UPPER.MD",
  "with space/x y.txt",
  "x😀",
  "{a,b}",
  "~x",
  "ä.txt",
  "日本/語.txt",
  "😀.txt",
  "😀/b.js",
  "]",
  "[x]/y",
  textOf(Buffer.from("caf\u{E9}.txt", "latin1")),
];

export function writeContext(folder: string): void {
  for (const path of contextPaths) {
    mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
    writeFileSync(bytesOf(`${folder}/${path}`), "");
  }
}

/** What each line of an issue or a bug report was about. */
const chosen: readonly string[] = [
  "*.md\n!keep.md\n**/node_modules\n",
  "*\n!sub\nsub/deep\n!sub/deep/c.txt\n",
  "/logs\n!logs/keep\ndist/*\n!dist/keep.js\n.env\n",
  "docs/**/c.txt\n**/*.md\n!sub/**/b.md\ntemp?\n./docs/a\ntrailing/\n",
  "**\n!docs/a\n",
  "  logs  \n!**/keep.md\n../outside\n",
  "+page.svelte\nc++\nnotes (old\n",
  "notes (old*\nfoo(bar)\n{a,b}\na|b\na^b\n$var\n",
  "notes (*).txt\nfoo(*)\na^*\n*.{js,ts}\n",
  "*.md|*.ts\n",
  "**\n!**.js\n!?.txt\n",
  "?.txt\nx?\n??\n",
  "[a-d]*\n![^a]1\n",
  "[]]\n",
  "\\[x\\]\n\\!bang\n\\#hash\n",
  "[a\n",
  "x*[\n",
  "*[z-a]\n",
  "!\n",
  "!/\n!!bang\n",
  "\u{FEFF}a\n\u{FEFF}a.b\n# comment\n #hash\n",
  "a\r\n\ta.b\u{A0}\r\n",
  "back\\slash\n",
  "logs\\keep\n",
  "[[:upper:]]*\n\\d*\n*\\d\n",
  "caf?.txt\n",
  "caf\u{FFFD}.txt\n",
  "**/**/**/**/**/a*a*a*a*a*a*b\n",
  "a{2}*\n?{3}\n",
  "*\\Qa*\\E\n",
  "logs/**\n!logs/keep/**\n",
  "logs/*\n!logs/keep\n",
  ".\n/\n..\n",
  "",
];

const pieces = [
  ..."*?[]\\!#()|^+{}$./-,~ ",
  "**",
  "**/",
  "/**",
  "/*",
  "*.",
  "\n",
  "\n",
  "\n!",
  "\n*",
  "[a-d]",
  "[^a]",
  "[!a]",
  "[]a]",
  "[\\]]",
  "[*]",
  "[😀]",
  "[[:alpha:]]",
  "\\d",
  "\\b",
  "\\w",
  "\\Q",
  "\\E",
  "\\pL",
  "\\p{Greek}",
  "\\x61",
  "{2}",
  "{1,}",
  "..",
  "./",
  "\t",
  "\r\n",
  "\u{85}",
  "\u{FEFF}",
  "\u{FFFD}",
  "ä",
  "😀",
  "語",
  "a",
  "b",
  ".md",
  ".js",
  ".txt",
  "keep",
  "logs",
  "sub",
  "deep",
  "docs",
  "node_modules",
  "\u{DCE9}",
];

/** @param count of ignore files; the same seed gives the same ones */
export function ignoreFiles({ count, seed }: { count: number; seed: number }): Buffer[] {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const line = (): string => {
    if (random() < 0.35) return Array.from({ length: 1 + below(6) }, () => pick(pieces)).join("");
    // A path of the context in which something is replaced.
    const path = pick(contextPaths);
    const parts = [...path];
    for (let changes = below(3); changes > 0; changes--) parts.splice(below(parts.length + 1), below(3), pick(pieces));
    return parts.join("");
  };
  const file = (): string => {
    const lines = Array.from({ length: 1 + below(5) }, () => `${random() < 0.3 ? "!" : ""}${line()}`);
    return `${random() < 0.25 ? "*\n" : ""}${lines.join("\n")}\n`;
  };
  const generated = Array.from({ length: count - chosen.length }, file);
  return [...chosen, ...generated].map(bytesOf);
}

/** Mulberry32, a published generator of 32 bits, from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** For each of contextPaths "1" if it is sent, else "0"; null if the file is refused. */
export type Answer = string | null;

export const answerOf = (sent: ReadonlySet<string>): Answer =>
  contextPaths.map((path) => (sent.has(path) ? "1" : "0")).join("");

/** What build-push says. @param folder that writeContext has written */
export async function answerOfBuildPush(folder: string, ignoreFile: Buffer, builder: BuilderKind): Promise<Answer> {
  writeFileSync(`${folder}/.dockerignore`, ignoreFile);
  try {
    const entries = await readContext(folder, `${folder}/Dockerfile`, { ignoreFile: builder });
    return answerOf(new Set(entries.map(({ path, description }) => nameOf(path, description))));
  } catch (error) {
    if (error instanceof ConfigurationError) return null;
    throw error;
  }
}

/** Names that are no UTF-8 are in the description. */
function nameOf(path: string, description: string): string {
  const [, bytes] = /^named ([0-9a-f]+) /.exec(description) ?? [];
  return bytes === undefined ? path : textOf(Buffer.from(bytes, "hex"));
}
