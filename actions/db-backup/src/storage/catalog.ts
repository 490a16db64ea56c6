// Which backups there are: those that have a manifest.
import { ConfigurationError, FailedError } from "../../../shared/src/errors.ts";
import { formatMegabytes } from "../../../shared/src/size.ts";
import { BackupError } from "../errors.ts";
import { backupFolder, folderOf, idOf, manifestName, timeOf, type Place } from "./layout.ts";
import { parseManifest, type Manifest } from "./manifest.ts";
import type { Found, Store } from "./store.ts";

export interface Listed {
  id: string;
  /** When it was begun, milliseconds since the epoch. */
  at: number;
  keys: Found[];
  hasManifest: boolean;
}

/** Every folder of a backup of this database, the newest first: whole ones, and what killed runs have left. */
export async function listFolders(store: Store, place: Place): Promise<Listed[]> {
  const folders = new Map<string, Listed>();
  for (const found of await store.list(folderOf(place))) {
    const id = idOf(place, found.key);
    if (id === undefined) continue;
    const listed = folders.get(id) ?? { id, at: timeOf(id) ?? 0, keys: [], hasManifest: false };
    listed.keys.push(found);
    listed.hasManifest ||= found.key.endsWith(`/${manifestName}`);
    folders.set(id, listed);
  }
  return [...folders.values()].toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
}

export const listBackups = async (store: Store, place: Place): Promise<Listed[]> =>
  (await listFolders(store, place)).filter(({ hasManifest }) => hasManifest);

export async function readManifest(store: Store, place: Place, id: string): Promise<Manifest> {
  const key = `${backupFolder(place, id)}${manifestName}`;
  const found = await store.text(key);
  if (found === undefined) throw new BackupError("NO_BACKUP", `There is no ${key}.`);
  const manifest = parseManifest(found.text, key);
  if (manifest.id !== id || manifest.database !== place.database)
    throw new ConfigurationError(
      `${key} says that it is ${manifest.id} of ${manifest.database}: it was put there by hand.`,
    );
  return manifest;
}

/** What a manifest names and the bucket does not have as it says: a sentence for each. */
export function missingObjects({ object, globals }: Manifest, { keys }: Listed): string[] {
  return [object, globals].flatMap(({ key, bytes }) => {
    const found = keys.find((one) => one.key === key);
    return found?.bytes === bytes
      ? []
      : [`${key} ${found === undefined ? "is gone" : `has ${found.bytes} bytes instead of ${bytes}`}.`];
  });
}

/** The backup with an id, or the newest one, before a time where one is given. */
export async function chooseBackup(
  store: Store,
  place: Place,
  { backup, before }: { backup: string; before: number | undefined },
): Promise<Manifest> {
  if (backup !== "latest")
    return readManifest(store, place, backup.split("/").findLast((part) => part.startsWith("backup_")) ?? backup);
  const all = await listBackups(store, place);
  // By the snapshot that it shows, not by its name: a backup that was begun before may show what came after.
  for (const { id } of all.filter(({ at }) => before === undefined || at <= before)) {
    const manifest = await readManifest(store, place, id);
    if (before === undefined || Date.parse(manifest.snapshotAt) <= before) return manifest;
  }
  throw new BackupError(
    "NO_BACKUP",
    `s3://${place.bucket}/${folderOf(place)} holds ${all.length} backups${before === undefined ? "" : `, none of before ${new Date(before).toISOString()}`}.`,
  );
}

/** "last good backup: … (5 h old)", for messages about failures; a bucket that cannot be asked is no second failure. */
export async function lastGood(store: Store, place: Place, now: number): Promise<string> {
  try {
    const [newest] = await listBackups(store, place);
    return newest
      ? `Last good backup: ${newest.id} (${describeAge(now - newest.at)})`
      : "There is no good backup of this database.";
  } catch (error) {
    if (error instanceof FailedError) return "Last good backup: the bucket could not be asked.";
    throw error;
  }
}

export function describeAge(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  return hours < 1
    ? `${Math.round(hours * 60)} min old`
    : hours < 72
      ? `${Math.round(hours)} h old`
      : `${Math.round(hours / 24)} days old`;
}

/** "backup_…  3 h old  51.3 MB". */
export const describeListed = ({ id, at, keys }: Listed, now: number): string =>
  `${id}  ${describeAge(now - at)}  ${formatMegabytes(keys.reduce((sum, { bytes }) => sum + bytes, 0))}`;
