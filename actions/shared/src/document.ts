// JSON or YAML, one reader for both: JSON is YAML.
import { CORE_SCHEMA, FAILSAFE_SCHEMA, load } from "js-yaml";

/**
 * The core schema leaves dates and the like as the text that they are. @throws with the line and column of what cannot
 * be read.
 */
export function parseDocument(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA });
}

/** Every value as the text that was written: 1.10 stays "1.10", and true stays "true". */
export function parseTexts(text: string): unknown {
  return load(text, { schema: FAILSAFE_SCHEMA });
}
