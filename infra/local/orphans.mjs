// @ts-check
// Programs of a command that was killed: Terraform, act, docker and npm run on when only their parent is killed.
// They are known by a mark in the environment that they inherited. Plain JavaScript, as lock.mjs, which uses it.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @param {string} mark name of an environment variable
 * @returns {{ pid: number, name: string }[]} programs that carry the mark, without this process and what it descends from
 */
export function findOrphans(mark) {
  const own = new Set(lineage(process.pid));
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && !own.has(pid));
  const marked = pids.filter((pid) =>
    read(`/proc/${pid}/environ`)
      .split("\0")
      .some((entry) => entry.startsWith(`${mark}=`)),
  );
  return marked.map((pid) => ({ pid, name: read(`/proc/${pid}/comm`).trim() }));
}

/**
 * Asks them to end, so that each can finish what must not be left half-done, and after a while makes them.
 * @param {string} mark
 * @param {(names: string[]) => void} onFound
 * @param {number} [patience] milliseconds that they get
 */
export async function stopOrphans(mark, onFound, patience = 60_000) {
  let found = findOrphans(mark);
  if (found.length === 0) return;
  onFound([...new Set(found.map(({ name }) => name))]);
  for (const { pid } of found) signal(pid, "SIGINT");
  for (const end = Date.now() + patience; found.length > 0; found = findOrphans(mark)) {
    if (Date.now() > end) for (const { pid } of found) signal(pid, "SIGKILL");
    await sleep(100);
  }
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** @param {number} pid @returns {number[]} the process, its parent, and so on */
function lineage(pid) {
  const stat = read(`/proc/${pid}/stat`);
  const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  return parent > 0 ? [pid, ...lineage(parent)] : [pid];
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Processes end while we look, and other users' are not ours to read.
    return "";
  }
}
