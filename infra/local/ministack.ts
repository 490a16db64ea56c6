// The local AWS: MiniStack, one process. Its state is in memory, so Terraform's state lives and dies with it.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { imagePrefix } from "./base-images.ts";
import { accountId, databasePort, endpoint, port, redisPort, region, stateDir } from "./paths.ts";
import { exists } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt, daemon, until } from "./process.ts";
import { runningPid, stopByPidFile } from "./pid-file.ts";

export const terraformState = join(stateDir, "terraform.tfstate");
/** What was applied last to the local AWS that runs; not there while an apply is at work, nor after one that was cut off. */
export const appliedFile = join(stateDir, "applied");
const processFile = join(stateDir, "ministack.pid");
const log = join(stateDir, "ministack.log");

/** The process that this checkout started, if it still runs. */
export const runningProcess = (): Promise<number | undefined> => runningPid(processFile);

export async function healthy(): Promise<boolean> {
  const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  return response?.ok === true;
}

/** Makes sure that the local AWS of this checkout answers. `fresh` says that it started empty. */
export async function ensureMinistack(options: {
  bin: string;
  gateway: string;
  note: (text: string) => void;
}): Promise<{ fresh: boolean }> {
  // An apply that was cut off leaves things that Terraform's state knows nothing of: the next one would fail on them.
  const ran = (await runningProcess()) !== undefined;
  const lost = await hasLostContainers();
  const whole = await exists(appliedFile);
  if (ran && whole && !lost && (await healthy())) return { fresh: false };
  if (ran)
    options.note(
      lost
        ? "its database or Redis has ended: it begins anew"
        : whole
          ? "it does not answer: it begins anew"
          : "an apply was cut off: it begins anew",
    );
  await stopMinistack();
  await removeContainers();
  // What Terraform remembers of the process before is not there any more.
  await rm(terraformState, { force: true });
  await rm(`${terraformState}.backup`, { force: true });
  await rm(appliedFile, { force: true });

  await mkdir(stateDir, { recursive: true });
  options.note(`starting MiniStack on ${endpoint}`);
  daemon(
    // Two addresses instead of all: this machine's own and the containers' bridge, never your network's.
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
  const endedOrHealthy = async () =>
    (await healthy()) || ((await runningProcess()) === undefined && (await exists(processFile)));
  if ((await until(endedOrHealthy, { seconds: 60 })) && (await healthy())) return { fresh: true };
  const lines = (await readFile(log, "utf8").catch(() => "")).trimEnd().split("\n").slice(-10).join("\n    ");
  throw new Problem(`The local AWS does not start:\n    ${lines}`, `Its whole log is in ${log}.`);
}

/** Database and Redis end with an engine that is restarted; their data, in memory, with them. */
async function hasLostContainers(): Promise<boolean> {
  const ended = await attempt([
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
  return ended.stdout.split("\n").some((line) => /^(rds|elasticache) /.test(line) && line.endsWith(`:${port}`));
}

/** Stops the process of this checkout, if it runs. */
export const stopMinistack = (): Promise<boolean> => stopByPidFile(processFile);

/**
 * Removes the containers that the local AWS on this port left behind, with their volumes; returns how many.
 * Each carries the instance that started it, as host:port: another checkout's on another port stay.
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
