// The local AWS: a MiniStack process. It keeps its state in memory, so Terraform's state is valid only as long as it
// runs.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { imagePrefix } from "./base-images.ts";
import { removeContainers, removeLeftovers } from "./containers.ts";
import { lostContainers } from "./lost-containers.ts";
import { listenerOn, otherCheckoutOn } from "./neighbours.ts";
import { accountId, databasePort, endpoint, port, redisPort, region, root, stateDir } from "./paths.ts";
import { exists } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { daemon, until } from "./process.ts";
import { runningPid, stopByPidFile } from "./pid-file.ts";

export const terraformState = join(stateDir, "terraform.tfstate");
/** What was last applied to the running local AWS; absent during an apply and after an interrupted one. */
export const appliedFile = join(stateDir, "applied");
const processFile = join(stateDir, "ministack.pid");
const log = join(stateDir, "ministack.log");

/** ID of the process that this checkout started, if it is still running. */
export const runningProcess = (): Promise<number | undefined> => runningPid(processFile);

export async function healthy(): Promise<boolean> {
  const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  return response?.ok === true;
}

/** @throws Problem unless the local AWS that responds on the port is this checkout's */
export async function requireRunning(): Promise<void> {
  const other = await otherCheckoutOn(port);
  if (other !== undefined)
    throw new Problem(
      `The local AWS on port ${port} belongs to another checkout, ${other}.`,
      `Run the command there, or start this checkout's own on another port: RAINBOW_PORT=${port + 1} npm start.`,
    );
  if (!(await healthy())) throw new Problem("The local AWS is not running.", "Start it with npm start.");
}

/** Ensures that this checkout's local AWS is running and healthy. `fresh`: it was started empty. */
export async function ensureMinistack(options: {
  bin: string;
  gateway: string;
  note: (text: string) => void;
}): Promise<{ fresh: boolean }> {
  // An interrupted apply leaves resources that are missing from Terraform's state, on which the next apply would fail.
  const wasRunning = (await runningProcess()) !== undefined;
  const isApplied = await exists(appliedFile);
  const lost = isApplied ? await lostContainers() : [];
  if (wasRunning && isApplied && lost.length === 0 && (await healthy())) return { fresh: false };
  if (wasRunning)
    options.note(
      lost.length > 0
        ? `the container of ${lost.join(" and of ")} is gone, and its data with it: starting over`
        : isApplied
          ? "it does not respond: starting over"
          : "an apply was interrupted: starting over",
    );
  await stopMinistack();
  await removeContainers();
  await removeLeftovers(port);
  // The resources in Terraform's state disappeared with the previous process.
  await rm(terraformState, { force: true });
  await rm(`${terraformState}.backup`, { force: true });
  await rm(appliedFile, { force: true });

  await mkdir(stateDir, { recursive: true });
  options.note(`starting MiniStack on ${endpoint}`);
  daemon(
    // Bind to loopback and the containers' bridge only, so that it is never reachable from the network.
    [
      join(options.bin, "python"),
      "-m",
      "hypercorn",
      "--config",
      "python:ministack.core.hypercorn_conf",
      "--bind",
      `127.0.0.1:${port}`,
      "--bind",
      `${options.gateway}:${port}`,
      "ministack.app:app",
    ],
    {
      log,
      pidFile: processFile,
      cwd: stateDir,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        ...(process.env["DOCKER_HOST"] ? { DOCKER_HOST: process.env["DOCKER_HOST"] } : {}),
        MINISTACK_HOST: options.gateway,
        MINISTACK_HOSTNAME: root,
        MINISTACK_REGION: region,
        MINISTACK_ACCOUNT_ID: accountId,
        MINISTACK_IMAGE_PREFIX: imagePrefix,
        GATEWAY_PORT: String(port),
        RDS_BASE_PORT: String(databasePort),
        ELASTICACHE_BASE_PORT: String(redisPort),
        STATE_DIR: join(stateDir, "ministack-state"),
        S3_DATA_DIR: join(stateDir, "ministack-s3"),
        LOG_LEVEL: "INFO",
      },
    },
  );
  // In this order: the file may appear between two looks.
  const healthyOrExited = async () =>
    (await healthy()) || ((await exists(processFile)) && (await runningProcess()) === undefined);
  if ((await until(healthyOrExited, { seconds: 60 })) && (await healthy())) return { fresh: true };
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-10).join("\n    ");
  throw new Problem(`The local AWS does not start:\n    ${lines}`, `The full log is in ${log}.`);
}

/** Stops this checkout's process; false if it was not running. */
export async function stopMinistack(): Promise<boolean> {
  if (await stopByPidFile(processFile)) return true;
  // Its state may have been removed while it ran, and the pid file with it.
  const listener = await listenerOn(port);
  if (listener?.checkout !== root) return false;
  process.kill(listener.pid, "SIGTERM");
  return until(async () => (await listenerOn(port)) === undefined, { seconds: 20 });
}
