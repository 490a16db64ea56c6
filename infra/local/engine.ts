// The Docker engine: the one that runs, or one that is installed and started here.
import { mkdir, readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { stateDir } from "./paths.ts";
import { aptInstall, exists, onPath } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt, daemon, run, until } from "./process.ts";
import { remember, stopRemembered } from "./remembered-process.ts";

type Note = (text: string) => void;

const oldestEngine = 20;
const engineFile = join(stateDir, "dockerd.json");

async function answers(): Promise<boolean> {
  return (await attempt(["docker", "info", "--format", "{{.ServerVersion}}"], { timeout: 10_000 })).code === 0;
}

/** Makes sure that an engine answers; returns its version. */
export async function ensureEngine(note: Note): Promise<string> {
  if (!(await answers())) {
    if (!(await onPath("dockerd")) && !(await exists("/usr/sbin/dockerd"))) await aptInstall(["docker.io", "iptables"], note);
    await startEngine(note);
  }
  const version = (await run(["docker", "version", "--format", "{{.Server.Version}}"])).trim();
  if (Number.parseInt(version, 10) < oldestEngine) {
    throw new Problem(`The Docker engine is version ${version}; ${oldestEngine}.10 or newer is needed.`, "Upgrade Docker.");
  }
  return version;
}

async function startEngine(note: Note): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  const log = join(stateDir, "dockerd.log");
  if (process.getuid?.() !== 0) {
    throw new Problem("The Docker engine is installed but does not answer.", "Start it (systemctl start docker), and add yourself to the group docker; or run this as root.");
  }
  note("starting the Docker engine");
  if (await exists("/run/systemd/system")) await attempt(["systemctl", "start", "docker"]);
  else {
    const { pid } = daemon(["dockerd"], { log });
    await remember(engineFile, pid);
  }
  if (await until(answers, { seconds: 60 })) return;
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-8).join("\n    ");
  throw new Problem(`The Docker engine does not start:\n    ${lines}`, `Its whole log is in ${log}.`);
}

/** Stops the engine when it is the one that was started here; another one is not ours to stop. */
export async function stopEngine(): Promise<boolean> {
  return stopRemembered(engineFile);
}

/** Address of the host on Docker's default bridge: the one that containers and the host can both use. */
export async function bridgeGateway(): Promise<string> {
  const configuration = await run(["docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}"]);
  const { Gateway, Subnet } = JSON.parse(configuration) as { Gateway?: string; Subnet?: string };
  // Engine 20 names the gateway only where somebody has configured it; otherwise it is the subnet's first address.
  const address = Gateway ?? Subnet?.replace(/\.0\/\d+$/, ".1");
  if (address && isIPv4(address)) return address;
  throw new Problem("Docker's default bridge network has no IPv4 address.", "docker network inspect bridge shows it; an engine without the default bridge is not supported.");
}
