import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file of the toolkit beside which this runs, from its sources or bundled; npm starts it through a link. */
export function toolkitFile(path: string): string {
  let folder = dirname(realpathSync(process.argv[1] ?? "."));
  while (!existsSync(join(folder, "action.yml")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, path);
}
