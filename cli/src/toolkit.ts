import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file of the toolkit beside which this runs, from its sources or bundled. */
export function toolkitFile(path: string): string {
  let folder = dirname(process.argv[1] ?? ".");
  while (!existsSync(join(folder, "action.yml")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, path);
}
