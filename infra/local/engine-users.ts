// Which commands are using the Docker engine: one pid file each, so that a command that ends does not stop the engine
// under another one.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runningPid, writePidFile } from "./pid-file.ts";

/** Registers this process as a user of the engine until it exits. */
export async function useEngine(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writePidFile(join(folder, String(process.pid)));
}

/** Number of other running commands that use the engine; removes the files of those that have exited. */
export async function otherUsers(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const users = await Promise.all(
    files.map(async (file) => ({ path: join(folder, file), pid: await runningPid(join(folder, file)) })),
  );
  for (const { path, pid } of users) if (pid === undefined) await rm(path, { force: true });
  return users.filter(({ pid }) => pid !== undefined && pid !== process.pid).length;
}
