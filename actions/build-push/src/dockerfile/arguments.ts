// What follows the keyword of an instruction: names with values, sources, mounts
// (moby/buildkit, frontend/dockerfile/parser and instructions).
import { heredocOf, type Instruction } from "./lines.ts";
import { quoted, refused } from "./refusal.ts";
import { space } from "./words.ts";

/** The value of `--name=value`; undefined: there is no such flag. */
export function flagValue({ flags }: Instruction, name: string): string | undefined {
  const start = `--${name}=`;
  return flags.find((flag) => flag.startsWith(start))?.slice(start.length);
}

export const hasFlag = ({ flags }: Instruction, name: string): boolean =>
  flags.some((flag) => flag === `--${name}` || flag.toLowerCase() === `--${name}=true`);

/** A name and its value as written, with quotes, escapes and variables. */
export interface Pair {
  name: string;
  /** undefined: ARG without a default. */
  value: string | undefined;
}

/** ARG: `NAME`, `NAME=value`, several. */
export function declarationsOf({ rest, line }: Instruction, escape: string): Pair[] {
  const pairs = quotedWords(rest, escape).map((word): Pair => {
    const separator = word.indexOf("=");
    return separator < 0
      ? { name: word, value: undefined }
      : { name: word.slice(0, separator), value: word.slice(separator + 1) };
  });
  if (pairs.length === 0 || pairs.some(({ name }) => name === ""))
    throw refused(line, "ARG needs a name: ARG NAME or ARG NAME=value.");
  return pairs;
}

/** ENV: `NAME=value`, several, or the old `NAME value`. */
export function variablesOf({ rest, line }: Instruction, escape: string): Required<Pair>[] {
  const words = quotedWords(rest, escape);
  if (!words[0]?.includes("=")) {
    const [, name, value] = /^([^\t\v\f\r ]+)[\t\v\f\r ]+([^]*)$/.exec(rest) ?? [];
    if (name === undefined) throw refused(line, "ENV needs a name and a value: ENV NAME=value.");
    return [{ name, value }];
  }
  return words.map((word) => {
    const separator = word.indexOf("=");
    if (separator < 1) throw refused(line, `"${quoted(word)}" must be NAME=value.`);
    return { name: word.slice(0, separator), value: word.slice(separator + 1) };
  });
}

/** Words between spaces; quotes and escapes stay in them. */
function quotedWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote: string | undefined;
  let isQuoted = false;
  const end = (): void => {
    if (word !== "" || isQuoted) words.push(word);
    word = "";
    isQuoted = false;
  };
  for (let position = 0; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (quote === undefined && space.test(character)) {
      end();
      continue;
    }
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      isQuoted = true;
    } else if (character === escape && quote !== "'") {
      // At the very end it escapes nothing, and is dropped.
      position += 1;
      if (position < text.length) word += character + text.charAt(position);
      continue;
    }
    word += character;
  }
  end();
  return words;
}

/** The sources of COPY and ADD as written; here-documents are none, because they read nothing. */
export function sourcesOf({ keyword, rest, json, line }: Instruction): string[] {
  const words = json ?? rest.split(/[\t\v\f\r ]+/);
  if (words.length < 2) throw refused(line, `${keyword} needs a source and a destination.`);
  return words.slice(0, -1).filter((word) => heredocOf(word) === undefined);
}

/** Name of the image or stage, and name of the stage that begins here. */
export function fromOf({ rest, line }: Instruction): { image: string; name: string | undefined } {
  const [image = "", as, name, ...more] = rest.split(/[\t\v\f\r ]+/);
  if (image !== "" && as === undefined) return { image, name: undefined };
  const stage = name?.toLowerCase() ?? "";
  if (as?.toLowerCase() !== "as" || more.length > 0 || !/^[a-z][a-z0-9\-_.]*$/.test(stage))
    throw refused(line, "FROM must be: FROM image, or FROM image AS name; a name begins with a letter.");
  return { image, name: stage };
}

/** `--mount` of RUN, as written: values may have variables, except that of `from`. */
export interface Mount {
  /** An image or a stage; empty: the context, or nothing. */
  from: string;
  type: string;
  source: string;
}

export function mountsOf({ flags, line }: Instruction): Mount[] {
  const start = "--mount=";
  return flags
    .filter((flag) => flag.startsWith(start))
    .map((flag) => {
      const mount: Mount = { from: "", type: "bind", source: "" };
      for (const field of csvFields(flag.slice(start.length), line)) {
        const separator = field.indexOf("=");
        if (separator < 0) continue;
        const key = field.slice(0, separator).toLowerCase();
        const value = field.slice(separator + 1);
        if (key === "from") mount.from = value;
        else if (key === "type") mount.type = value;
        else if (key === "source" || key === "src") mount.source = value;
      }
      return mount;
    });
}

/** Fields between commas; in double quotes, which are doubled inside, a comma is part of the field. */
function csvFields(text: string, line: number): string[] {
  const fields: string[] = [];
  let position = 0;
  for (;;) {
    const [matched, inQuotes, plain = ""] = /^(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/.exec(text.slice(position)) ?? [];
    if (matched === undefined) throw refused(line, `the quotes in --mount=${quoted(text)} are not understood.`);
    fields.push(inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"'));
    position += matched.length;
    if (position >= text.length) return fields;
    position += 1;
  }
}
