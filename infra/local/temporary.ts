// Temporary folders, named after their process, so that those of killed processes can be distinguished from those in
// use.
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exists } from "./prerequisites.ts";

const prefix = "rainbow-seeker-";

export const makeTemporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));

/**
 * Runs work with a temporary folder that other users can read, whose files are below it.
 *
 * @param prefix short: sockets are some folders below, whose paths have about 100 bytes at most
 */
export async function withTemporaryFolder<T>(prefix: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  try {
    await chmod(folder, 0o755);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs act's work with a home folder for it: it starts the shell of a step with the path of a script in that folder,
 * and splits the command at white space.
 *
 * @param folder used if its path has no white space
 */
export async function withActHome<T>(folder: string, work: (home: string) => Promise<T>): Promise<T> {
  if (!/\s/.test(folder)) {
    await mkdir(folder, { recursive: true });
    return work(folder);
  }
  const temporary = await makeTemporaryFolder();
  try {
    return await work(temporary);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Folders whose process has exited. */
export async function abandonedFolders(): Promise<string[]> {
  const ours = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  const hasExited = await Promise.all(
    ours.map(async (name) => !(await exists(`/proc/${name.slice(prefix.length).split("-")[0]}`))),
  );
  return ours.filter((_, index) => hasExited[index]).map((name) => join(tmpdir(), name));
}

export async function removeAbandonedFolders(): Promise<void> {
  for (const folder of await abandonedFolders()) await rm(folder, { recursive: true, force: true });
}
