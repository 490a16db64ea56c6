// The local AWS: a MiniStack process. It keeps its state in memory, so Terraform's state is valid only as long as it
// runs.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { imagePrefix } from "./base-images.ts";
import { accountId, databasePort, endpoint, port, redisPort, region, stateDir } from "./paths.ts";
import { exists } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt, daemon, until } from "./process.ts";
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

/** Ensures that this checkout's local AWS is running and healthy. `fresh`: it was started empty. */
export async function ensureMinistack(options: {
  bin: string;
  gateway: string;
  note: (text: string) => void;
}): Promise<{ fresh: boolean }> {
  // An interrupted apply leaves resources that are missing from Terraform's state, on which the next apply would fail.
  const wasRunning = (await runningProcess()) !== undefined;
  const lostContainers = await hasLostContainers();
  const isApplied = await exists(appliedFile);
  if (wasRunning && isApplied && !lostContainers && (await healthy())) return { fresh: false };
  if (wasRunning)
    options.note(
      lostContainers
        ? "its database or Redis has stopped: starting over"
        : isApplied
          ? "it does not respond: starting over"
          : "an apply was interrupted: starting over",
    );
  await stopMinistack();
  await removeContainers();
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
  const healthyOrExited = async () =>
    (await healthy()) || ((await runningProcess()) === undefined && (await exists(processFile)));
  if ((await until(healthyOrExited, { seconds: 60 })) && (await healthy())) return { fresh: true };
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-10).join("\n    ");
  throw new Problem(`The local AWS does not start:\n    ${lines}`, `The full log is in ${log}.`);
}

/** A restart of the engine stops the database and Redis containers, and their in-memory data is lost. */
async function hasLostContainers(): Promise<boolean> {
  const exited = await attempt([
    "docker",
    "ps",
    "-a",
    "--filter",
    "status=exited",
    "--filter",
    "label=ministack",
    "--format",
    '{{.Label "ministack"}} {{.Label "ministack.instance"}}',
  ]);
  return exited.stdout.split("\n").some((line) => /^(rds|elasticache) /.test(line) && line.endsWith(`:${port}`));
}

/** Stops this checkout's process; false if it was not running. */
export const stopMinistack = (): Promise<boolean> => stopByPidFile(processFile);

/**
 * Removes the containers of the local AWS on this port, with their volumes; returns how many.
 * Each is labelled with the instance that started it (host:port), so containers of other checkouts are kept.
 */
export async function removeContainers(): Promise<number> {
  const format = '{{.ID}} {{.Label "ministack.instance"}}';
  const listed = await attempt(["docker", "ps", "-a", "--filter", "label=ministack", "--format", format]);
  const ids = listed.stdout
    .split("\n")
    .filter((line) => line.endsWith(`:${port}`))
    .flatMap((line) => line.split(" ", 1));
  if (ids.length > 0) await attempt(["docker", "rm", "-fv", ...ids]);
  return ids.length;
}
