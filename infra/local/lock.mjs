// @ts-check
// One command at a time. The lock is a socket in Linux's abstract namespace: the kernel grants it to one process and
// releases it when that process ends, however it ends, so there are no stale locks. A waiting process connects to the
// socket, receives the holder's details, and is notified of the release by the closed connection.
// Plain JavaScript: scripts/run.mjs needs it before a Node version that strips types is installed.
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { stopOrphans } from "./orphans.mjs";

/**
 * @typedef {{ command: string, pid: number, since: string }} Holder
 * @typedef {{ command: string, log: (text: string) => void }} LockOptions
 */

const markerPrefix = "RAINBOW_HOLDS_";

/** @param {string} path */
const hash = (path) => createHash("sha256").update(path).digest("hex");

/** @param {string} path @returns {string} name of the environment variable that marks processes of the lock's holder */
export const lockMarker = (path) => `${markerPrefix}${hash(path).slice(0, 12)}`;

/**
 * Holds the machine-wide lock of a path while the action runs. Meanwhile the environment contains a marker variable,
 * which every child process inherits: by it, the next holder finds and stops what a killed command left running. A
 * process with the marker works on behalf of the holder and does not wait for the lock.
 * @template T
 * @param {string} path what is locked: a checkout, a cache
 * @param {LockOptions} options the command, shown to waiting processes, and a log for this one's own user
 * @param {() => T | Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(path, { command, log }, action) {
  const marker = lockMarker(path);
  if (process.env[marker] !== undefined) return action();
  const release = await acquire(path, command, ({ command: other, pid, since }) => {
    const startTime = new Date(since).toLocaleTimeString("sv-SE");
    log(`\`${other}\` (process ${pid}, started ${startTime}) is running here: waiting for it to finish`);
  });
  try {
    await stopOrphans(marker, (names) => log(`a previous command was interrupted: stopping its ${names.join(", ")}`));
    process.env[marker] = "1";
    return await action();
  } finally {
    delete process.env[marker];
    await release();
  }
}

/** The markers of all held locks, for child processes that do not inherit the rest of the environment. */
export const lockMarkers = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith(markerPrefix)));

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv} without markers: for processes that outlive the command
 */
export const withoutLockMarkers = (environment) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(markerPrefix)));

/**
 * @param {string} path
 * @param {string} command
 * @param {(holder: Holder) => void} onWait called once for each holder that is waited for
 * @returns {Promise<() => Promise<void>>} releases the lock
 */
async function acquire(path, command, onWait) {
  // Socket names are limited to 107 characters; paths can be longer.
  const name = `\0rainbow-seeker/${hash(path)}`;
  for (;;) {
    const release = await listen(name, command);
    if (release) return release;
    await waitForRelease(name, onWait);
  }
}

/**
 * @param {string} name
 * @param {string} command
 * @returns {Promise<(() => Promise<void>) | undefined>} undefined when another process holds it
 */
function listen(name, command) {
  const holder = JSON.stringify({ command, pid: process.pid, since: new Date().toISOString() });
  /** @type {Set<import("node:net").Socket>} */
  const waiting = new Set();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => waiting.delete(socket));
    socket.unref();
    socket.write(`${holder}\n`);
  });
  const release = () =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      server.close(() => resolve());
      for (const socket of waiting) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.on("error", (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(name, () => {
      // Holding the lock must not keep the process alive.
      server.unref();
      resolve(release);
    });
  });
}

/**
 * @param {string} name
 * @param {(holder: Holder) => void} onWait
 * @returns {Promise<void>}
 */
function waitForRelease(name, onWait) {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(name);
    socket.on("data", (chunk) => {
      const isReported = text.includes("\n");
      text += chunk.toString();
      if (!isReported && text.includes("\n")) onWait(JSON.parse(text));
    });
    // Refused if the holder released the lock after our attempt to listen; "close" follows either way.
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}
