// What this build is. The image build writes version.json beside the bundle (Dockerfile); from the sources there is
// none.
import { readFile } from "node:fs/promises";

export interface Version {
  service: "api";
  /** The commit that first built this content. */
  commit: string;
  builtAt: string;
}

export async function readVersion(): Promise<Version> {
  const text = await readFile(new URL("version.json", import.meta.url), "utf8").catch(() => "{}");
  const { commit = "development", builtAt = "not built" } = JSON.parse(text) as Partial<Version>;
  return { service: "api", commit, builtAt };
}
