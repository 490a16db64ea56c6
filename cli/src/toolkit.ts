import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** Path of a file of this toolkit, whether run from source or bundled; npm runs it through a symlink. */
export function toolkitFile(path: string): string {
  let folder = dirname(realpathSync(process.argv[1] ?? "."));
  while (!existsSync(join(folder, "action.yml")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, path);
}
