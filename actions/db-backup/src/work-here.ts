// The work of each mode, on this machine, with its outputs, summary and metrics.
import { formatDuration, secondsSince } from "../../shared/src/clock.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { Timeline } from "../../shared/src/timeline.ts";
import { copyBackSummary, protectSummary, swapSummary } from "./change-summary.ts";
import { copyBack } from "./modes/copy-back.ts";
import { swap } from "./modes/swap.ts";
import { makeBackup } from "./modes/backup.ts";
import { chooseBackup, readManifest } from "./storage/catalog.ts";
import { check } from "./modes/check.ts";
import type {
  BackupInputs,
  CheckInputs,
  CopyBackInputs,
  PruneInputs,
  RestoreInputs,
  SnapshotInputs,
  SwapInputs,
  VerifyInputs,
  Work,
} from "./input-types.ts";
import { assertZstd } from "./storage/codec.ts";
import { makeId, urisOf } from "./storage/layout.ts";
import { isProven, type Manifest } from "./storage/manifest.ts";
import { metricsOf, restoreSeconds, sendMetrics } from "./metrics.ts";
import { findPrograms } from "./postgres/programs.ts";
import { protect, release } from "./modes/protect.ts";
import { prune } from "./modes/prune.ts";
import { verifyByRestore } from "./modes/prove.ts";
import { restoreInto } from "./modes/restore.ts";
import { makeSnapshot } from "./modes/snapshot.ts";
import { openSettings } from "./storage/sealed-settings.ts";
import { keptError } from "./unproven.ts";
import { objectLines } from "./load/left-overs.ts";
import { lostWithoutConditions } from "./storage/unconditional-writes.ts";
import {
  backupSummary,
  checkSummary,
  pruneSummary,
  restoredSummary,
  snapshotSummary,
  verifiedSummary,
} from "./summary.ts";
import { withTimeLimit } from "./time-limit.ts";
import { decode } from "./modes/verify.ts";
import { openStore, type Dependencies } from "./dependencies.ts";

export async function runHere(work: Work, dependencies: Dependencies): Promise<void> {
  if (work.mode === "backup" || work.mode === "verify" || work.mode === "restore") assertZstd();
  switch (work.mode) {
    case "backup":
      return backup(work.inputs, dependencies);
    case "verify":
      return verify(work.inputs, dependencies);
    case "restore":
      return restore(work.inputs, dependencies);
    case "prune":
      return pruneBackups(work.inputs, dependencies);
    case "check":
      return checkNewest(work.inputs, dependencies);
    case "snapshot":
      return snapshot(work.inputs, dependencies);
    case "swap":
      return swapNames(work.inputs, dependencies);
    case "copy-back":
      return copyRowsBack(work.inputs, dependencies);
    case "protect":
    case "release":
      return changeProtection(work, dependencies);
  }
}

async function changeProtection(
  { mode, inputs }: Extract<Work, { mode: "protect" | "release" }>,
  dependencies: Dependencies,
): Promise<void> {
  const change = mode === "protect" ? protect : release;
  const done = await withTimeLimit(inputs, dependencies, (limited) => change(inputs, limited));
  dependencies.log(
    mode === "protect"
      ? `${inputs.role} can no longer write in ${inputs.connection.database}; ${done.privileges} privileges are recorded there`
      : `${inputs.role} may write in ${inputs.connection.database} as before`,
  );
  dependencies.setOutputs({ privileges: done.privileges });
  await appendSummary(protectSummary(mode, inputs, done));
}

async function swapNames(inputs: SwapInputs, dependencies: Dependencies): Promise<void> {
  await withTimeLimit(inputs, dependencies, (limited) => swap(inputs, limited));
  dependencies.setOutputs({ "kept-as": inputs.keepAs });
  await appendSummary(swapSummary(inputs));
}

async function copyRowsBack(inputs: CopyBackInputs, dependencies: Dependencies): Promise<void> {
  const tables = await withTimeLimit(inputs, dependencies, (limited) => copyBack(inputs, limited));
  dependencies.setOutputs({ rows: tables.reduce((sum, { added }) => sum + added, 0) });
  await appendSummary(copyBackSummary(inputs, tables));
}

async function snapshot(inputs: SnapshotInputs, dependencies: Dependencies): Promise<void> {
  const began = dependencies.clock.now();
  const { runName: run, rds } = dependencies;
  const arn = await makeSnapshot(inputs, { ...dependencies, rds: rds(), run });
  dependencies.setOutputs({ "snapshot-arn": arn });
  await appendSummary(snapshotSummary(inputs.instance, arn, formatDuration(dependencies.clock.now() - began)));
}

async function backup(inputs: BackupInputs, dependencies: Dependencies): Promise<void> {
  const id = dependencies.id ?? makeId(dependencies.clock.now(), dependencies.runName);
  if (!inputs.conditionalWrites) dependencies.annotate("warning", "Conditional writes are off", lostWithoutConditions);
  const timeline = new Timeline(dependencies.clock);
  const manifest = await withTimeLimit(inputs, dependencies, (limited) =>
    makeBackup(inputs, id, { ...limited, store: openStore(inputs, limited), timeline }),
  );
  // Red, and without BackupSuccess: the alarm for the last good backup goes on.
  if (!isProven(manifest)) throw keptError(manifest, inputs.place.bucket);
  await reportBackup(id, inputs, dependencies);
  await sendMetrics(
    { ...dependencies, namespace: inputs.metrics, database: inputs.place.database },
    metricsOf(manifest),
  );
}

/** Outputs and summary, from the manifest in the bucket. */
export async function reportBackup(id: string, inputs: BackupInputs, dependencies: Dependencies): Promise<void> {
  const manifest = await readManifest(openStore(inputs, dependencies), inputs.place, id);
  dependencies.setOutputs({ ...urisOf(inputs.place, manifest), verified: manifest.verified.level, id });
  warnOfRestore(manifest, dependencies);
  if (manifest.warnings?.length)
    dependencies.annotate("warning", `db-backup: ${manifest.database}`, manifest.warnings.join("\n"));
  await appendSummary(backupSummary(manifest, inputs.place.bucket));
}

/** A good backup, and yet there is something to know about its restore. */
function warnOfRestore({ id, restore }: Manifest, { annotate, log }: Dependencies): void {
  if (restore === undefined) return;
  const title = restore.outcome === "skipped" ? "No restore has proved this backup" : "The restore needs db-backup";
  const lines = [`${id}: ${restore.why}`, ...objectLines(restore.objects)];
  for (const line of lines) log(`warning: ${line.trim()}`);
  annotate("warning", title, lines.join("\n"));
}

async function verify(inputs: VerifyInputs, dependencies: Dependencies): Promise<void> {
  const store = openStore(inputs, dependencies);
  const manifest = await chooseBackup(store, inputs.place, inputs);
  const programs = await findPrograms(manifest.server.major, dependencies.run);
  const verification = await withTimeLimit(inputs, dependencies, (limited) => {
    const options = { ...limited, store: openStore(inputs, limited), programs, identity: inputs.identity };
    return inputs.level === "restore"
      ? verifyByRestore(manifest, inputs.assertions, options)
      : decode(manifest, options);
  });
  dependencies.log(
    `${manifest.id} is verified (${verification.level}): ${verification.rows} rows, ${verification.duration} s`,
  );
  dependencies.setOutputs({
    ...urisOf(inputs.place, manifest),
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
  const manifest = await openSettings(await chooseBackup(store, inputs.place, inputs), inputs.identity);
  const programs = await findPrograms(manifest.server.major, dependencies.run);
  const began = dependencies.clock.now();
  const { rows, differences } = await withTimeLimit(inputs, dependencies, (limited) =>
    restoreInto(manifest, inputs, {
      ...limited,
      store: openStore(inputs, limited),
      programs,
      identity: inputs.identity,
    }),
  );
  const duration = secondsSince(began, dependencies.clock);
  dependencies.log(
    `${inputs.connection.database}: restored from ${manifest.id}, data as of ${manifest.snapshotAt}: ` +
      `${rows} rows, ${duration} s`,
  );
  dependencies.setOutputs({ uri: urisOf(inputs.place, manifest).uri, id: manifest.id, duration });
  await appendSummary(
    restoredSummary(manifest, {
      ...inputs.place,
      target: inputs.connection.database,
      rows,
      duration,
      differences,
    }),
  );
}

async function pruneBackups(inputs: PruneInputs, dependencies: Dependencies): Promise<void> {
  const store = openStore(inputs, dependencies);
  const pruned = await prune(inputs, { store, log: dependencies.log });
  dependencies.setOutputs({ removed: inputs.dryRun ? "" : pruned.plan.remove.join("\n") });
  // Without a good backup nothing was removed, and there is no restore command to show.
  const newest = await chooseBackup(store, inputs.place, { backup: "latest", before: undefined }).catch(
    () => undefined,
  );
  await appendSummary(pruneSummary(pruned, { place: inputs.place, dryRun: inputs.dryRun, newest }));
}

async function checkNewest(inputs: CheckInputs, dependencies: Dependencies): Promise<void> {
  const checked = await check(inputs, openStore(inputs, dependencies));
  const { newest, ageHours } = checked;
  dependencies.setOutputs({ uri: urisOf(inputs.place, newest).uri, id: newest.id });
  for (const sentence of checked.archived) dependencies.annotate("warning", "The newest backup is archived", sentence);
  await appendSummary(checkSummary(checked, inputs.place, dependencies.clock.now()));
  await sendMetrics(
    { ...dependencies, namespace: inputs.metrics, database: inputs.place.database },
    { AgeHours: ageHours },
  );
}
