// Inputs of several entries, as docker/build-push-action takes them: lines of CSV (actions-toolkit: Util.getList).
import { InputReader, type InputSource, type PairRules } from "../../shared/src/inputs.ts";

interface PairOptions extends Pick<PairRules, "repeated"> {
  /** Whether a line may have several entries with commas between. */
  splitsAtCommas?: boolean;
  /** Values are secrets: spaces around one belong to it, and no problem shows one. */
  secret?: boolean;
  /** Value of an entry without `=`; undefined: there is none, which is a problem. */
  fallback?: (name: string) => string | undefined;
}

/**
 * An entry that contains a line break, or starts with a quote, is written in quotes, and a quote in it twice:
 * `"KEY={""a"":""b""}"`. Elsewhere a quote is an ordinary character.
 */
export class ListInputReader extends InputReader {
  private readonly text: InputSource;

  constructor(source: InputSource) {
    super(source);
    this.text = source;
  }

  /** One entry a line; a comma is part of it. */
  override lines(name: string): string[] {
    return this.records(name, this.text(name).trim())
      .map((fields) => fields.join(",").trim())
      .filter((entry) => entry !== "");
  }

  /** One entry a line or several with commas between; each once. */
  override names(name: string): string[] {
    const entries = this.records(name, this.text(name).trim()).flatMap(splitAtCommas);
    return [...new Set(entries.map((entry) => entry.trim()).filter((entry) => entry !== ""))];
  }

  /** Lines `name=value`: the first `=` separates. */
  override pairs(name: string, what: string, options: PairOptions = {}): Map<string, string> {
    const { splitsAtCommas = false, secret = false, repeated = "refused", fallback } = options;
    const result = new Map<string, string>();
    const text = this.text(name);
    const records = this.records(name, secret ? text : text.trim());
    const entries = records.flatMap((fields) => (splitsAtCommas ? splitAtCommas(fields) : [fields.join(",")]));
    for (const [index, entry] of entries.entries()) {
      if (entry.trim() === "") continue;
      const at = entry.indexOf("=");
      const key = (at < 0 ? entry : entry.slice(0, at)).trim();
      const value = at < 0 ? fallback?.(key) : entry.slice(at + 1);
      const shown = secret ? `entry ${index + 1}` : `"${entry.trim()}"`;
      if (key === "" || value === undefined) this.problem(`${name}: ${shown} is not ${what}`);
      else if (result.has(key) && repeated === "refused") this.problem(`${name}: ${key} is given twice`);
      else result.set(key, secret ? value : value.trim());
    }
    return result;
  }

  private records(name: string, text: string): string[][] {
    const { records, unclosed } = parseCsv(text);
    if (unclosed === undefined) return records;
    this.problem(
      `${name}: line ${unclosed} starts with a quote that is not closed. ` +
        'An entry in quotes ends with one, and a quote in it is written twice: "NAME=a ""b"""',
    );
    return [];
  }
}

/** A field in quotes is split only if it is alone in its line. */
const splitAtCommas = (fields: string[]): string[] =>
  fields.length === 1 ? fields.flatMap((field) => field.split(",")) : fields;

/**
 * CSV in which a quote opens a field only at its start, and a quote that neither closes its field nor is doubled is an
 * ordinary character, like those before it (csv-parse with relax_quotes).
 *
 * @returns the fields of each line that is not empty; or the number of the line with a quote that is never closed
 */
export function parseCsv(text: string): { records: string[][]; unclosed?: number } {
  const records: string[][] = [];
  let fields: string[] = [];
  let rest = text.replaceAll("\r\n", "\n");
  const lineCount = countLines(rest);
  while (rest !== "") {
    const field = takeField(rest);
    if (field === undefined) return { records, unclosed: lineCount - countLines(rest) + 1 };
    const end = rest[field.length];
    fields.push(field.value);
    if (end !== ",") {
      if (fields.length > 1 || fields[0] !== "") records.push(fields);
      fields = [];
    } else if (field.length + 1 === rest.length) records.push([...fields, ""]);
    rest = rest.slice(field.length + 1);
  }
  return { records };
}

const countLines = (text: string): number => text.split("\n").length;

/** The first field, and how long it is as written; undefined: its quote is not closed. */
function takeField(text: string): { value: string; length: number } | undefined {
  const [opened = "", content = ""] = /^"([^"]*(?:""[^"]*)*)"(?!")/.exec(text) ?? [];
  if (opened === "" && text.startsWith('"')) return undefined;
  const after = /^[^,\n]*/.exec(text.slice(opened.length))?.[0] ?? "";
  const value = content.replaceAll('""', '"');
  return {
    value: opened === "" || after === "" ? value + after : `"${value}"${after}`,
    length: opened.length + after.length,
  };
}
