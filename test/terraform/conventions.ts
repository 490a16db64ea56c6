// What the sources of infra/ keep to, and neither Terraform nor a plan shows.
import { attributesIn, blocksIn, headOf, parse, valueOf } from "../terraform-mutations/hcl.ts";

/**
 * Of a variable with a default, null is that default: whoever passes on an optional value of their own need not know ours.
 *
 * @param text of a file with variables
 * @returns what is wrong, a line for each variable
 */
export function brokenConventions(text: string, path: string): string[] {
  return blocksIn(parse(text, path)).flatMap((block) => {
    const [type, name = ""] = headOf(block);
    const attributes = attributesIn(block);
    const textOf = (attribute: string) => {
      const found = attributes.get(attribute);
      return found && valueOf(found).text;
    };
    const fallback = textOf("default");
    if (type !== "variable" || fallback === undefined || fallback === "null" || textOf("nullable") === "false")
      return [];
    return [`${path}: variable ${name} has a default, but takes null for something else: set nullable = false.`];
  });
}
