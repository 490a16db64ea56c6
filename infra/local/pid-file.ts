// Pid files of processes that outlive the command that started them (`daemon` in process.ts): process ID and start
// time, because the ID alone may have been reused by another process.
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { until } from "./process.ts";

async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has exited; only its parent has not collected its exit code yet.
  return fields?.[0] === "Z" ? undefined : fields?.[19];
}

/** Writes this process's pid file atomically: first outside of the file's folder, then renamed; also twice at once. */
export async function writePidFile(file: string): Promise<void> {
  const partial = `${dirname(file)}.${process.pid}.${randomUUID()}.new`;
  await writeFile(partial, `${process.pid} ${await startTimeOf(process.pid)}\n`);
  await rename(partial, file);
}

/** Process ID in the pid file, if that process is still running. */
export async function runningPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [pid, startTime] = text.trim().split(" ");
  return startTime !== undefined && (await startTimeOf(Number(pid))) === startTime ? Number(pid) : undefined;
}

/** Sends SIGTERM, and SIGKILL after 20 s; removes the pid file. @returns false if the process was not running */
export async function stopByPidFile(file: string): Promise<boolean> {
  const pid = await runningPid(file);
  if (pid !== undefined) {
    const hasExited = async () => (await runningPid(file)) === undefined;
    process.kill(pid, "SIGTERM");
    if (!(await until(hasExited, { seconds: 20 }))) process.kill(pid, "SIGKILL");
    await until(hasExited, { seconds: 5 });
  }
  await rm(file, { force: true });
  return pid !== undefined;
}
