// What can be missing or wrong on a machine: the real commands, in a checkout of their own, on a machine made to be so.
// Each says one thing that can be mended, with the remedy, ends with exit code 1, and leaves nothing running.
import { chmod, copyFile, link, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findOrphans } from "../../infra/local/orphans.mjs";
import { cacheDir } from "../../infra/local/paths.ts";
import { onPath } from "../../infra/local/prerequisites.ts";
import { attempt, run, type RunResult } from "../../infra/local/process.ts";
import { copyCheckout } from "../lib/copy.ts";

let folder: string;
let checkout: string;
/** This Node, where other users may run it. */
let nodeForAll: string;
let servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conditions-test-"));
  checkout = join(folder, "checkout");
  await copyCheckout(checkout);
  // Another user must be able to read it, and to write where it writes.
  await run(["chmod", "-R", "a+rwX", folder]);
  nodeForAll = join(folder, "node");
  await link(process.execPath, nodeForAll).catch(() => copyFile(process.execPath, nodeForAll));
});

afterAll(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Machine {
  /** Programs on the PATH beside a few that every system has; a text is a stub that stands for the program. */
  programs?: Record<string, string | true>;
  env?: Record<string, string>;
  /** Put before the command: another user, another network. */
  within?: string[] | undefined;
  command?: string;
  node?: string[];
  cwd?: string;
}

const always = ["mv", "sh", "cut", "git", "ss", "find", "dpkg", "mkdir", "cat", "id", "uname", "sed"];
let machines = 0;

async function on({
  programs = {},
  env = {},
  within = [],
  command = "start",
  node = [],
  cwd = checkout,
}: Machine): Promise<RunResult> {
  machines += 1;
  const bin = join(folder, `bin-${machines}`);
  await mkdir(bin);
  for (const name of [...always, ...Object.keys(programs).filter((name) => programs[name] === true)]) {
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
    RAINBOW_CACHE: join(folder, `cache-${machines}`),
    RAINBOW_PORT: "24566",
    ...env,
  };
  const [outer, ...rest] = within;
  return attempt(
    [...(outer ? [(await onPath(outer))!, ...rest] : []), nodeForAll, ...node, join(cwd, "scripts/run.mjs"), command],
    { cwd, env: environment, timeout: 60_000 },
  );
}

/** One problem and its remedy, and nothing half-started. */
async function expectProblem(result: RunResult, message: RegExp, remedy: RegExp): Promise<void> {
  const said = result.stdout + result.stderr;
  expect(said).toMatch(message);
  expect(said).toMatch(remedy);
  expect(result.code, said).toBe(1);
  expect(said.match(/^✗/gm), said).toHaveLength(1);
  expect(said.match(/^→/gm), said).toHaveLength(1);
  expect(said).not.toContain("    at ");
  const state = await readdir(join(checkout, ".local")).catch(() => []);
  expect(state.filter((name) => name.endsWith(".pid"))).toEqual([]);
  expect(findOrphans("RAINBOW_HOLDS_")).toEqual([]);
}

/** A cache in which the Python environment seems to be there already, to come past that step. */
async function cacheWithPython(): Promise<string> {
  const cache = await mkdtemp(join(folder, "cache-with-python-"));
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith("python-")) continue;
    await mkdir(join(cache, name));
    await writeFile(join(cache, name, "complete"), "");
  }
  await run(["chmod", "-R", "a+rwX", cache]);
  return cache;
}

/** The interpreter itself: what lies on the PATH may be a version manager's. */
const realPython = async () =>
  `exec ${(await run(["python3", "-c", "import sys; print(sys.executable)"])).trim()} "$@"`;

const isRoot = process.getuid?.() === 0;
const nobody = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
/** The checkout is root's: this user trusts it. */
const trusting = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" };
const noNetwork = isRoot ? ["unshare", "--net"] : ["unshare", "--user", "--map-root-user", "--net"];
const offlineNpm = { npm_config_fetch_retries: "0", npm_config_cache: "/nonexistent-cache" };
const terraformThatServes = `echo '{"terraform_version": "1.11.4"}'`;

describe("npm start says clearly", () => {
  it("that something must be installed and this is not root", async () => {
    const result = await on({ within: nobody, env: trusting, programs: { "apt-get": true } });
    await expectProblem(
      result,
      /python3, python3-venv is missing and installing it needs root\./,
      /Install python3, python3-venv with your system's package manager.*run it as root/,
    );
  });

  it("that there is too little space, and where", async () => {
    const cache = join(folder, "small");
    await mkdir(cache);
    const small = [
      "unshare",
      ...(isRoot ? [] : ["--user", "--map-root-user"]),
      "--mount",
      "sh",
      "-c",
      `${await onPath("mount")} -t tmpfs -o size=20m none ${cache} && exec "$@"`,
      "sh",
    ];
    const result = await on({ within: small, env: { RAINBOW_CACHE: cache } });
    await expectProblem(
      result,
      /Too little space for \S+\/small: 0\.0 GB free, 1\.5 GB needed\./,
      /docker system prune.*RAINBOW_CACHE=/,
    );
  });

  it("which port is taken, and by whom", async () => {
    const server = createServer().listen(24_566, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const result = await on({});
    server.close();
    await expectProblem(
      result,
      new RegExp(`Port 24566 is taken by \\S+ \\(process ${process.pid}\\)\\.`),
      /RAINBOW_PORT=24567 npm start/,
    );
  });

  it("which port of the development environment is taken, and how to choose another", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const result = await on({
      command: "dev",
      env: { API_PORT: String(port), ML_PORT: "24568", POSTGRES_PORT: "24569", REDIS_PORT: "24570" },
    });
    server.close();
    await expectProblem(
      result,
      new RegExp(`Port ${port} is taken by \\S+ \\(process ${process.pid}\\)\\.`),
      /API_PORT in \.env/,
    );
  });

  it("that the port is none", async () => {
    await expectProblem(
      await on({ env: { RAINBOW_PORT: "http" } }),
      /RAINBOW_PORT is not a port that can be used: http\./,
      /from 1024 to/,
    );
  });

  it("that browsers refuse the port", async () => {
    await expectProblem(
      await on({ env: { RAINBOW_PORT: "6566" } }),
      /Port 6566 is one that browsers, and fetch, refuse to talk to\./,
      /RAINBOW_PORT=7566 npm start/,
    );
  });

  it("that Docker is there but does not run, and starting it needs root", async () => {
    const programs = {
      docker: 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1',
      dockerd: "exit 1",
      terraform: terraformThatServes,
    };
    const result = await on({ within: nobody, programs, env: { ...trusting, RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(
      result,
      /The Docker engine is installed but does not run, and starting it needs root\./,
      /systemctl start docker/,
    );
  });

  it("that this user may not use Docker", async () => {
    const programs = {
      docker: 'echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1',
      dockerd: "exit 1",
      terraform: terraformThatServes,
    };
    const result = await on({ programs, env: { RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(result, /A Docker engine runs, but this user may not use it\./, /usermod -aG docker/);
  });

  it("that the engine that DOCKER_HOST names does not answer", async () => {
    const result = await on({
      programs: { docker: "exit 1", terraform: terraformThatServes },
      env: { RAINBOW_CACHE: await cacheWithPython(), DOCKER_HOST: "tcp://127.0.0.1:9" },
    });
    await expectProblem(
      result,
      /DOCKER_HOST is tcp:\/\/127\.0\.0\.1:9, where no Docker engine answers\./,
      /unset DOCKER_HOST/,
    );
  });

  // Another user is told to start it himself: the case before this one.
  it.runIf(isRoot)("that the engine does not start, and why", async () => {
    const programs = {
      docker: "exit 1",
      dockerd: 'echo "failed to start daemon: no iptables" >&2; exit 1',
      terraform: terraformThatServes,
    };
    const result = await on({ programs, env: { RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(
      result,
      /The Docker engine does not start:\n +failed to start daemon: no iptables/,
      /Its whole log is in .*dockerd\.log/,
    );
  });

  it.each(["19.03.15", "20.9.0"])("that Docker %s is too old", async (version) => {
    const result = await on({
      programs: { docker: `echo ${version}`, terraform: terraformThatServes },
      env: { RAINBOW_CACHE: await cacheWithPython() },
    });
    await expectProblem(
      result,
      new RegExp(`The Docker engine is version ${version.replaceAll(".", "\\.")}; 20\\.10 or newer is needed\\.`),
      /Upgrade Docker/,
    );
  });

  it("that Terraform is of another version and the right one cannot be downloaded", async () => {
    const programs = { terraform: `echo '{"terraform_version": "1.5.7"}'`, python3: await realPython() };
    const result = await on({ within: noNetwork, programs, env: { RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(
      result,
      /Terraform on the PATH is 1\.5\.7; 1\.11 or newer is needed, and its release cannot be downloaded/,
      /Install terraform ≥ 1\.11/,
    );
  });

  it("that there is no network to install packages from", async () => {
    const bare = await bareCheckout();
    const result = await on({
      within: noNetwork,
      programs: { npm: true, node: true, env: true },
      env: offlineNpm,
      cwd: bare,
    });
    await expectProblem(
      result,
      /npm ci in \S+ ended with exit code 1: /,
      /The package registry must be reachable the first time\. Behind a proxy, set http_proxy/,
    );
  });

  it("that there is no network to install the local AWS from", async () => {
    const result = await on({
      within: noNetwork,
      programs: { python3: await realPython() },
      env: { PIP_RETRIES: "0" },
    });
    await expectProblem(result, /pip/, /The Python package index must be reachable the first time\./);
  });

  it("that the proxy does not answer, without its password", async () => {
    const bare = await bareCheckout();
    const result = await on({
      programs: { npm: true, node: true, env: true },
      env: { ...offlineNpm, https_proxy: "http://me:hunter2@127.0.0.1:9", http_proxy: "http://me:hunter2@127.0.0.1:9" },
      cwd: bare,
    });
    await expectProblem(
      result,
      /npm ci in \S+ ended with exit code 1: /,
      /through the proxy that is set \(https_proxy=http:\/\/…@127\.0\.0\.1:9/,
    );
    expect(result.stdout + result.stderr).not.toContain("hunter2");
  });

  it("that the processor is of another kind", async () => {
    const result = await on({
      node: ["--import", "data:text/javascript,Object.defineProperty(process,'arch',{value:'arm64'})"],
    });
    await expectProblem(
      result,
      /This machine is linux on arm64; the local AWS needs Linux on x64\./,
      /the actions themselves run on every runner/,
    );
  });

  it("that this is not a git repository", async () => {
    const unpacked = join(folder, "unpacked");
    await copyCheckout(unpacked);
    await rm(join(unpacked, ".git"), { recursive: true });
    await expectProblem(
      await on({ cwd: unpacked, env: { GIT_CEILING_DIRECTORIES: folder } }),
      /\/unpacked is not a git repository with a commit/,
      /Clone the repository instead of unpacking an archive/,
    );
  });

  // Only root can give files to somebody else.
  it.runIf(isRoot)("that the checkout belongs to another user", async () => {
    const theirs = join(folder, "theirs");
    await copyCheckout(theirs);
    await run(["chown", "-R", "12345", theirs]);
    await expectProblem(
      await on({ cwd: theirs }),
      /git does not trust \S+\/theirs: it belongs to another user\./,
      /git config --global --add safe\.directory/,
    );
  });

  it("everything that is wrong with the machine at once", async () => {
    const server = createServer().listen(24_566, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    const unpacked = join(folder, "unpacked-too");
    await copyCheckout(unpacked);
    await rm(join(unpacked, ".git"), { recursive: true });
    const { stderr, code } = await on({ cwd: unpacked, env: { GIT_CEILING_DIRECTORIES: folder } });
    server.close();
    expect(code).toBe(1);
    expect(stderr.match(/^✗ .*|^→ .*/gm)).toEqual([
      expect.stringContaining("not a git repository"),
      expect.stringContaining("Port 24566 is taken"),
      expect.stringContaining("git init"),
      expect.stringContaining("RAINBOW_PORT"),
    ]);
  });

  it("which commands there are", async () => {
    const result = await on({ command: "deploy" });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/✗ Unknown command "deploy"\.\n→ Known: .*start.*stop/);
  });
});

/** A fresh clone: no packages are installed. */
async function bareCheckout(): Promise<string> {
  const bare = await mkdtemp(join(folder, "bare-"));
  await rm(bare, { recursive: true });
  await copyCheckout(bare, { packages: "none" });
  return bare;
}
