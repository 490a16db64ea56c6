// Runs npm commands in a separate checkout with a manipulated environment: programs, user, network, ports.
import { spawn } from "node:child_process";
import { chmod, copyFile, link, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { expect } from "vitest";
import { lockMarker } from "../../infra/local/lock.mjs";
import { findOrphans } from "../../infra/local/orphans.mjs";
import { cacheDir } from "../../infra/local/paths.ts";
import { onPath } from "../../infra/local/prerequisites.ts";
import { attempt, run, type RunResult } from "../../infra/local/process.ts";
import { copyCheckout } from "../lib/copy.ts";

export let folder: string;
let checkout: string;
/** A copy of this Node binary that other users may run. */
let sharedNode: string;
const servers: Server[] = [];
/** Folders that commands have locked: checkouts and caches. */
const lockedFolders = new Set<string>();

export async function setUp(): Promise<void> {
  folder = await realpath(await mkdtemp(join(tmpdir(), "conditions-test-")));
  checkout = join(folder, "checkout");
  await copyCheckout(checkout);
  // Some tests run the command as another user.
  await run(["chmod", "-R", "a+rwX", folder]);
  sharedNode = join(folder, "node");
  await link(process.execPath, sharedNode).catch(() => copyFile(process.execPath, sharedNode));
}

export async function tearDown(): Promise<void> {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
}

interface Machine {
  /** Programs on the PATH in addition to basic ones: true for the real program, or the shell script of a stub. */
  programs?: Record<string, string | true>;
  env?: Record<string, string>;
  /** Wrapper of the command: another user, another network. */
  wrapper?: string[] | undefined;
  command?: string;
  node?: string[];
  cwd?: string;
}

const basicPrograms = ["mv", "sh", "cut", "git", "ss", "find", "dpkg", "mkdir", "cat", "id", "uname", "sed"];
let runs = 0;

export async function runOn({
  programs = {},
  env = {},
  wrapper = [],
  command = "start",
  node = [],
  cwd = checkout,
}: Machine): Promise<RunResult> {
  runs += 1;
  const bin = join(folder, `bin-${runs}`);
  await mkdir(bin);
  for (const name of [...basicPrograms, ...Object.keys(programs).filter((name) => programs[name] === true)]) {
    const real = await onPath(name);
    if (real) await symlink(real, join(bin, name));
  }
  for (const [name, text] of Object.entries(programs)) {
    if (text === true) continue;
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const environment = {
    PATH: bin,
    HOME: folder,
    RAINBOW_CACHE: join(folder, `cache-${runs}`),
    RAINBOW_PORT: "24566",
    ...env,
  };
  for (const path of [cwd, environment.RAINBOW_CACHE]) lockedFolders.add(path);
  const [program, ...wrapperArguments] = wrapper;
  const outer = program === undefined ? [] : [(await onPath(program)) ?? program, ...wrapperArguments];
  return attempt([...outer, sharedNode, ...node, join(cwd, "scripts/run.mjs"), command], {
    cwd,
    env: environment,
    timeout: 60_000,
  });
}

/** Expects exactly one problem with its remedy, and that no process is left running. */
export async function expectProblem(result: RunResult, message: RegExp, remedy: RegExp): Promise<void> {
  const output = result.stdout + result.stderr;
  expect(output).toMatch(message);
  expect(output).toMatch(remedy);
  expect(result.code, output).toBe(1);
  expect(output.match(/^✗/gm), output).toHaveLength(1);
  expect(output.match(/^→/gm), output).toHaveLength(1);
  expect(output).not.toContain("    at ");
  const state = await readdir(join(checkout, ".local")).catch(() => []);
  expect(state.filter((name) => name.endsWith(".pid"))).toEqual([]);
  expect([...lockedFolders].flatMap((path) => findOrphans(lockMarker(path)))).toEqual([]);
}

/** A cache in which the Python environment appears to be installed already, to get past that step. */
export async function cacheWithPython(): Promise<string> {
  const cache = await mkdtemp(join(folder, "cache-with-python-"));
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith("python-")) continue;
    await mkdir(join(cache, name));
    await writeFile(join(cache, name, "complete"), "");
  }
  await run(["chmod", "-R", "a+rwX", cache]);
  return cache;
}

/** The interpreter itself, because python3 on the PATH may be a version manager's shim. */
export const realPython = async () =>
  `exec ${(await run(["python3", "-c", "import sys; print(sys.executable)"])).trim()} "$@"`;

export const isRoot = process.getuid?.() === 0;
export const nobody = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
/** Makes git trust the checkout, which belongs to root. */
export const safeDirectory = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" };
export const noNetwork = isRoot ? ["unshare", "--net"] : ["unshare", "--user", "--map-root-user", "--net"];
export const offlineNpm = { npm_config_fetch_retries: "0", npm_config_cache: "/nonexistent-cache" };
export const supportedTerraform = `echo '{"terraform_version": "1.11.4"}'`;

/** A fresh clone without installed packages. */
export async function bareCheckout(): Promise<string> {
  const bare = await mkdtemp(join(folder, "bare-"));
  await rm(bare, { recursive: true });
  await copyCheckout(bare, { packages: "none" });
  return bare;
}

/** Listens on a port, 0 for any free one, until `tearDown` or `close`. */
export async function listenOn(port: number): Promise<{ port: number; close: () => void }> {
  const server = createServer().listen(port, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Something that listens on a port as the local AWS of another checkout does: in its .local. */
export async function otherCheckoutOn(port: number): Promise<{ other: string; pid: number; stop: () => void }> {
  const other = await mkdtemp(join(folder, "other-"));
  await mkdir(join(other, ".local"));
  const script = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("listening"))`;
  const child = spawn(process.execPath, ["-e", script], {
    cwd: join(other, ".local"),
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return { other, pid: child.pid ?? 0, stop: () => void child.kill() };
}
