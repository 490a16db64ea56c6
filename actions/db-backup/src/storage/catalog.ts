// The backups in the bucket: those that have a manifest.
import { ConfigurationError, FailedError } from "../../../shared/src/errors.ts";
import { formatMegabytes } from "../../../shared/src/size.ts";
import { BackupError } from "../errors.ts";
import { backupFolder, folderOf, idOf, manifestName, timeOf, type Place } from "./layout.ts";
import { isProven, objectsOf, parseManifest, type Manifest } from "./manifest.ts";
import type { ListedObject, Store } from "./store.ts";

export interface Listed {
  id: string;
  /** Start of the backup, milliseconds since the epoch. */
  at: number;
  keys: ListedObject[];
  hasManifest: boolean;
}

/** Every backup folder of this database, newest first: complete ones, and what killed runs left. */
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
  if (found === undefined) throw new BackupError("NO_BACKUP", `${key} does not exist.`);
  const manifest = parseManifest(found.text, key);
  if (manifest.id !== id || manifest.database !== place.database)
    throw new ConfigurationError(
      `${key} is the manifest of ${manifest.id} of ${manifest.database}: it was copied there by hand.`,
    );
  return manifest;
}

/** A sentence for each object of a manifest that is missing or has another size. */
export function missingObjects(manifest: Manifest, { keys }: Listed): string[] {
  return objectsOf(manifest).flatMap(({ key, bytes }) => {
    const found = keys.find((one) => one.key === key);
    if (found === undefined) return [`${key} is missing.`];
    return found.bytes === bytes ? [] : [`${key} has ${found.bytes} bytes instead of ${bytes}.`];
  });
}

/**
 * The backup with an ID or key, or the newest good one, before a time if one is given. One whose restore failed is chosen
 * only by its ID, or if that is accepted.
 */
export async function chooseBackup(
  store: Store,
  place: Place,
  {
    backup,
    before,
    acceptUnproven = false,
  }: { backup: string; before: number | undefined; acceptUnproven?: boolean | undefined },
): Promise<Manifest> {
  if (backup !== "latest")
    return readManifest(store, place, backup.split("/").findLast((part) => part.startsWith("backup_")) ?? backup);
  const all = await listBackups(store, place);
  // The time of the snapshot counts, not the one in the ID: a backup started before may contain later data.
  const unproven: string[] = [];
  for (const { id } of all.filter(({ at }) => before === undefined || at <= before)) {
    const manifest = await readManifest(store, place, id);
    if (before !== undefined && Date.parse(manifest.snapshotAt) > before) continue;
    if (acceptUnproven || isProven(manifest)) {
      if (unproven.length > 0)
        store.settings.log(`left out, because their restore failed when they were made: ${unproven.join(", ")}`);
      return manifest;
    }
    unproven.push(id);
  }
  if (all.length === 0) throw await noBackupError(store, place);
  const limit = before === undefined ? "" : `, none with data of ${new Date(before).toISOString()} or earlier`;
  const [newestUnproven] = unproven;
  if (newestUnproven !== undefined)
    throw new BackupError(
      "RESTORE_UNPROVEN",
      `s3://${place.bucket}/${folderOf(place)} contains no good backup${limit}; the restore of ${newestUnproven} failed.`,
    );
  throw new BackupError("NO_BACKUP", `s3://${place.bucket}/${folderOf(place)} contains ${all.length} backups${limit}.`);
}

/** The name of a database by its folder; a folder of others may have any name. */
function decoded(folder: string): string {
  try {
    return decodeURIComponent(folder);
  } catch {
    return folder;
  }
}

/** NO_BACKUP of a database, with the databases that do have backups there: the name may be mistyped. */
export async function noBackupError(store: Store, place: Place): Promise<BackupError> {
  const { bucket, prefix, database } = place;
  const folders = (await store.list(`${prefix}/`)).flatMap(({ key }) => {
    const [folder, ...rest] = key.slice(prefix.length + 1).split("/");
    return rest.length > 0 && folder !== undefined ? [folder] : [];
  });
  const others = [...new Set(folders)].filter((folder) => folder !== encodeURIComponent(database));
  const known =
    others.length === 0
      ? "no database has any there"
      : `there are backups of ${others.slice(0, 10).map(decoded).join(", ")}`;
  return new BackupError("NO_BACKUP", `There is no backup of ${database} in s3://${bucket}/${prefix}; ${known}.`, {
    next: "Check the inputs database, bucket and prefix. If they are right, make a backup now (mode: backup).",
  });
}

/** "Last good backup: … (5 h old)", for messages about failures; an unreachable bucket is not a second failure. */
export async function describeLastGood(store: Store, place: Place, now: number): Promise<string> {
  try {
    const newest = await newestGood(store, place);
    return newest
      ? `Last good backup: ${newest.id} (${describeAge(now - newest.at)})`
      : "There is no good backup of this database.";
  } catch (error) {
    if (error instanceof FailedError) return "Last good backup: unknown, the bucket is not readable.";
    throw error;
  }
}

/** A manifest that is not readable may well be that of a good backup. */
async function newestGood(store: Store, place: Place): Promise<Listed | undefined> {
  for (const listed of await listBackups(store, place)) {
    const manifest = await readManifest(store, place, listed.id).catch(() => undefined);
    if (manifest === undefined || isProven(manifest)) return listed;
  }
  return undefined;
}

export function describeAge(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  return hours < 1
    ? `${Math.round(hours * 60)} min old`
    : hours < 72
      ? `${Math.round(hours)} h old`
      : `${Math.round(hours / 24)} days old`;
}

/** "backup_…  3 h old  51.3 MB" */
export const describeListed = ({ id, at, keys }: Listed, now: number): string =>
  `${id}  ${describeAge(now - at)}  ${formatMegabytes(keys.reduce((sum, { bytes }) => sum + bytes, 0))}`;
