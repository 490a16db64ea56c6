// JSON or YAML. JSON is YAML, but for a key that is there twice: the last one counts, as for every reader of JSON.
import { parseYaml, type YamlSchema } from "./yaml.ts";

/** What aliases may unfold a document to: far more than one that is meant seriously. Lists and objects; levels. */
const mostNodes = 100_000;
const deepest = 500;

/**
 * The core schema leaves dates and the like as the text that they are. @throws with the line and column of what cannot
 * be read, or if aliases make the document refer to itself or grow beyond measure.
 */
export function parseDocument(text: string): unknown {
  const document = fromJson(text);
  return document === undefined ? parse(text, "core") : document;
}

/** undefined: it is no JSON, or nested deeper than anything that is meant seriously. */
function fromJson(text: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDeeper(document, deepest) ? undefined : document;
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

/** Every value as the text that was written: 1.10 stays "1.10", and true stays "true". @throws as parseDocument does */
export function parseTexts(text: string): unknown {
  return parse(text, "texts");
}

function parse(text: string, schema: YamlSchema): unknown {
  const document = parseYaml(text, schema);
  // Without an alias, it is as large as its text.
  if (text.includes("*")) measure(document, new Set(), { left: mostNodes });
  return document;
}

function measure(value: unknown, above: Set<unknown>, budget: { left: number }): void {
  if (typeof value !== "object" || value === null) return;
  if (above.has(value)) throw new Error("a YAML alias (*) refers to what it is part of");
  budget.left -= 1;
  if (budget.left < 0 || above.size > deepest)
    throw new Error(`YAML aliases (*) make it too large: more than ${mostNodes} values, or ${deepest} levels`);
  above.add(value);
  for (const inner of Object.values(value)) measure(inner, above, budget);
  above.delete(value);
}
