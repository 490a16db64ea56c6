// @ts-check
// Orphaned child processes of a killed command: Terraform, act, docker and npm keep running if only their parent is
// killed. They are recognised by a marker variable in the environment that they inherited. Plain JavaScript, because
// lock.mjs uses it.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @param {string} marker name of an environment variable
 * @returns {{ pid: number, name: string }[]} processes with the marker, except this process and its ancestors
 */
export function findOrphans(marker) {
  const own = new Set(ancestry(process.pid));
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && !own.has(pid));
  const marked = pids.filter((pid) =>
    read(`/proc/${pid}/environ`)
      .split("\0")
      .some((entry) => entry.startsWith(`${marker}=`)),
  );
  return marked.map((pid) => ({ pid, name: read(`/proc/${pid}/comm`).trim() }));
}

/**
 * Sends SIGINT, so that each can finish what must not be left half-done, and SIGKILL after the grace period.
 * @param {string} marker
 * @param {(names: string[]) => void} onFound
 * @param {number} [gracePeriod] milliseconds
 */
export async function stopOrphans(marker, onFound, gracePeriod = 60_000) {
  let found = findOrphans(marker);
  if (found.length === 0) return;
  onFound([...new Set(found.map(({ name }) => name))]);
  for (const { pid } of found) signal(pid, "SIGINT");
  for (const deadline = Date.now() + gracePeriod; found.length > 0; found = findOrphans(marker)) {
    if (Date.now() > deadline) for (const { pid } of found) signal(pid, "SIGKILL");
    await sleep(100);
  }
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has already exited.
  }
}

/** @param {number} pid @returns {number[]} the process, its parent, and so on */
function ancestry(pid) {
  const stat = read(`/proc/${pid}/stat`);
  const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  return parent > 0 ? [pid, ...ancestry(parent)] : [pid];
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process exited in the meantime, or belongs to another user.
    return "";
  }
}
