// Removes what the commands leave in Docker and on disk.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { imagePrefix } from "./base-images.ts";
import { composeProject } from "./development.ts";
import { cacheDir, root, stateDir } from "./paths.ts";
import { installedPackages } from "./prerequisites.ts";
import { attempt } from "./process.ts";
import { removeAbandonedFolders } from "./temporary.ts";

const lines = async (command: string[]): Promise<string[]> =>
  (await attempt(command)).stdout.split("\n").filter((line) => line !== "");

/** Removes the state of this checkout and the temporary folders of killed commands. */
export async function removeTemporaryFiles(): Promise<void> {
  await rm(stateDir, { recursive: true, force: true });
  await removeAbandonedFolders();
}

/** Removes the base images and all images built on them; returns how many. */
export async function removeImages(): Promise<number> {
  // Images of other checkouts too, because their base images are removed; none of them runs.
  const ours = new RegExp(`^(${imagePrefix}/|localhost:\\d+/rainbow-seeker-|${composeProject}-)`);
  const named = (await lines(["docker", "images", "--digests", "--format", "{{.Repository}} {{.ID}}"])).map(
    (line) => line.split(" ") as [string, string],
  );
  const ids = named.filter(([repository]) => ours.test(repository)).map(([, id]) => id);
  const stages = await lines([
    "docker",
    "images",
    "-q",
    "--filter",
    "dangling=true",
    "--filter",
    "label=rainbow-seeker.stage",
  ]);
  const all = [...new Set([...ids, ...stages])];
  if (all.length > 0) await attempt(["docker", "rmi", "-f", ...all]);
  return all.length;
}

/** Removes this checkout's npm packages. */
export async function removePackages(): Promise<void> {
  const folders = ["", "api", "ml"].map((folder) => join(root, folder, "node_modules"));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Removes the user's caches, which all checkouts share. */
export const removeCaches = (): Promise<void> => rm(cacheDir, { recursive: true, force: true });

/** Debian packages that the commands have installed on this machine, without duplicates. */
export async function installedDebianPackages(): Promise<string[]> {
  const text = await readFile(installedPackages, "utf8").catch(() => "");
  return [...new Set(text.split("\n").filter((line) => line !== ""))];
}
