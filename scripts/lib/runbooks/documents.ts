// The runbooks: each in English and in Japanese.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../infra/local/paths.ts";
import { commandsIn, type Command } from "./commands.ts";

export interface Runbook {
  path: string;
  commands: Command[];
}

export const runbooks: Runbook[] = globSync(["docs/*runbook*.md", "docs/secrets*.md"], { cwd: root })
  .toSorted()
  .map((path) => ({ path, commands: commandsIn(readFileSync(join(root, path), "utf8")) }));

export const isJapanese = ({ path }: Runbook): boolean => path.endsWith(".ja.md");
