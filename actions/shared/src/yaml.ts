// The parser of YAML. A bundle has it in a file of its own, which is loaded with the first document that is no JSON
// (scripts/lib/bundle-yaml.ts): with functions only, and none of them asynchronous.
import { CORE_SCHEMA, FAILSAFE_SCHEMA, load } from "js-yaml";

/** `core`: dates and the like stay text; `texts`: every value does, as it was written. */
export type YamlSchema = "core" | "texts";

/** @throws with the line and column of what cannot be read. */
export const parseYaml = (text: string, schema: YamlSchema): unknown =>
  load(text, { schema: schema === "core" ? CORE_SCHEMA : FAILSAFE_SCHEMA });
