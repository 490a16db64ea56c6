// Sightings in PostgreSQL.
import type { Database } from "../../database.ts";
import { boxesAround, type Box } from "./boxes.ts";

export interface Sighting {
  id: string;
  userId: string;
  lat: number;
  lon: number;
  seenAt: Date;
  /** 1 (a hint) to 5 (blazing). */
  intensity: number;
  doubleBow: boolean;
  note: string;
  createdAt: Date;
}

const columns = `id, user_id AS "userId", location[1] AS lat, location[0] AS lon, seen_at AS "seenAt", intensity,
  double_bow AS "doubleBow", note, created_at AS "createdAt"`;

export async function createSighting(
  database: Database,
  sighting: Omit<Sighting, "id" | "createdAt">,
): Promise<Sighting> {
  const { rows } = await database.query<Sighting>(
    `INSERT INTO sightings (user_id, location, seen_at, intensity, double_bow, note)
     VALUES ($1, point($2, $3), $4, $5, $6, $7) RETURNING ${columns}`,
    [
      sighting.userId,
      sighting.lon,
      sighting.lat,
      sighting.seenAt,
      sighting.intensity,
      sighting.doubleBow,
      sighting.note,
    ],
  );
  const [created] = rows;
  if (!created) throw new Error("INSERT … RETURNING returned no sighting.");
  return created;
}

export async function findSighting(database: Database, id: string): Promise<Sighting | undefined> {
  const { rows } = await database.query<Sighting>(`SELECT ${columns} FROM sightings WHERE id = $1`, [id]);
  return rows[0];
}

/** Newest first; `before` is the last one of the page before. */
export async function listSightings(
  database: Database,
  page: { limit: number; before?: { seenAt: Date; id: string } | undefined },
): Promise<Sighting[]> {
  const { rows } = await database.query<Sighting>(
    `SELECT ${columns} FROM sightings
     WHERE $2::timestamptz IS NULL OR (seen_at, id) < ($2::timestamptz, $3::uuid)
     ORDER BY seen_at DESC, id DESC LIMIT $1`,
    [page.limit, page.before?.seenAt ?? null, page.before?.id ?? null],
  );
  return rows;
}

export interface Near {
  lat: number;
  lon: number;
  radiusKm: number;
  since: Date;
  limit: number;
}

const asBox = ({ west, south, east, north }: Box) => `((${west},${south}),(${east},${north}))`;

/** Nearest first, with the distance in kilometres. The index answers by boxes, the exact distance decides. */
export function nearbyQuery(near: Near): { text: string; values: unknown[] } {
  const boxes = boxesAround(near.lat, near.lon, near.radiusKm).map(asBox);
  const inBoxes = boxes.map((_, index) => `location <@ $${index + 6}::box`).join(" OR ");
  return {
    text: `SELECT * FROM (
      SELECT ${columns}, distance_m(location, point($1, $2)) / 1000 AS "distanceKm"
      FROM sightings WHERE (${inBoxes}) AND seen_at >= $4
    ) AS candidates WHERE "distanceKm" <= $3 ORDER BY "distanceKm", id LIMIT $5`,
    values: [near.lon, near.lat, near.radiusKm, near.since, near.limit, ...boxes],
  };
}

export async function sightingsNear(database: Database, near: Near): Promise<(Sighting & { distanceKm: number })[]> {
  return (await database.query<Sighting & { distanceKm: number }>(nearbyQuery(near))).rows;
}
