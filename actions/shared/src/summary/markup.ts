// Text from outside → markup that GitHub shows as exactly that text, in a Markdown paragraph and in an HTML block alike.
import { withoutSecrets } from "../secrets.ts";

/** Markdown or HTML that is written as it is: made by this folder alone. */
export interface Markup {
  readonly markup: string;
}

/** Plain text from anywhere, or markup of ours. */
export type Text = string | number | Markup;

export const raw = (markup: string): Markup => ({ markup });

/**
 * What a terminal takes for more than text (ECMA-48): control sequences (colours, cursor), control strings up to their
 * end (titles, links), and two-character escapes. No part can be matched in two ways, so that it takes linear time.
 */
const escapeSequences = new RegExp(
  [
    String.raw`(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]`,
    String.raw`(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0000-\u001F\u007F-\u009F]*(?:\u0007|\u001B\\|\u009C)`,
    String.raw`\u001B[ -/]*[0-~]`,
  ].join("|"),
  "g",
);
/** What is not printed, and what would turn the direction of the text around it. */
const invisible = /(?![\n\t])\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;
const passwordInUrl = /(\/\/[^\s/:@]*):[^\s/@]+@/g;
const secretInQuery = /([?&](?=[\w-]*(?:token|secret|passw|credential|signature|key))[\w-]+=)[^&\s"'<>]+/gi;

/** Without secrets, colours and other control characters, and without the passwords, keys and tokens of any URL. */
export const cleanText = (text: string): string =>
  withoutSecrets(
    text.toWellFormed().replaceAll(escapeSequences, "").replaceAll(/\r\n?/g, "\n").replaceAll(invisible, ""),
  )
    .replaceAll(passwordInUrl, "$1:***@")
    .replaceAll(secretInQuery, "$1***");

/** Without half of a character at the end. */
export const clip = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")}…` : text;

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/** Characters of a value; a summary is no place for more. What lies far behind them is not even looked at. */
const longestValue = 1000;
const longestRead = 20_000;

/**
 * One line of text: HTML and Markdown are escaped as character references, which CommonMark never takes for structure
 * (spec 0.31, 2.5). What GitHub would still link or replace (URLs, addresses, mentions, issue numbers, emoji codes) is
 * broken up by a <wbr>, which shows nothing.
 */
export function escapeText(value: Text, longestWord = 40): string {
  if (typeof value === "object") return value.markup;
  const escaped = clip(cleanText(String(value).slice(0, longestRead)).replaceAll(/[^\S\u00A0]+/g, " "), longestValue)
    .replaceAll(/[#&<>`*[\]\\~|$]/g, entity)
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, entity("_"))
    .replace(/^( ?\d*)([+=.)-])/, (_, before: string, sign: string) => before + entity(sign))
    .replaceAll(/@|:(?=\/\/|[\w+-]+:)|www(?=\.)|&#35;(?=\d)|GH-(?=\d)/gi, "$&<wbr>");
  return escaped.replaceAll(longWords(longestWord), "$&<wbr>");
}

/** Where a word that is too long for a cell of a table may be broken; a character reference is one character. */
const longWords = (length: number): RegExp =>
  new RegExp(`(?:&#\\d+;|[^\\s<>&]){${length}}(?=(?:&#\\d+;|[^\\s<>&]){8})`, "gu");

/** A template whose values are escaped: markup`revision ${name} deployed` */
export const markup = (parts: TemplateStringsArray, ...values: Text[]): Markup =>
  raw(parts.map((part, index) => (index === 0 ? "" : escapeText(values[index - 1] ?? "")) + part).join(""));

/** A value in the font of code. A long path may be broken after a slash, so that a table fits on the page. */
export function code(value: string): Markup {
  const text = escapeText(value, 80);
  return raw(`<code>${text.length > 60 ? text.replaceAll(/(?<!<)\/(?!\/)/g, "/<wbr>") : text}</code>`);
}

/** A link to an address of ours. `$` begins a formula on GitHub. */
export const link = (label: Text, url: string): Markup =>
  raw(`<a href="${url.replaceAll(/[&<>"$]/g, entity)}">${escapeText(label)}</a>`);

export const join = (values: Text[], separator: string): Markup =>
  raw(values.map((value) => escapeText(value)).join(separator));
