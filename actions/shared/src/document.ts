// JSON or YAML, one reader for both: JSON is YAML. The core schema leaves dates and the like as the text that they are.
import { CORE_SCHEMA, load } from "js-yaml";

/** @throws with the line and column of what cannot be read. */
export function parseDocument(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA });
}
