// A person's places in PostgreSQL. Only that person gets them, so they are exact.
import { type Database, inTransaction } from "../../database.ts";
import type { UserPlace } from "./shapes.ts";

/** Of one user: each may be a question to ml and to the weather provider. */
export const mostPlaces = 10;

type NewPlace = Pick<UserPlace, "name" | "lat" | "lon" | "threshold">;

const columns = `id, name, location[1] AS lat, location[0] AS lon, threshold, created_at AS "createdAt",
  updated_at AS "updatedAt"`;

/** Oldest first. */
export async function listPlaces(database: Database, userId: string): Promise<UserPlace[]> {
  const text = `SELECT ${columns} FROM user_locations WHERE user_id = $1 ORDER BY created_at, id`;
  return (await database.query<UserPlace>(text, [userId])).rows;
}

/** Undefined where the user has as many as are allowed; `gone` where the account was deleted meanwhile. */
export async function createPlace(
  database: Database,
  userId: string,
  { name, lat, lon, threshold }: NewPlace,
): Promise<UserPlace | undefined | "gone"> {
  return inTransaction(database, async (client) => {
    // Two requests at once count one after the other.
    const user = await client.query("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", [userId]);
    if (user.rowCount === 0) return "gone";
    const { rows } = await client.query<UserPlace>(
      `INSERT INTO user_locations (user_id, name, location, threshold)
       SELECT $1, $2, point($3, $4), $5 WHERE (SELECT count(*) FROM user_locations WHERE user_id = $1) < $6
       RETURNING ${columns}`,
      [userId, name, lon, lat, threshold, mostPlaces],
    );
    return rows[0];
  });
}

/** What is not given stays. Undefined where the user has no such place. */
export async function updatePlace(
  database: Database,
  userId: string,
  change: { id: string } & { [Field in keyof NewPlace]?: NewPlace[Field] | undefined },
): Promise<UserPlace | undefined> {
  const { id, name, lat, lon, threshold } = change;
  const { rows } = await database.query<UserPlace>(
    `UPDATE user_locations SET name = coalesce($3, name),
       location = point(coalesce($4, location[0]), coalesce($5, location[1])),
       threshold = coalesce($6, threshold), updated_at = now()
     WHERE id = $2 AND user_id = $1 RETURNING ${columns}`,
    [userId, id, name, lon, lat, threshold],
  );
  return rows[0];
}

/** Whether there was one that belonged to the user. */
export async function deletePlace(database: Database, userId: string, id: string): Promise<boolean> {
  const { rowCount } = await database.query("DELETE FROM user_locations WHERE id = $2 AND user_id = $1", [userId, id]);
  return rowCount === 1;
}
