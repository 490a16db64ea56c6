import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { RDSClient } from "@aws-sdk/client-rds";
import type { S3Client } from "@aws-sdk/client-s3";
import { formatDuration, secondsSince, type Clock } from "../../shared/src/clock.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import type { Log } from "../../shared/src/report.ts";
import { failureSection, isKnown, markExplained } from "../../shared/src/summary/failure.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import { appendSummary, holdSections } from "../../shared/src/summary/write.ts";
import { Timeline } from "../../shared/src/timeline.ts";
import { makeBackup } from "./modes/backup.ts";
import { chooseBackup, lastGood, readManifest } from "./storage/catalog.ts";
import { check } from "./modes/check.ts";
import { BackupError } from "./errors.ts";
import type {
  BackupInputs,
  CheckInputs,
  Common,
  Inputs,
  PruneInputs,
  RestoreInputs,
  SnapshotInputs,
  VerifyInputs,
  Work,
} from "./inputs.ts";
import { addressesOf, makeId } from "./storage/layout.ts";
import { totalRows } from "./storage/manifest.ts";
import { metricsOf, restoreSeconds, sendMetrics } from "./metrics.ts";
import { findPrograms } from "./postgres/programs.ts";
import { prune } from "./modes/prune.ts";
import { runRemotely } from "./modes/remote.ts";
import { restoreInto, verifyByRestore } from "./modes/restore.ts";
import { makeSnapshot } from "./modes/snapshot.ts";
import { Store } from "./storage/store.ts";
import { shownInputs } from "./shown-inputs.ts";
import {
  backupSummary,
  checkSummary,
  failedSummary,
  pruneSummary,
  restoredSummary,
  snapshotSummary,
  verifiedSummary,
} from "./summary.ts";
import { decode } from "./modes/verify.ts";

export interface Dependencies {
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

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { work, remote } = inputs;
  const sections: Section[] = [];
  try {
    await holdSections(sections, () => (remote ? runInTask(work, remote, dependencies) : runHere(work, dependencies)));
  } catch (error) {
    const explained = work.mode === "snapshot" ? error : await withLastGood(error, work.inputs, dependencies);
    if (isKnown(explained)) sections.push(failureOf(work, explained));
    throw explained;
  } finally {
    for (const section of sections) await appendSummary({ ...section, end: shownInputs(inputs) });
  }
}

function failureOf(work: Work, error: Error): Section {
  const subject = work.mode === "snapshot" ? work.inputs.instance : work.inputs.place.database;
  markExplained(error);
  return error instanceof BackupError ? failedSummary(subject, error) : failureSection(subject, error);
}

async function runHere(work: Work, dependencies: Dependencies): Promise<void> {
  switch (work.mode) {
    case "backup":
      return backup(work.inputs, dependencies);
    case "verify":
      return verify(work.inputs, dependencies);
    case "restore":
      return restore(work.inputs, dependencies);
    case "prune":
      return pruneOld(work.inputs, dependencies);
    case "check":
      return checkAge(work.inputs, dependencies);
    case "snapshot":
      return snapshot(work.inputs, dependencies);
  }
}

async function snapshot(inputs: SnapshotInputs, dependencies: Dependencies): Promise<void> {
  const began = dependencies.clock.now();
  const { runName: run, rds } = dependencies;
  const arn = await makeSnapshot(inputs, { ...dependencies, rds: rds(), run });
  dependencies.setOutputs({ "snapshot-arn": arn });
  await appendSummary(snapshotSummary(inputs.instance, arn, formatDuration(dependencies.clock.now() - began)));
}

/** Whoever reads of a failure wants to know what there is instead. */
async function withLastGood(error: unknown, inputs: Common, dependencies: Dependencies): Promise<unknown> {
  if (!(error instanceof BackupError)) return error;
  error.message = `${error.message}\n  ${await lastGood(openStore(inputs, dependencies), inputs.place, dependencies.clock.now())}`;
  return error;
}

const openStore = ({ place, kmsKey, pathStyle, checksums }: Common, { s3, clock, log }: Dependencies): Store =>
  new Store({ s3: s3({ pathStyle, checksums }), bucket: place.bucket, kmsKey, clock, log });

async function backup(inputs: BackupInputs, dependencies: Dependencies): Promise<void> {
  const id = dependencies.id ?? makeId(dependencies.clock.now(), dependencies.runName);
  const store = openStore(inputs, dependencies);
  const manifest = await withinTime(inputs, dependencies, (signal) =>
    makeBackup(inputs, id, { ...dependencies, store, timeline: new Timeline(dependencies.clock), signal }),
  );
  await reportBackup(id, inputs, dependencies);
  await sendMetrics(
    { ...dependencies, namespace: inputs.metrics, database: inputs.place.database },
    metricsOf(manifest),
  );
}

/** Outputs and summary, from the manifest as it lies in the bucket. */
async function reportBackup(id: string, inputs: BackupInputs, dependencies: Dependencies): Promise<void> {
  const manifest = await readManifest(openStore(inputs, dependencies), inputs.place, id);
  dependencies.setOutputs({ ...addressesOf(inputs.place, manifest), verified: manifest.verified.level, id });
  await appendSummary(backupSummary(manifest, inputs.place.bucket));
}

async function verify(inputs: VerifyInputs, dependencies: Dependencies): Promise<void> {
  const store = openStore(inputs, dependencies);
  const manifest = await chooseBackup(store, inputs.place, inputs);
  const programs = await findPrograms(manifest.server.major, dependencies.run);
  const environment = { ...dependencies, store, programs, identity: inputs.identity };
  const verification = await withinTime(inputs, dependencies, (signal) =>
    inputs.level === "restore"
      ? verifyByRestore(manifest, inputs.assertions, { ...environment, signal })
      : decode(manifest, { ...environment, signal }),
  );
  dependencies.log(
    `${manifest.id} is good: ${verification.rows} rows, ${verification.level}, ${verification.duration} s`,
  );
  dependencies.setOutputs({
    ...addressesOf(inputs.place, manifest),
    verified: verification.level,
    id: manifest.id,
    duration: verification.duration,
  });
  await appendSummary(verifiedSummary(manifest, verification, inputs.place.bucket));
  await sendMetrics(
    { ...dependencies, namespace: inputs.metrics, database: inputs.place.database },
    { Verified: 1, ...restoreSeconds(verification) },
  );
}

async function restore(inputs: RestoreInputs, dependencies: Dependencies): Promise<void> {
  const store = openStore(inputs, dependencies);
  const manifest = await chooseBackup(store, inputs.place, inputs);
  const programs = await findPrograms(manifest.server.major, dependencies.run);
  const began = dependencies.clock.now();
  const rows = await withinTime(inputs, dependencies, (signal) =>
    restoreInto(manifest, inputs, { ...dependencies, store, programs, identity: inputs.identity, signal }),
  );
  const duration = secondsSince(began, dependencies.clock);
  dependencies.log(
    `${inputs.connection.database} holds ${manifest.id}, the data of ${manifest.snapshotAt}: ${rows} rows, ${duration} s`,
  );
  dependencies.setOutputs({ uri: addressesOf(inputs.place, manifest).uri, id: manifest.id, duration });
  await appendSummary(
    restoredSummary(manifest, { ...inputs.place, target: inputs.connection.database, rows, duration }),
  );
}

async function pruneOld(inputs: PruneInputs, dependencies: Dependencies): Promise<void> {
  const store = openStore(inputs, dependencies);
  const pruned = await prune(inputs, { store, log: dependencies.log });
  dependencies.setOutputs({ removed: inputs.dryRun ? "" : pruned.plan.remove.join("\n") });
  // Where nothing is good, nothing has gone, and there is no way back to show.
  const newest = await chooseBackup(store, inputs.place, { backup: "latest", before: undefined }).catch(
    () => undefined,
  );
  await appendSummary(pruneSummary(pruned, { place: inputs.place, dryRun: inputs.dryRun, newest }));
}

async function checkAge(inputs: CheckInputs, dependencies: Dependencies): Promise<void> {
  const checked = await check(inputs, openStore(inputs, dependencies));
  const { newest, ageHours } = checked;
  dependencies.setOutputs({ uri: addressesOf(inputs.place, newest).uri, id: newest.id });
  await appendSummary(checkSummary(checked, inputs.place, dependencies.clock.now()));
  await sendMetrics(
    { ...dependencies, namespace: inputs.metrics, database: inputs.place.database },
    { AgeHours: ageHours },
  );
}

/** In a task of the VPC; a backup counts only if its manifest is in the bucket, whatever the task says. */
async function runInTask(work: Work, remote: NonNullable<Inputs["remote"]>, dependencies: Dependencies): Promise<void> {
  const id = makeId(dependencies.clock.now(), dependencies.runName);
  const outputs = await runRemotely(remote, id, {
    ...dependencies,
    ecs: dependencies.ecs(),
    logs: dependencies.logs(),
  });
  if (work.mode === "verify" || work.mode === "restore") return reportRemote(work, outputs, dependencies);
  if (work.mode !== "backup") return;
  try {
    await reportBackup(id, work.inputs, dependencies);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== "NO_BACKUP") throw error;
    throw new BackupError("TASK_FAILED", `The task ended well, and there is no manifest of ${id}.`, { cause: error });
  }
}

/**
 * What the task has found, for people; rows and tables are the manifest's, which it has compared. Where its log or the
 * bucket
 * cannot be read from here, the work is done all the same.
 */
async function reportRemote(
  { mode, inputs }: Extract<Work, { mode: "verify" | "restore" }>,
  outputs: Record<string, string>,
  dependencies: Dependencies,
): Promise<void> {
  dependencies.setOutputs(outputs);
  const { id } = outputs;
  if (id === undefined) return dependencies.log("The task's log does not tell its outputs: there is no summary.");
  const manifest = await readManifest(openStore(inputs, dependencies), inputs.place, id).catch(
    (error: unknown) => void dependencies.log(`There is no summary: ${messageOf(error).split("\n")[0]}`),
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
        at: new Date(dependencies.clock.now()).toISOString(),
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
  { signal: outer }: Dependencies,
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
