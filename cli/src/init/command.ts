// The command that writes the same files again.
import type { InputSource } from "../../../actions/shared/src/inputs.ts";
import { initInputs } from "./inputs.ts";

/** Not part of the answers: what the files are pinned to, and how they are written. */
const others = new Set(["ref", "dry-run", "force"]);
const width = 118;

/** As the lines of a comment, with the options whose values are not the default. */
export function commandOf(toolkit: string, source: InputSource): string {
  const options = Object.entries(initInputs).flatMap(([name, { default: fallback = "" }]) => {
    const value = source(name).trim();
    return others.has(name) || value === "" || value === fallback
      ? []
      : [`--${name} ${value.replaceAll(/[\n, ]+/g, ",")}`];
  });
  const lines = [`npx github:${toolkit} init`];
  for (const option of options) {
    const last = lines.at(-1) ?? "";
    if (`${last} ${option} \\`.length <= width) lines[lines.length - 1] = `${last} ${option}`;
    else lines.push(`  ${option}`);
  }
  return lines.join(" \\\n# ");
}
