// Helpers for generated Markdown: table cells, sections between markers, and the repository's formatting.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { format, type FormatConfig } from "oxfmt";
import { root } from "../../infra/local/paths.ts";

/** Text of a table cell: on one line, with pipes, asterisks and, outside code, HTML escaped. */
export function cell(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, " ");
  const parts = line.split(/(`[^`]*`)/);
  const safe = parts.map((part, index) =>
    index % 2 === 1 ? part : part.replaceAll("<", "&lt;").replaceAll("*", "\\*"),
  );
  return safe.join("").replaceAll("|", "\\|");
}

/** A value as code in a table cell; it may contain backquotes. */
export function codeCell(value: string): string {
  const line = value.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
  const fence = line.includes("`") ? "``" : "`";
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

export function table(header: string[], rows: string[][]): string {
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/**
 * Replaces the text between `<!-- name:begin -->` and `<!-- name:end -->`.
 *
 * @throws Error if the text of `file` does not have exactly one such pair
 */
export function replaceSection(
  text: string,
  { name, content, file }: Record<"name" | "content" | "file", string>,
): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  if (text.split(begin).length !== 2 || text.split(end).length !== 2 || text.indexOf(begin) > text.indexOf(end))
    throw new Error(`${file} needs the markers ${begin} and ${end}, once each and in this order.`);
  return `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${content}\n\n${text.slice(text.indexOf(end))}`;
}

interface FormatSettings extends FormatConfig {
  ignorePatterns: string[];
  overrides: { files: string[]; options: FormatConfig }[];
}

/** Formats like `npm run format`, so that generated files pass the format check. */
export async function formatted(file: string, text: string): Promise<string> {
  const settings = JSON.parse(await readFile(join(root, ".oxfmtrc.json"), "utf8")) as FormatSettings;
  const { ignorePatterns: _, overrides, ...options } = settings;
  const own = overrides.filter(({ files }) => files.includes("**/*.md")).map((override) => override.options);
  const { code, errors } = await format(file, text, Object.assign({}, options, ...own));
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  return code;
}
