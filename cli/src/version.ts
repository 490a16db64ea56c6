import { readFile } from "node:fs/promises";
import { toolkitFile } from "./toolkit.ts";

export async function toolkitVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(toolkitFile("package.json"), "utf8")) as { version: string };
  return version;
}
