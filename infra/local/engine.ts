// The Docker engine: the one that runs, or one that is installed and started here.
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
/** Beside the caches: an engine serves all checkouts. */
const engineFile = join(cacheDir, "dockerd.pid");

const usersFolder = join(cacheDir, "engine-users");

/** The engine that one of our commands has started, if it still runs. */
export const startedEnginePid = (): Promise<number | undefined> => runningPid(engineFile);

/** The engine's version; or why it does not answer, in the client's words. */
async function ask(): Promise<{ version: string } | { refusal: string }> {
  const { code, stdout, stderr } = await attempt(["docker", "version", "--format", "{{.Server.Version}}"], {
    timeout: 10_000,
  });
  return code === 0 ? { version: stdout.trim() } : { refusal: stderr.trim() };
}

export const isEngineRunning = async (): Promise<boolean> => "version" in (await ask());

export const isEngineInstalled = async (): Promise<boolean> =>
  (await onPath("dockerd")) !== undefined || (await exists("/usr/sbin/dockerd"));

/** Makes sure that an engine answers, and goes on to as long as this process runs; returns its version. */
export async function ensureEngine(note: Note): Promise<string> {
  await useEngine(usersFolder);
  let answer = await ask();
  if ("refusal" in answer) {
    await withLock(cacheDir, { command: "start of the Docker engine", say: note }, () => startEngine(note));
    answer = await ask();
  }
  if ("refusal" in answer)
    throw new Problem(`The Docker engine has gone away: ${answer.refusal}`, "Run the command again.");
  const { version } = answer;
  if (!isAtLeast(version, oldestEngine)) {
    throw new Problem(
      `The Docker engine is version ${version}; ${oldestEngine.join(".")} or newer is needed.`,
      "Upgrade Docker (Debian and Ubuntu: the package docker.io, or Docker's own docker-ce).",
    );
  }
  return version;
}

async function startEngine(note: Note): Promise<void> {
  // Another command may have started it while we waited for our turn.
  const answer = await ask();
  if ("version" in answer) return;
  if (process.env["DOCKER_HOST"]) {
    throw new Problem(
      `DOCKER_HOST is ${process.env["DOCKER_HOST"]}, where no Docker engine answers.`,
      "Start that engine, or: unset DOCKER_HOST.",
    );
  }
  if (answer.refusal.includes("permission denied")) {
    throw new Problem(
      "A Docker engine runs, but this user may not use it.",
      `usermod -aG docker ${process.env["USER"] ?? "YOU"} as root, log in anew, then run the command again.`,
    );
  }
  if (!(await isEngineInstalled())) await aptInstall(["docker.io", "iptables"], note);
  else if (process.getuid?.() !== 0) {
    throw new Problem(
      "The Docker engine is installed but does not run, and starting it needs root.",
      "Start it (systemctl start docker), or run the command as root.",
    );
  }
  await mkdir(cacheDir, { recursive: true });
  const log = join(cacheDir, "dockerd.log");
  note("starting the Docker engine");
  if (await exists("/run/systemd/system")) await attempt(["systemctl", "start", "docker"]);
  else daemon(["dockerd"], { log, pidFile: engineFile });
  const answersOrEnded = async () =>
    (await isEngineRunning()) || ((await exists(engineFile)) && (await startedEnginePid()) === undefined);
  if ((await until(answersOrEnded, { seconds: 60 })) && (await isEngineRunning())) return;
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-8).join("\n    ");
  throw new Problem(`The Docker engine does not start:\n    ${lines}`, `Its whole log is in ${log}.`);
}

/** Stops the engine when one of our commands has started it and nobody else uses it. Says what was done. */
export async function stopEngine(): Promise<string> {
  if ((await startedEnginePid()) === undefined) return "left as it is: it was not started here";
  const users = await otherUsers(usersFolder);
  if (users > 0) return `left running: ${users} other ${users === 1 ? "command uses" : "commands use"} it`;
  const containers = (await attempt(["docker", "ps", "--quiet"])).stdout.trim();
  if (containers !== "") return `left running: ${containers.split("\n").length} other containers use it`;
  await stopByPidFile(engineFile);
  return "stopped, as it was started here";
}

/** Address of the host on Docker's default bridge: the one that containers and the host can both use. */
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
  // Engine 20 names the gateway only where somebody has configured it; otherwise it is the subnet's first address.
  const address = Gateway ?? Subnet?.replace(/\.0\/\d+$/, ".1");
  if (address && isIPv4(address)) return address;
  throw new Problem(
    "Docker's default bridge network has no IPv4 address.",
    "docker network inspect bridge shows it; an engine without the default bridge is not supported.",
  );
}
