// The Docker engine: the running one, or one that is installed and started here.
import { mkdir, readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { otherUsers, useEngine } from "./engine-users.ts";
import { cacheDir } from "./paths.ts";
import { aptInstall, exists, isAtLeast, onPath } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt, daemon, run, until } from "./process.ts";
import { runningPid, stopByPidFile } from "./pid-file.ts";

type Note = (text: string) => void;

const oldestEngine = [20, 10] as const;
/** In the cache folder, because one engine serves all checkouts. */
const engineFile = join(cacheDir, "dockerd.pid");

const usersFolder = join(cacheDir, "engine-users");

/** Process ID of the engine that one of these commands started, if it is still running. */
export const startedEnginePid = (): Promise<number | undefined> => runningPid(engineFile);

/** The engine's version, or the client's error message. */
async function queryEngine(): Promise<{ version: string } | { error: string }> {
  const { code, stdout, stderr } = await attempt(["docker", "version", "--format", "{{.Server.Version}}"], {
    timeout: 10_000,
  });
  return code === 0 ? { version: stdout.trim() } : { error: stderr.trim() };
}

export const isEngineRunning = async (): Promise<boolean> => "version" in (await queryEngine());

export const isEngineInstalled = async (): Promise<boolean> =>
  (await onPath("dockerd")) !== undefined || (await exists("/usr/sbin/dockerd"));

/** Ensures that an engine is running, and keeps it running until this process exits; returns its version. */
export async function ensureEngine(note: Note): Promise<string> {
  await useEngine(usersFolder);
  // Another command may be stopping the engine, because this one was not registered yet: first let it finish.
  const engine = await withLock(cacheDir, { command: "start of the Docker engine", log: note }, async () => {
    await startEngine(note);
    return queryEngine();
  });
  if ("error" in engine)
    throw new Problem(`The Docker engine stopped responding: ${engine.error}`, "Run the command again.");
  const { version } = engine;
  if (!isAtLeast(version, oldestEngine)) {
    throw new Problem(
      `The Docker engine is version ${version}; ${oldestEngine.join(".")} or newer is needed.`,
      "Upgrade Docker (Debian and Ubuntu: the package docker.io, or Docker's own docker-ce).",
    );
  }
  return version;
}

async function startEngine(note: Note): Promise<void> {
  // Another command may have started it while this one waited for the lock.
  const engine = await queryEngine();
  if ("version" in engine) return;
  if (process.env["DOCKER_HOST"]) {
    throw new Problem(
      `DOCKER_HOST is ${process.env["DOCKER_HOST"]}, where no Docker engine responds.`,
      "Start that engine, or: unset DOCKER_HOST.",
    );
  }
  if (engine.error.includes("permission denied")) {
    throw new Problem(
      "A Docker engine is running, but this user has no permission to use it.",
      `As root: usermod -aG docker ${process.env["USER"] ?? "YOU"}. Then log in again and rerun the command.`,
    );
  }
  if (!(await isEngineInstalled())) await aptInstall(["docker.io", "iptables"], note);
  else if (process.getuid?.() !== 0) {
    throw new Problem(
      "The Docker engine is installed but not running, and starting it requires root.",
      "Start it (systemctl start docker), or run the command as root.",
    );
  }
  await mkdir(cacheDir, { recursive: true });
  const log = join(cacheDir, "dockerd.log");
  note("starting the Docker engine");
  if (await exists("/run/systemd/system")) await attempt(["systemctl", "start", "docker"]);
  // It may outlive the folder for temporary files of a run of the checks.
  else daemon(["dockerd"], { log, pidFile: engineFile, env: { ...process.env, TMPDIR: undefined } });
  const runningOrExited = async () =>
    (await isEngineRunning()) || ((await exists(engineFile)) && (await startedEnginePid()) === undefined);
  if ((await until(runningOrExited, { seconds: 60 })) && (await isEngineRunning())) return;
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-8).join("\n    ");
  throw new Problem(`The Docker engine does not start:\n    ${lines}`, `The full log is in ${log}.`);
}

/**
 * Stops the engine if one of these commands started it and nothing else uses it. Nobody can start one before this is
 * done. @returns what was done
 */
export const stopEngine = (): Promise<string> =>
  withLock(cacheDir, { command: "stop of the Docker engine", log: () => undefined }, stopUnusedEngine);

async function stopUnusedEngine(): Promise<string> {
  if ((await startedEnginePid()) === undefined) return "left running: it was not started by these commands";
  const users = await otherUsers(usersFolder);
  if (users > 0) return `left running: ${users} other ${users === 1 ? "command uses" : "commands use"} it`;
  const containers = (await attempt(["docker", "ps", "--quiet"])).stdout.trim();
  if (containers !== "") return `left running: ${containers.split("\n").length} other containers use it`;
  await stopByPidFile(engineFile);
  return "stopped";
}

/** Host address on Docker's default bridge, which both containers and the host can use. */
export async function bridgeGateway(): Promise<string> {
  const configuration = await run([
    "docker",
    "network",
    "inspect",
    "bridge",
    "--format",
    "{{json (index .IPAM.Config 0)}}",
  ]);
  const { Gateway, Subnet } = JSON.parse(configuration) as { Gateway?: string; Subnet?: string };
  // Docker Engine 20 lists the gateway only if it was configured explicitly; otherwise it is the subnet's first
  // address.
  const address = Gateway ?? Subnet?.replace(/\.0\/\d+$/, ".1");
  if (address && isIPv4(address)) return address;
  throw new Problem(
    "Docker's default bridge network has no IPv4 address.",
    "Check docker network inspect bridge; an engine without the default bridge is not supported.",
  );
}
