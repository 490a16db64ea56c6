// Processes that outlive the command that started them (`daemon` in process.ts), found again by the file that they wrote
// about themselves: process id and start time. The id alone may have been given to another program since.
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { until } from "./process.ts";

async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent does not know yet.
  return fields?.[0] === "Z" ? undefined : fields?.[19];
}

/** Writes that this process runs, in the form that `remembered` reads; as a whole, beside the file's folder first. */
export async function writePidFile(file: string): Promise<void> {
  const partial = `${dirname(file)}.${process.pid}.new`;
  await writeFile(partial, `${process.pid} ${await startTimeOf(process.pid)}\n`);
  await rename(partial, file);
}

/** Process id of what the file remembers, if it still runs. */
export async function runningPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [pid, startTime] = text.trim().split(" ");
  return startTime !== undefined && (await startTimeOf(Number(pid))) === startTime ? Number(pid) : undefined;
}

/** Asks it to end, after 20 s makes it end; false when it did not run. */
export async function stopByPidFile(file: string): Promise<boolean> {
  const pid = await runningPid(file);
  if (pid !== undefined) {
    const gone = async () => (await runningPid(file)) === undefined;
    process.kill(pid, "SIGTERM");
    if (!(await until(gone, { seconds: 20 }))) process.kill(pid, "SIGKILL");
    await until(gone, { seconds: 5 });
  }
  await rm(file, { force: true });
  return pid !== undefined;
}
