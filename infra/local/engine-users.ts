// Which commands use the Docker engine: a file for each of them, so that one command's stop does not take it from another.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runningPid, writePidFile } from "./pid-file.ts";

/** This process uses the engine for as long as it runs. */
export async function useEngine(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writePidFile(join(folder, String(process.pid)));
}

/** How many other commands use it and still run; files of those that have ended are removed. */
export async function otherUsers(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const users = await Promise.all(
    files.map(async (file) => ({ path: join(folder, file), pid: await runningPid(join(folder, file)) })),
  );
  for (const { path, pid } of users) if (pid === undefined) await rm(path, { force: true });
  return users.filter(({ pid }) => pid !== undefined && pid !== process.pid).length;
}
