// Restores a backup into a database: completely, or not at all.
import { text } from "node:stream/consumers";
import { BackupError } from "../errors.ts";
import type { RestoreInputs } from "../input-types.ts";
import { describeObjects, leftOversOf, objectLines } from "../load/left-overs.ts";
import { loadDump } from "../load/load.ts";
import { hideUntilComplete } from "../load/hidden.ts";
import type { Loaded, LoadOptions } from "../load/options.ts";
import { applySettings, applyState } from "../postgres/apply-state.ts";
import type { Connection } from "../postgres/connection.ts";
import { missingTablespaces, parseGlobals } from "../postgres/globals.ts";
import { isProven, type Manifest } from "../storage/manifest.ts";
import { openStored } from "../storage/open-stored.ts";
import { checkContents } from "./contents.ts";
import { prepareTarget } from "./prepare-target.ts";
import { refusedError } from "../unproven.ts";
import type { ProofOptions } from "./prove.ts";

export interface Restored {
  /** Number of rows. */
  rows: number;
  /** A line for each way in which the database still differs from its source, with what removes it. */
  differences: string[];
}

/** Restores into a new or empty database: what belongs to the database itself is never a reason to lose its data. */
export async function restoreInto(manifest: Manifest, inputs: RestoreInputs, options: ProofOptions): Promise<Restored> {
  const { connection, confirm, owners, createRoles, acceptUnproven, singleTransaction } = inputs;
  if (confirm !== connection.database)
    throw new BackupError("NOT_CONFIRMED", `The target is ${connection.database}, but confirm is "${confirm}".`);
  if (!isProven(manifest) && !acceptUnproven) throw refusedError(manifest);
  const { log } = options;
  const state = manifest.databaseState;
  const target = await prepareTarget(manifest, { connection, owners, createRoles, log });
  try {
    const tablespaces = await areTablespacesThere(manifest, connection, options);
    const loaded = await loadDump(manifest, connection, {
      ...options,
      owners,
      tablespaces,
      singleTransaction,
      isNew: target.isNew,
      inPasses: target.isNew,
      isKnownToFail: (manifest.restore?.objects.length ?? 0) > 0,
      whileIncomplete: (work) => hideUntilComplete(connection, log, work),
    });
    const leftOvers = await acceptLeftOvers(manifest, loaded, { ...options, connection, acceptUnproven });
    if (state !== undefined) await applySettings(state, { connection, owners, log });
    const { rows, problem } = await checkContents(manifest, connection, { ...options, ...inputs });
    if (problem !== undefined && !acceptUnproven) throw problem;
    if (problem !== undefined) leftOvers.push(problem.what);
    for (const line of leftOvers) log(`warning: ${connection.database} is not complete: ${line}`);
    const differences = state === undefined ? [] : await applyState(state, { connection, owners, log });
    return { rows, differences: [...leftOvers, ...differences] };
  } catch (error) {
    await target.undo().catch(() => undefined);
    throw error;
  }
}

/** @throws BackupError RESTORE_FAILED if something is left over, unless that is accepted. @returns a line for each. */
async function acceptLeftOvers(
  { databaseState }: Manifest,
  { late, failed }: Loaded,
  { connection, acceptUnproven, log }: Pick<LoadOptions, "log"> & { connection: Connection; acceptUnproven: boolean },
): Promise<string[]> {
  for (const line of objectLines(await leftOversOf(late, connection, databaseState)))
    log(`restored in a further pass, because stock pg_restore cannot: ${line.trim()}`);
  if (failed.length === 0) return [];
  const objects = await leftOversOf(failed, connection, databaseState);
  if (!acceptUnproven) throw new BackupError("RESTORE_FAILED", describeObjects(failed, objects));
  return objectLines(objects).map((line) => line.trim());
}

/** A tablespace is a folder of the source's server: without it, its tables are as good in the database's own one. */
async function areTablespacesThere(
  { globals, format }: Manifest,
  connection: Connection,
  { store, signal, log }: ProofOptions,
): Promise<boolean> {
  if (globals === undefined) return true;
  const missing = await missingTablespaces(
    parseGlobals(await text(await openStored(store, globals, signal))),
    connection,
  );
  if (missing.length === 0 || format === "plain") return true;
  log(`warning: this server lacks the tablespaces ${missing.join(", ")}; everything goes into that of the database`);
  return false;
}
