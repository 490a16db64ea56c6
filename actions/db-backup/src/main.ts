import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { RDSClient } from "@aws-sdk/client-rds";
import type { S3Client } from "@aws-sdk/client-s3";
import { secondsSince, type Clock } from "../../shared/src/clock.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import { appendSummary, type Log } from "../../shared/src/report.ts";
import { Timeline } from "../../shared/src/timeline.ts";
import { makeBackup } from "./backup.ts";
import { chooseBackup, lastGood, readManifest } from "./catalog.ts";
import { check } from "./check.ts";
import { BackupError } from "./errors.ts";
import type {
  BackupInputs,
  CheckInputs,
  Common,
  Inputs,
  PruneInputs,
  RestoreInputs,
  VerifyInputs,
  Work,
} from "./inputs.ts";
import { addressesOf, makeId } from "./layout.ts";
import { totalRows } from "./manifest.ts";
import { metricsOf, restoreSeconds, sendMetrics } from "./metrics.ts";
import { findPrograms } from "./programs.ts";
import { prune } from "./prune.ts";
import { runRemotely } from "./remote.ts";
import { restoreInto, verifyByRestore } from "./restore.ts";
import { makeSnapshot } from "./snapshot.ts";
import { Store } from "./store.ts";
import { backupSummary, checkSummary, pruneSummary, restoredSummary, verifiedSummary } from "./summary.ts";
import { decode } from "./verify.ts";

export interface Tools {
  s3: (options: { pathStyle: boolean; checksums: boolean }) => S3Client;
  ecs: () => ECSClient;
  logs: () => CloudWatchLogsClient;
  cloudWatch: () => CloudWatchClient;
  rds: () => RDSClient;
  run: RunProcess;
  clock: Clock;
  log: Log;
  setOutputs: (outputs: Record<string, string | number | boolean>) => void;
  /** Names this run, in letters, digits and dashes: "1234-1". */
  runName: string;
  /** Given by the caller of a task, who looks for it afterwards. */
  id: string | undefined;
  tool: string;
  signal?: AbortSignal | undefined;
}

export async function main({ work, remote }: Inputs, tools: Tools): Promise<void> {
  try {
    if (remote) await remotely(work, remote, tools);
    else await here(work, tools);
  } catch (error) {
    throw work.mode === "snapshot" ? error : await withLastGood(error, work.inputs, tools);
  }
}

async function here(work: Work, tools: Tools): Promise<void> {
  switch (work.mode) {
    case "backup":
      return backup(work.inputs, tools);
    case "verify":
      return verify(work.inputs, tools);
    case "restore":
      return restore(work.inputs, tools);
    case "prune":
      return pruneOld(work.inputs, tools);
    case "check":
      return checkAge(work.inputs, tools);
    case "snapshot":
      return tools.setOutputs({
        "snapshot-arn": await makeSnapshot(work.inputs, { ...tools, rds: tools.rds(), run: tools.runName }),
      });
  }
}

/** Whoever reads of a failure wants to know what there is instead. */
async function withLastGood(error: unknown, inputs: Common, tools: Tools): Promise<unknown> {
  if (!(error instanceof BackupError)) return error;
  error.message = `${error.message}\n  ${await lastGood(storeOf(inputs, tools), inputs.place, tools.clock.now())}`;
  return error;
}

const storeOf = ({ place, kmsKey, pathStyle, checksums }: Common, { s3, clock, log }: Tools): Store =>
  new Store({ s3: s3({ pathStyle, checksums }), bucket: place.bucket, kmsKey, clock, log });

async function backup(inputs: BackupInputs, tools: Tools): Promise<void> {
  const id = tools.id ?? makeId(tools.clock.now(), tools.runName);
  const store = storeOf(inputs, tools);
  const manifest = await withinTime(inputs, tools, (signal) =>
    makeBackup(inputs, id, { ...tools, store, timeline: new Timeline(tools.clock), signal }),
  );
  await tellBackup(id, inputs, tools);
  await sendMetrics({ ...tools, namespace: inputs.metrics, database: inputs.place.database }, metricsOf(manifest));
}

/** Outputs and summary, from the manifest as it lies in the bucket. */
async function tellBackup(id: string, inputs: BackupInputs, tools: Tools): Promise<void> {
  const manifest = await readManifest(storeOf(inputs, tools), inputs.place, id);
  tools.setOutputs({ ...addressesOf(inputs.place, manifest), verified: manifest.verified.level, id });
  await appendSummary(backupSummary(manifest, inputs.place.bucket));
}

async function verify(inputs: VerifyInputs, tools: Tools): Promise<void> {
  const store = storeOf(inputs, tools);
  const manifest = await chooseBackup(store, inputs.place, inputs);
  const programs = await findPrograms(manifest.server.major, tools.run);
  const surroundings = { ...tools, store, programs, identity: inputs.identity };
  const verification = await withinTime(inputs, tools, (signal) =>
    inputs.level === "restore"
      ? verifyByRestore(manifest, inputs.assertions, { ...surroundings, signal })
      : decode(manifest, { ...surroundings, signal }),
  );
  tools.log(`${manifest.id} is good: ${verification.rows} rows, ${verification.level}, ${verification.duration} s`);
  tools.setOutputs({
    ...addressesOf(inputs.place, manifest),
    verified: verification.level,
    id: manifest.id,
    duration: verification.duration,
  });
  await appendSummary(verifiedSummary(manifest, verification, inputs.place.bucket));
  await sendMetrics(
    { ...tools, namespace: inputs.metrics, database: inputs.place.database },
    { Verified: 1, ...restoreSeconds(verification) },
  );
}

async function restore(inputs: RestoreInputs, tools: Tools): Promise<void> {
  const store = storeOf(inputs, tools);
  const manifest = await chooseBackup(store, inputs.place, inputs);
  const programs = await findPrograms(manifest.server.major, tools.run);
  const began = tools.clock.now();
  const rows = await withinTime(inputs, tools, (signal) =>
    restoreInto(manifest, inputs, { ...tools, store, programs, identity: inputs.identity, signal }),
  );
  const duration = secondsSince(began, tools.clock);
  tools.log(
    `${inputs.connection.database} holds ${manifest.id}, the data of ${manifest.snapshotAt}: ${rows} rows, ${duration} s`,
  );
  tools.setOutputs({ uri: addressesOf(inputs.place, manifest).uri, id: manifest.id, duration });
  await appendSummary(
    restoredSummary(manifest, { ...inputs.place, target: inputs.connection.database, rows, duration }),
  );
}

async function pruneOld(inputs: PruneInputs, tools: Tools): Promise<void> {
  const store = storeOf(inputs, tools);
  const pruned = await prune(inputs, { store, log: tools.log });
  tools.setOutputs({ removed: inputs.dryRun ? "" : pruned.plan.remove.join("\n") });
  // Where nothing is good, nothing has gone, and there is no way back to show.
  const newest = await chooseBackup(store, inputs.place, { backup: "latest", before: undefined }).catch(
    () => undefined,
  );
  await appendSummary(pruneSummary(pruned, { place: inputs.place, dryRun: inputs.dryRun, newest }));
}

async function checkAge(inputs: CheckInputs, tools: Tools): Promise<void> {
  const checked = await check(inputs, storeOf(inputs, tools));
  const { newest, ageHours } = checked;
  tools.setOutputs({ uri: addressesOf(inputs.place, newest).uri, id: newest.id });
  await appendSummary(checkSummary(checked, inputs.place, tools.clock.now()));
  await sendMetrics({ ...tools, namespace: inputs.metrics, database: inputs.place.database }, { AgeHours: ageHours });
}

/** In a task of the VPC; a backup counts only if its manifest is in the bucket, whatever the task says. */
async function remotely(work: Work, remote: NonNullable<Inputs["remote"]>, tools: Tools): Promise<void> {
  const id = makeId(tools.clock.now(), tools.runName);
  const outputs = await runRemotely(remote, id, { ...tools, ecs: tools.ecs(), logs: tools.logs() });
  if (work.mode === "verify" || work.mode === "restore") return tellRemote(work, outputs, tools);
  if (work.mode !== "backup") return;
  try {
    await tellBackup(id, work.inputs, tools);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== "NO_BACKUP") throw error;
    throw new BackupError("TASK_FAILED", `The task ended well, and there is no manifest of ${id}.`, { cause: error });
  }
}

/**
 * What the task has found, for people; rows and tables are the manifest's, which it has compared. Where its log or the bucket
 * cannot be read from here, the work is done all the same.
 */
async function tellRemote(
  { mode, inputs }: Extract<Work, { mode: "verify" | "restore" }>,
  outputs: Record<string, string>,
  tools: Tools,
): Promise<void> {
  tools.setOutputs(outputs);
  const { id } = outputs;
  if (id === undefined) return tools.log("The task's log does not tell its outputs: there is no summary.");
  const manifest = await readManifest(storeOf(inputs, tools), inputs.place, id).catch(
    (error: unknown) => void tools.log(`There is no summary: ${messageOf(error).split("\n")[0]}`),
  );
  if (!manifest) return;
  const [rows, duration] = [totalRows(manifest.rows), Number(outputs["duration"])];
  if (mode === "restore")
    return appendSummary(
      restoredSummary(manifest, { ...inputs.place, target: inputs.connection.database, rows, duration }),
    );
  await appendSummary(
    verifiedSummary(
      manifest,
      {
        level: inputs.level,
        at: new Date(tools.clock.now()).toISOString(),
        tables: Object.keys(manifest.rows).length,
        rows,
        duration,
      },
      inputs.place.bucket,
    ),
  );
}

/** Aborted by the caller's signal or by the time limit, with a code that says which. */
async function withinTime<T>(
  { timeoutMinutes }: Common,
  { signal: outer }: Tools,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMinutes * 60_000);
  const signal = outer ? AbortSignal.any([outer, limit]) : limit;
  try {
    return await work(signal);
  } catch (error) {
    if (limit.aborted && !outer?.aborted && error instanceof FailedError)
      throw new BackupError("TIMED_OUT", `It has taken longer than ${timeoutMinutes} minutes.`, { cause: error });
    throw error;
  }
}
