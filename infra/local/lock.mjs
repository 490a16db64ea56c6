// @ts-check
// One command at a time. The lock is a socket in Linux's abstract namespace: the kernel gives it to one process and takes
// it back when that process ends, however it ends, so there is no stale lock to clear. Whoever waits connects to it, is
// told who holds it, and knows by the end of the connection that it is free.
// Plain JavaScript: scripts/run.mjs needs it before there is a Node that knows types.
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { stopOrphans } from "./orphans.mjs";

/**
 * @typedef {{ command: string, pid: number, since: string }} Holder
 * @typedef {{ command: string, say: (text: string) => void }} Purpose
 */

const markPrefix = "RAINBOW_HOLDS_";

/** @param {string} path */
const hash = (path) => createHash("sha256").update(path).digest("hex");

/**
 * Holds the lock of a path while the action runs: the only one on this machine that does. While it is held the environment
 * carries a mark, which every program started by the action inherits: by it a later holder knows, and ends, what a killed
 * one has left running. A program that carries the mark works for the holder and does not wait for it.
 * @template T
 * @param {string} path what is locked: a checkout, a cache
 * @param {Purpose} purpose the command, for those who wait, and how to tell our own user that we wait
 * @param {() => T | Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(path, { command, say }, action) {
  const mark = `${markPrefix}${hash(path).slice(0, 12)}`;
  if (process.env[mark] !== undefined) return action();
  const release = await acquire(path, command, ({ command: other, pid, since }) =>
    say(
      `\`${other}\` (process ${pid}, begun ${new Date(since).toLocaleTimeString("sv-SE")}) is at work here: waiting for its end`,
    ),
  );
  try {
    await stopOrphans(mark, (names) => say(`a command before was cut off: ending its ${names.join(", ")}`));
    process.env[mark] = "1";
    return await action();
  } finally {
    delete process.env[mark];
    await release();
  }
}

/** The marks of the locks that are held, for programs that are started without the rest of the environment. */
export const lockMarkers = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith(markPrefix)));

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv} without marks: for what is to run on after the command
 */
export const withoutLockMarkers = (environment) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(markPrefix)));

/**
 * @param {string} path
 * @param {string} command
 * @param {(holder: Holder) => void} onWait called once for each holder that is in the way
 * @returns {Promise<() => Promise<void>>} what releases it
 */
async function acquire(path, command, onWait) {
  // A socket's name may have 107 characters; a path can have more.
  const name = `\0rainbow-seeker/${hash(path)}`;
  for (;;) {
    const release = await listen(name, command);
    if (release) return release;
    await holderHasGone(name, onWait);
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
      // Holding a lock is no reason to stay alive.
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
function holderHasGone(name, onWait) {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(name);
    socket.on("data", (chunk) => {
      const told = text.includes("\n");
      text += chunk.toString();
      if (!told && text.includes("\n")) onWait(JSON.parse(text));
    });
    // It may let go between our attempt to listen and this one: then nobody answers, which is as good.
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}
