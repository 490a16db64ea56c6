// Keys in the bucket. Times are UTC, so that names sort by time.

export interface Place {
  bucket: string;
  /** For example "database". */
  prefix: string;
  database: string;
}

/** "backup_20260131T020000Z_<run>-<attempt>" */
const idPattern = /^backup_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z_[\w-]+$/;

/** With a slash at the end, so that app never matches app2. Database names may contain what a path may not. */
export const folderOf = ({ prefix, database }: Place): string => `${prefix}/${encodeURIComponent(database)}/`;

export function makeId(at: number, run: string): string {
  return `backup_${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "")}_${run}`;
}

/** Milliseconds since the epoch; undefined if it is not a backup ID. */
export function timeOf(id: string): number | undefined {
  const [matched, year, month, day, hour, minute, second] = idPattern.exec(id) ?? [];
  const time = matched ? Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Folder of one backup: database/<db>/2026/01/31/<id>/ */
export function backupFolder(place: Place, id: string): string {
  const day = id.slice("backup_".length).slice(0, 8);
  return `${folderOf(place)}${day.slice(0, 4)}/${day.slice(4, 6)}/${day.slice(6, 8)}/${id}/`;
}

/** The ID of the backup that a key belongs to; undefined for every key that is not exactly in a backup's folder. */
export function idOf(place: Place, key: string): string | undefined {
  const id = key.split("/").at(-2);
  return id !== undefined && timeOf(id) !== undefined && key.startsWith(backupFolder(place, id)) ? id : undefined;
}

export const manifestName = "manifest.json";
/** Outputs with the URIs of a backup's objects. */
export const urisOf = (
  place: Place,
  { id, object }: { id: string; object: { key: string } },
): { uri: string; "manifest-uri": string } => ({
  uri: `s3://${place.bucket}/${object.key}`,
  "manifest-uri": `s3://${place.bucket}/${backupFolder(place, id)}${manifestName}`,
});
export const lockKey = (place: Place): string => `${folderOf(place)}lock.json`;
