// What the commands leave in Docker and on the disk, and how it goes again.
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

/** State of this checkout and what a cut-off command left in the folder for temporary files. */
export async function removeTemporaryFiles(): Promise<void> {
  await rm(stateDir, { recursive: true, force: true });
  await removeAbandonedFolders();
}

/** The base images and all that was built on them; returns how many images went. */
export async function removeImages(): Promise<number> {
  // Those of other checkouts too: the base images that they are built on go.
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

/** Caches of all checkouts of this user, and the installed packages of this one. */
export async function removeCaches(): Promise<void> {
  await Promise.all(
    [cacheDir, ...["", "api", "ml"].map((folder) => join(root, folder, "node_modules"))].map((folder) =>
      rm(folder, { recursive: true, force: true }),
    ),
  );
}

/** Debian packages that commands have installed on this machine, each once. */
export async function installedDebianPackages(): Promise<string[]> {
  const text = await readFile(installedPackages, "utf8").catch(() => "");
  return [...new Set(text.split("\n").filter((line) => line !== ""))];
}
