// Photos in PostgreSQL; their objects are in the storage, under keys that follow from the id.
import { type Connection, type Database, inTransaction } from "../../database.ts";
import { type Size, sizes } from "./picture.ts";

export interface Photo {
  id: string;
  /** Of the large one, in pixels. */
  width: number;
  height: number;
}

export const maxPerSighting = 4;

export const uploadKey = (id: string) => `photos/${id}/upload`;
export const keyOf = (id: string, size: Size) => `photos/${id}/${size}.webp`;
export const keysOf = (id: string): string[] => [
  uploadKey(id),
  ...(Object.keys(sizes) as Size[]).map((size) => keyOf(id, size)),
];

/** @returns the photo, or why the sighting gets none */
export const announcePhoto = (
  database: Database,
  { userId, sightingId }: { userId: string; sightingId: string },
): Promise<{ id: string } | "not-found" | "not-yours" | "limit-reached"> =>
  inTransaction(database, async (client) => {
    // The lock counts one photo after the other.
    const { rows: sightings } = await client.query<{ owner: string }>(
      "SELECT user_id AS owner FROM sightings WHERE id = $1 FOR UPDATE",
      [sightingId],
    );
    if (!sightings[0]) return "not-found";
    if (sightings[0].owner !== userId) return "not-yours";
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO photos (sighting_id, user_id)
       SELECT $1, $2 WHERE (SELECT count(*) FROM photos WHERE sighting_id = $1) < $3 RETURNING id`,
      [sightingId, userId, maxPerSighting],
    );
    return rows[0] ?? "limit-reached";
  });

export interface OwnedPhoto {
  userId: string;
  /** Undefined while what was uploaded has not been checked. */
  photo: Photo | undefined;
}

export async function findPhoto(database: Database, id: string): Promise<OwnedPhoto | undefined> {
  const { rows } = await database.query<{ userId: string; width: number | null; height: number | null }>(
    `SELECT user_id AS "userId", width, height FROM photos WHERE id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return undefined;
  const { userId, width, height } = row;
  return { userId, photo: width === null || height === null ? undefined : { id, width, height } };
}

/** Whether the photo is still wanted. */
export async function setReady(database: Database, { id, width, height }: Photo): Promise<boolean> {
  const { rowCount } = await database.query(
    "UPDATE photos SET ready_at = coalesce(ready_at, now()), width = $2, height = $3 WHERE id = $1",
    [id, width, height],
  );
  return rowCount === 1;
}

/** Its objects go after it. */
export async function deletePhoto(database: Database, id: string): Promise<void> {
  await database.query("DELETE FROM photos WHERE id = $1", [id]);
}

/** Again, though they may have been removed: somebody wrote to them since. */
export async function requestRemoval(database: Database, id: string): Promise<void> {
  await database.query(
    `INSERT INTO photo_removals (photo_id) VALUES ($1)
     ON CONFLICT (photo_id) DO UPDATE SET requested_at = now(), removed_at = NULL`,
    [id],
  );
}

/** Photos of which nothing was uploaded, or nothing that was finished, in so many seconds. */
export async function deleteAbandoned(client: Connection, seconds: number): Promise<void> {
  await client.query("DELETE FROM photos WHERE ready_at IS NULL AND created_at < now() - make_interval(secs => $1)", [
    seconds,
  ]);
}

/** Photos that something could be uploaded for until so many seconds ago, and whose upload may still be there. */
export async function photosWithUpload(client: Connection, seconds: number, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM photos WHERE NOT upload_removed AND ready_at IS NOT NULL
       AND created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2`,
    [seconds, limit],
  );
  return rows.map(({ id }) => id);
}

export async function setUploadRemoved(client: Connection, id: string): Promise<void> {
  await client.query("UPDATE photos SET upload_removed = true WHERE id = $1", [id]);
}

/** Removals that have not been made, and those that have to be made again because more than `seconds` have passed. */
export async function dueRemovals(client: Connection, seconds: number, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT photo_id AS id FROM photo_removals
     WHERE removed_at IS NULL OR requested_at < now() - make_interval(secs => $1) ORDER BY requested_at LIMIT $2`,
    [seconds, limit],
  );
  return rows.map(({ id }) => id);
}

/** For good, where nothing can be written any more since `seconds`. */
export async function setRemoved(client: Connection, id: string, seconds: number): Promise<void> {
  await client.query(
    `WITH done AS (
       DELETE FROM photo_removals WHERE photo_id = $1 AND requested_at < now() - make_interval(secs => $2)
     )
     UPDATE photo_removals SET removed_at = now()
     WHERE photo_id = $1 AND requested_at >= now() - make_interval(secs => $2)`,
    [id, seconds],
  );
}
