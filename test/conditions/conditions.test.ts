// Missing or misconfigured prerequisites: runs the real commands in a separate checkout with a manipulated environment.
// Each reports one problem with its remedy, exits with code 1, and leaves no process running.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onPath } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { copyCheckout } from "../lib/copy.ts";
import {
  bareCheckout,
  cacheWithPython,
  expectProblem,
  folder,
  isRoot,
  listenOn,
  noNetwork,
  nobody,
  offlineNpm,
  otherCheckoutOn,
  realPython,
  runOn,
  safeDirectory,
  setUp,
  supportedTerraform,
  tearDown,
} from "./fixture.ts";

beforeAll(setUp);
afterAll(tearDown);

describe("npm start reports", () => {
  it("missing packages that only root can install", async () => {
    const result = await runOn({ wrapper: nobody, env: safeDirectory, programs: { "apt-get": true } });
    await expectProblem(
      result,
      /Missing: python3, python3-venv\. Installing them requires root\./,
      /Install python3, python3-venv with your system's package manager.*run it as root/,
    );
  });

  it("insufficient disk space, and where", async () => {
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
    const result = await runOn({ wrapper: small, env: { RAINBOW_CACHE: cache } });
    await expectProblem(
      result,
      /Not enough disk space for \S+\/small: 0\.0 GB free, 1\.5 GB needed\./,
      /docker system prune.*RAINBOW_CACHE=/,
    );
  });

  it("a port in use, and the process that uses it", async () => {
    const server = await listenOn(24_566);
    const result = await runOn({});
    server.close();
    await expectProblem(
      result,
      new RegExp(`Port 24566 is in use by \\S+ \\(process ${process.pid}\\)\\.`),
      /RAINBOW_PORT=24567 npm start/,
    );
  });

  it("another checkout on its port, which npm stop leaves alone", async () => {
    const { other, pid, stop } = await otherCheckoutOn(24_566);
    try {
      await expectProblem(
        await runOn({}),
        new RegExp(`Another checkout, ${other}, runs on port 24566\\.`),
        new RegExp(`npm stop in ${other}\\), or choose another port: RAINBOW_PORT=24567 npm start`),
      );
      const stopped = await runOn({ command: "stop" });
      expect(stopped.stderr).toContain(`not running here; ${other} runs on port 24566: stop it there`);
      expect(stopped.code).toBe(0);
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      stop();
    }
  });

  it("a port of the development environment in use, and how to choose another", async () => {
    const { port, close } = await listenOn(0);
    const result = await runOn({
      command: "dev",
      env: { API_PORT: String(port), ML_PORT: "24568", POSTGRES_PORT: "24569", REDIS_PORT: "24570" },
    });
    close();
    await expectProblem(
      result,
      new RegExp(`Port ${port} is in use by \\S+ \\(process ${process.pid}\\)\\.`),
      /API_PORT in \.env/,
    );
  });

  it("a RAINBOW_PORT that is not a port number", async () => {
    await expectProblem(
      await runOn({ env: { RAINBOW_PORT: "http" } }),
      /RAINBOW_PORT is not a usable port: http\./,
      /from 1024 to/,
    );
  });

  it("a RAINBOW_PORT that browsers block", async () => {
    await expectProblem(
      await runOn({ env: { RAINBOW_PORT: "6566" } }),
      /Port 6566 is blocked by browsers and by fetch\./,
      /RAINBOW_PORT=7566 npm start/,
    );
  });

  it("an installed Docker engine that only root can start", async () => {
    const programs = {
      docker: 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1',
      dockerd: "exit 1",
      terraform: supportedTerraform,
    };
    const result = await runOn({
      wrapper: nobody,
      programs,
      env: { ...safeDirectory, RAINBOW_CACHE: await cacheWithPython() },
    });
    await expectProblem(
      result,
      /The Docker engine is installed but not running, and starting it requires root\./,
      /systemctl start docker/,
    );
  });

  it("a user without permission to use Docker", async () => {
    const programs = {
      docker: 'echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1',
      dockerd: "exit 1",
      terraform: supportedTerraform,
    };
    const result = await runOn({ programs, env: { RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(
      result,
      /A Docker engine is running, but this user has no permission to use it\./,
      /usermod -aG docker/,
    );
  });

  it("a DOCKER_HOST where no engine responds", async () => {
    const result = await runOn({
      programs: { docker: "exit 1", terraform: supportedTerraform },
      env: { RAINBOW_CACHE: await cacheWithPython(), DOCKER_HOST: "tcp://127.0.0.1:9" },
    });
    await expectProblem(
      result,
      /DOCKER_HOST is tcp:\/\/127\.0\.0\.1:9, where no Docker engine responds\./,
      /unset DOCKER_HOST/,
    );
  });

  // As another user, the message is to start it as root: see above.
  it.runIf(isRoot)("an engine that does not start, and why", async () => {
    const programs = {
      docker: "exit 1",
      dockerd: 'echo "failed to start daemon: no iptables" >&2; exit 1',
      terraform: supportedTerraform,
    };
    const result = await runOn({ programs, env: { RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(
      result,
      /The Docker engine does not start:\n +failed to start daemon: no iptables/,
      /The full log is in .*dockerd\.log/,
    );
  });

  it.each(["19.03.15", "20.9.0"])("Docker %s as too old", async (version) => {
    const result = await runOn({
      programs: { docker: `echo ${version}`, terraform: supportedTerraform },
      env: { RAINBOW_CACHE: await cacheWithPython() },
    });
    await expectProblem(
      result,
      new RegExp(`The Docker engine is version ${version.replaceAll(".", "\\.")}; 20\\.10 or newer is needed\\.`),
      /Upgrade Docker/,
    );
  });

  it("an outdated Terraform while the required version cannot be downloaded", async () => {
    const programs = { terraform: `echo '{"terraform_version": "1.5.7"}'`, python3: await realPython() };
    const result = await runOn({ wrapper: noNetwork, programs, env: { RAINBOW_CACHE: await cacheWithPython() } });
    await expectProblem(
      result,
      /Terraform on the PATH is 1\.5\.7; 1\.11 or newer is needed, and the release cannot be downloaded/,
      /Install terraform ≥ 1\.11/,
    );
  });

  it("a missing network when npm packages must be installed", async () => {
    const bare = await bareCheckout();
    const result = await runOn({
      wrapper: noNetwork,
      programs: { npm: true, node: true, env: true },
      env: offlineNpm,
      cwd: bare,
    });
    await expectProblem(
      result,
      /npm ci in \S+ failed with exit code 1: /,
      /The package registry must be reachable for the first run\. Behind a proxy, set http_proxy/,
    );
  });

  it("a missing network when the local AWS must be installed", async () => {
    const result = await runOn({
      wrapper: noNetwork,
      programs: { python3: await realPython() },
      env: { PIP_RETRIES: "0" },
    });
    await expectProblem(result, /pip/, /The Python package index must be reachable for the first run\./);
  });

  it("a proxy that does not respond, without its password", async () => {
    const bare = await bareCheckout();
    const result = await runOn({
      programs: { npm: true, node: true, env: true },
      env: { ...offlineNpm, https_proxy: "http://me:hunter2@127.0.0.1:9", http_proxy: "http://me:hunter2@127.0.0.1:9" },
      cwd: bare,
    });
    await expectProblem(
      result,
      /npm ci in \S+ failed with exit code 1: /,
      /through the configured proxy \(https_proxy=http:\/\/…@127\.0\.0\.1:9/,
    );
    expect(result.stdout + result.stderr).not.toContain("hunter2");
  });

  it("an unsupported CPU architecture", async () => {
    const result = await runOn({
      node: ["--import", "data:text/javascript,Object.defineProperty(process,'arch',{value:'arm64'})"],
    });
    await expectProblem(
      result,
      /This machine is linux on arm64; the local AWS needs Linux on x64\./,
      /the actions themselves run on all GitHub runners/,
    );
  });

  it("a folder that is not a git repository", async () => {
    const unpacked = join(folder, "unpacked");
    await copyCheckout(unpacked);
    await rm(join(unpacked, ".git"), { recursive: true });
    await expectProblem(
      await runOn({ cwd: unpacked, env: { GIT_CEILING_DIRECTORIES: folder } }),
      /\/unpacked is not a git repository with a commit/,
      /Clone the repository instead of unpacking an archive/,
    );
  });

  // Only root can change the owner of files.
  it.runIf(isRoot)("a checkout that belongs to another user", async () => {
    const foreign = join(folder, "foreign");
    await copyCheckout(foreign);
    await run(["chown", "-R", "12345", foreign]);
    await expectProblem(
      await runOn({ cwd: foreign }),
      /git does not trust \S+\/foreign: it belongs to another user\./,
      /git config --global --add safe\.directory/,
    );
  });

  it("all problems with the machine at once", async () => {
    const server = await listenOn(24_566);
    const unpacked = join(folder, "unpacked-too");
    await copyCheckout(unpacked);
    await rm(join(unpacked, ".git"), { recursive: true });
    const { stderr, code } = await runOn({ cwd: unpacked, env: { GIT_CEILING_DIRECTORIES: folder } });
    server.close();
    expect(code).toBe(1);
    expect(stderr.match(/^✗ .*|^→ .*/gm)).toEqual([
      expect.stringContaining("not a git repository"),
      expect.stringContaining("Port 24566 is in use"),
      expect.stringContaining("git init"),
      expect.stringContaining("RAINBOW_PORT"),
    ]);
  });

  it("the known commands for an unknown one", async () => {
    const result = await runOn({ command: "deploy" });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/✗ Unknown command "deploy"\.\n→ Known: .*start.*stop/);
  });
});
