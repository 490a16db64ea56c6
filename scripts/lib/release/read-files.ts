// The files of a release as an earlier step has written them.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Files } from "./publish.ts";

/** The SHA-256 digest of every committed bundle, as `sha256sum --check` reads it. */
export const checksumsFile = "dist.sha256";
/** CycloneDX. */
export const sbomFile = "sbom.cdx.json";
/** The text of the release's page. */
export const notesFile = "notes.md";

export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

export async function readFiles(folder: string): Promise<Files> {
  const assets = [checksumsFile, sbomFile].map(async (name) => {
    const content = new Uint8Array(await readFile(join(folder, name)));
    return { name, content, sha256: sha256(content) };
  });
  return { notes: await readFile(join(folder, notesFile), "utf8"), assets: await Promise.all(assets) };
}
