// The commands in the text of a runbook: blocks of `sh`, and code in sentences that begins with a program.
import { createRequire } from "node:module";
import { marked, type Token } from "marked";
import { Language, Parser, type Node } from "web-tree-sitter";

await Parser.init();
const parser = new Parser();
parser.setLanguage(
  await Language.load(createRequire(import.meta.url).resolve("tree-sitter-bash/tree-sitter-bash.wasm")),
);

export interface Command {
  /** As it stands in the text. */
  text: string;
  /** Words without their quotes; what a shell would put in, such as "$state", stays as it is written. */
  words: string[];
  /** Variables that are set for it. */
  environment: string[];
}

/** Of code in sentences, only what begins with one of these is a command. */
const programs = /^(gh|npm|npx|aws|terraform|git|\.\/bin\/rainbow-deploy) \S/;

/** @throws Error if a block is no shell script */
export function commandsIn(markdown: string): Command[] {
  const scripts: string[] = [];
  void marked.walkTokens(marked.lexer(markdown), (token: Token) => {
    if (token.type === "code" && token["lang"] === "sh") scripts.push(String(token["text"]));
    // `git log` or `terraform plan`, with no argument, names a program.
    if (token.type === "codespan" && programs.test(String(token["text"]))) scripts.push(String(token["text"]));
  });
  return scripts.flatMap(commandsOf);
}

function commandsOf(script: string): Command[] {
  const tree = parser.parse(script);
  if (!tree || tree.rootNode.hasError) throw new Error(`This is no shell script:\n${script}`);
  return tree.rootNode.descendantsOfType("command").flatMap((node) => (node ? [commandOf(node)] : []));
}

function commandOf(node: Node): Command {
  const [name, ...rest] = node.namedChildren.flatMap((child) => (child ? [child] : []));
  const before = name?.type === "variable_assignment" ? [name] : [];
  const words = [...(before.length > 0 ? [] : [name]), ...rest].flatMap((child) =>
    child && !child.type.endsWith("redirect") && child.type !== "variable_assignment" ? [wordOf(child)] : [],
  );
  return { text: node.text, words, environment: before.map(({ text }) => text) };
}

function wordOf(node: Node): string {
  if (node.type === "raw_string") return node.text.slice(1, -1);
  if (node.type === "string") return node.text.slice(1, -1).replaceAll(/\\([\\"`$])/g, "$1");
  if (node.type === "concatenation") return node.namedChildren.map((child) => (child ? wordOf(child) : "")).join("");
  return node.text;
}

/** Words that are the same in both languages: the reasons are in the reader's own. */
export const comparable = ({ words }: Command): string[] =>
  words.map((word, index) => {
    if (words[index - 1] === "--reason") return "REASON";
    return word.replace(/^(reason|key=emergency:reason,value)=.*$/s, "$1=REASON");
  });
