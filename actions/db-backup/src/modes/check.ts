// Whether there is a backup that one could rely on tonight.
import {
  missingObjects,
  describeAge,
  describeListed,
  listBackups,
  readManifest,
  type Listed,
} from "../storage/catalog.ts";
import { BackupError } from "../errors.ts";
import type { CheckInputs } from "../inputs.ts";
import { totalRows, type Manifest } from "../storage/manifest.ts";
import type { Store } from "../storage/store.ts";

export interface Checked {
  newest: Manifest;
  ageHours: number;
  /** The newest first. */
  backups: Listed[];
}

/**
 * Says which there are, and then whether one could rely on the newest. @throws BackupError NO_BACKUP, TOO_OLD, SHRUNK,
 * CORRUPT.
 */
export async function check({ place, maxAgeHours, maxShrinkPercent }: CheckInputs, store: Store): Promise<Checked> {
  const backups = await listBackups(store, place);
  const { clock, log } = store.settings;
  for (const listed of backups) log(describeListed(listed, clock.now()));
  const [first, second] = backups;
  if (first === undefined)
    throw new BackupError(
      "NO_BACKUP",
      `There is no backup of ${place.database} in s3://${place.bucket}/${place.prefix}.`,
    );
  const newest = await readManifest(store, place, first.id);
  const [amiss] = missingObjects(newest, first);
  if (amiss !== undefined) throw new BackupError("CORRUPT", amiss);
  const age = clock.now() - Date.parse(newest.snapshotAt);
  const ageHours = Math.round(age / 36_000) / 100;
  if (ageHours > maxAgeHours)
    throw new BackupError(
      "TOO_OLD",
      `The newest backup, ${newest.id}, is ${describeAge(age)}; at most ${maxAgeHours} h are allowed.`,
    );
  const before = second && (await readManifest(store, place, second.id));
  for (const [what, now, then] of before
    ? ([
        ["bytes", newest.object.bytes, before.object.bytes],
        ["rows", totalRows(newest.rows), totalRows(before.rows)],
      ] as const)
    : []) {
    const shrunk = then === 0 ? 0 : (1 - now / then) * 100;
    if (shrunk > maxShrinkPercent)
      throw new BackupError(
        "SHRUNK",
        `${newest.id} has ${now} ${what}, ${before?.id} had ${then}: ${shrunk.toFixed(0)} % less; at most ${maxShrinkPercent} % are allowed.`,
      );
  }
  return { newest, ageHours, backups };
}
