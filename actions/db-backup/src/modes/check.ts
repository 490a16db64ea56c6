// Checks whether the newest backup is usable.
import {
  missingObjects,
  describeAge,
  describeListed,
  listBackups,
  noBackupError,
  readManifest,
  type Listed,
} from "../storage/catalog.ts";
import { archivedIn, describeArchived, isArchiveClass } from "../storage/archive.ts";
import { BackupError } from "../errors.ts";
import type { CheckInputs } from "../input-types.ts";
import type { Place } from "../storage/layout.ts";
import { isProven, objectsOf, totalRows, type Manifest } from "../storage/manifest.ts";
import type { Store } from "../storage/store.ts";

export interface Checked {
  newest: Manifest;
  ageHours: number;
  /** Newest first. */
  backups: Listed[];
  /** A sentence for each object of the newest backup that cannot be read before a copy of it has been restored. */
  archived: string[];
}

/**
 * Lists the backups, then checks the newest.
 *
 * @throws BackupError NO_BACKUP, TOO_OLD, SHRUNK, CORRUPT, RESTORE_UNPROVEN.
 */
export async function check({ place, maxAgeHours, maxShrinkPercent }: CheckInputs, store: Store): Promise<Checked> {
  const backups = await listBackups(store, place);
  const { clock, log } = store.settings;
  const { unproven, good } = await untilGood(store, place, backups);
  for (const listed of backups)
    log(`${describeListed(listed, clock.now())}${unproven.includes(listed) ? "  not good: its restore failed" : ""}`);
  const [first, second] = good;
  const [newestUnproven] = unproven;
  if (first === undefined && newestUnproven !== undefined)
    throw new BackupError(
      "RESTORE_UNPROVEN",
      `None of the ${backups.length} backups of ${place.database} is good: the restore of ${newestUnproven.id} failed.`,
    );
  if (first === undefined) throw await noBackupError(store, place);
  const newest = await readManifest(store, place, first.id);
  const [problem] = missingObjects(newest, first);
  if (problem !== undefined) throw new BackupError("CORRUPT", problem);
  const age = clock.now() - Date.parse(newest.snapshotAt);
  const ageHours = Math.round(age / 36_000) / 100;
  if (ageHours > maxAgeHours)
    throw new BackupError(
      "TOO_OLD",
      `The newest ${unproven.length > 0 ? "good " : ""}backup, ${newest.id}, is ${describeAge(age)}; max-age-hours allows ${maxAgeHours} h.`,
    );
  if (newestUnproven !== undefined)
    throw new BackupError(
      "RESTORE_UNPROVEN",
      `The newest backup, ${newestUnproven.id}, is not good: its restore failed. ` +
        `The newest good one, ${newest.id}, is ${describeAge(age)}.`,
    );
  if (second) assertNotShrunk(newest, await readManifest(store, place, second.id), maxShrinkPercent);
  const archived = await archivedOf(newest, first, store);
  return { newest, ageHours, backups, archived };
}

/** Most objects need no request: the list has their class. */
async function archivedOf(manifest: Manifest, { keys }: Listed, store: Store): Promise<string[]> {
  const sentences: string[] = [];
  const own = new Set(objectsOf(manifest).map((object) => object.key));
  for (const { key, storageClass } of keys) {
    if (!own.has(key)) continue;
    if (!isArchiveClass(storageClass) && storageClass !== "INTELLIGENT_TIERING") continue;
    // A role that only checks may lack the permission to read dumps: then the class has to do.
    const head = await store.head(key).catch(() => undefined);
    const archived = head ? head.archived : archivedIn({ StorageClass: storageClass });
    if (archived) sentences.push(describeArchived(store.settings.bucket, { key, ...archived }));
  }
  return sentences;
}

/** Those before the newest good one are read; a manifest that is not readable is reported where it counts. */
async function untilGood(
  store: Store,
  place: Place,
  backups: Listed[],
): Promise<{ unproven: Listed[]; good: Listed[] }> {
  for (const [index, { id }] of backups.entries()) {
    const manifest = await readManifest(store, place, id).catch(() => undefined);
    if (manifest === undefined || isProven(manifest))
      return { unproven: backups.slice(0, index), good: backups.slice(index) };
  }
  return { unproven: backups, good: [] };
}

function assertNotShrunk(newest: Manifest, previous: Manifest, maxShrinkPercent: number): void {
  for (const [unit, now, before] of [
    ["bytes", newest.object.bytes, previous.object.bytes],
    ["rows", totalRows(newest.rows), totalRows(previous.rows)],
  ] as const) {
    const shrunk = before === 0 ? 0 : (1 - now / before) * 100;
    if (shrunk > maxShrinkPercent)
      throw new BackupError(
        "SHRUNK",
        `${newest.id} has ${now} ${unit}, ${previous.id} had ${before}: ${shrunk.toFixed(0)} % less; ` +
          `max-shrink-percent allows ${maxShrinkPercent} %.`,
      );
  }
}
