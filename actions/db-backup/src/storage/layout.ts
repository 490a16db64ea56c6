// Where things lie in the bucket. Times are UTC, so that names sort as time goes.

export interface Place {
  bucket: string;
  /** "database" */
  prefix: string;
  database: string;
}

/** "backup_20260131T020000Z_<run>-<attempt>" */
const idPattern = /^backup_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z_[\w-]+$/;

/** Ends in a slash: app never sees what belongs to app2. Names of databases may hold what a path may not. */
export const folderOf = ({ prefix, database }: Place): string => `${prefix}/${encodeURIComponent(database)}/`;

export function makeId(at: number, run: string): string {
  return `backup_${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "")}_${run}`;
}

/** undefined for what is no id of ours. */
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

/** The id of the backup that a key belongs to; undefined for anything that is not exactly where a backup lies. */
export function idOf(place: Place, key: string): string | undefined {
  const id = key.split("/").at(-2);
  return id !== undefined && timeOf(id) !== undefined && key.startsWith(backupFolder(place, id)) ? id : undefined;
}

export const manifestName = "manifest.json";
/** Addresses of a backup's files, as outputs have them. */
export const addressesOf = (
  place: Place,
  { id, object }: { id: string; object: { key: string } },
): { uri: string; "manifest-uri": string } => ({
  uri: `s3://${place.bucket}/${object.key}`,
  "manifest-uri": `s3://${place.bucket}/${backupFolder(place, id)}${manifestName}`,
});
export const lockKey = (place: Place): string => `${folderOf(place)}lock.json`;
