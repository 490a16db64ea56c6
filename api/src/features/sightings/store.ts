// Sightings in PostgreSQL.
import type { Database } from "../../database.ts";
import type { Position } from "../../http/cursor.ts";
import { type PhotoWithPaths, withPaths } from "../photos/shapes.ts";
import type { Photo } from "../photos/store.ts";
import { boxesAround, type Box, boxesOf, cellsOf } from "./boxes.ts";

export interface NewSighting {
  lat: number;
  lon: number;
  seenAt: Date;
  /** 1 (a hint) to 5 (blazing). */
  intensity: number;
  doubleBow: boolean;
  note: string;
}

export interface Sighting extends NewSighting {
  id: string;
  userId: string;
  createdAt: Date;
  /** Null: as it was reported. */
  updatedAt: Date | null;
  likes: number;
  /** By who asks; as is the next one. */
  liked: boolean;
  mine: boolean;
  photos: PhotoWithPaths[];
}

/** Who asks; undefined for someone who is not logged in. */
export type Viewer = string | undefined;

/** Others learn from a sighting in which square kilometre it was, not at which window: places have two decimals. */
const digits = 2;
const grid = 10 ** -digits;
/** Farther than the grid moves a place, in kilometres: half its diagonal at the equator. */
const gridErrorKm = 0.8;
const rounded = `point(round(location[0] * ${10 ** digits}) / ${10 ** digits}, round(location[1] * ${10 ** digits}) / ${10 ** digits})`;

/** Ends a query whose columns are to be computed once, and not again wherever the next one names them. */
const apart = "OFFSET 0";

/**
 * Kilometres from a place to that of two parameters, as the function `distance_m` of the database has them (haversine, on
 * a sphere of 6371 km): written out, as PostgreSQL calls that one for each row, which takes ten times as long.
 */
const kmBetween = (place: string, lon: string, lat: string) =>
  `(2 * 6371 * asin(least(1, sqrt(sin(radians(${place}[1] - ${lat}::float8) / 2) ^ 2
    + cos(radians(${lat}::float8)) * cos(radians(${place}[1])) * sin(radians(${place}[0] - ${lon}::float8) / 2) ^ 2))))`;

/** Of the table `sightings`; `$1` is who asks. */
const columns = `id, user_id AS "userId", location[1] AS lat, location[0] AS lon, seen_at AS "seenAt", intensity,
  double_bow AS "doubleBow", note, created_at AS "createdAt", updated_at AS "updatedAt",
  (SELECT count(*)::int FROM sighting_likes WHERE sighting_id = sightings.id) AS likes,
  EXISTS (SELECT FROM sighting_likes WHERE sighting_id = sightings.id AND sighting_likes.user_id = $1::uuid) AS liked,
  coalesce(user_id = $1::uuid, false) AS mine,
  (SELECT coalesce(json_agg(json_build_object('id', id, 'width', width, 'height', height) ORDER BY created_at, id), '[]')
   FROM photos WHERE sighting_id = sightings.id AND ready_at IS NOT NULL) AS photos`;

/** As the one who asks may see it. */
function asSeen<T extends Sighting>(row: T): T {
  const sighting = { ...row, photos: row.photos.map(withPaths) };
  if (sighting.mine) return sighting;
  const round = (degrees: number) => Number(degrees.toFixed(digits));
  return { ...sighting, lat: round(sighting.lat), lon: round(sighting.lon) };
}

/** With a name, it is planned once for each connection, which takes as long as to run it. */
interface Query {
  name?: string;
  text: string;
  values: unknown[];
}

async function read<T extends Sighting>(database: Database, query: Query): Promise<T[]> {
  return (await database.query<T>(query)).rows.map(asSeen);
}

export async function createSighting(database: Database, userId: string, sighting: NewSighting): Promise<Sighting> {
  const { lat, lon, seenAt, intensity, doubleBow, note } = sighting;
  const [created] = await read(database, {
    text: `INSERT INTO sightings (user_id, location, seen_at, intensity, double_bow, note)
      VALUES ($1, point($2, $3), $4, $5, $6, $7) RETURNING ${columns}`,
    values: [userId, lon, lat, seenAt, intensity, doubleBow, note],
  });
  if (!created) throw new Error("INSERT … RETURNING returned no sighting.");
  return created;
}

export async function findSighting(database: Database, viewer: Viewer, id: string): Promise<Sighting | undefined> {
  const text = `SELECT ${columns} FROM sightings WHERE id = $2`;
  return (await read(database, { name: "sighting", text, values: [viewer, id] }))[0];
}

/** Newest first; `before` is the last one of the page before. */
export async function listSightings(
  database: Database,
  viewer: Viewer,
  page: { limit: number; before?: Position | undefined },
): Promise<Sighting[]> {
  return read(database, {
    name: "sightings-list",
    text: `SELECT ${columns} FROM sightings
      WHERE $3::timestamptz IS NULL OR (seen_at, id) < ($3::timestamptz, $4::uuid)
      ORDER BY seen_at DESC, id DESC LIMIT $2`,
    values: [viewer, page.limit, page.before?.at ?? null, page.before?.id ?? null],
  });
}

/** What is not given stays. Undefined where the user has no such sighting. */
export async function updateSighting(
  database: Database,
  owner: string,
  change: { id: string } & { [Field in keyof NewSighting]?: NewSighting[Field] | undefined },
): Promise<Sighting | undefined> {
  const { id, lat, lon, seenAt, intensity, doubleBow, note } = change;
  const updated = await read(database, {
    text: `UPDATE sightings SET location = point(coalesce($3, location[0]), coalesce($4, location[1])),
        seen_at = coalesce($5, seen_at), intensity = coalesce($6, intensity), double_bow = coalesce($7, double_bow),
        note = coalesce($8, note), updated_at = now()
      WHERE id = $2 AND user_id = $1 RETURNING ${columns}`,
    values: [owner, id, lon, lat, seenAt, intensity, doubleBow, note],
  });
  return updated[0];
}

/** Whether there was one that belonged to the user. */
export async function deleteSighting(database: Database, owner: string, id: string): Promise<boolean> {
  const { rowCount } = await database.query("DELETE FROM sightings WHERE id = $2 AND user_id = $1", [owner, id]);
  return rowCount === 1;
}

/** Again and again the same: liked or not. Undefined where there is no such sighting. */
export async function setLike(
  database: Database,
  userId: string,
  { id, liked }: { id: string; liked: boolean },
): Promise<Sighting | undefined> {
  await database.query(
    liked
      ? `INSERT INTO sighting_likes (user_id, sighting_id) SELECT $1, id FROM sightings WHERE id = $2
         ON CONFLICT DO NOTHING`
      : "DELETE FROM sighting_likes WHERE user_id = $1 AND sighting_id = $2",
    [userId, id],
  );
  return findSighting(database, userId, id);
}

const asBox = ({ west, south, east, north }: Box) => `((${west},${south}),(${east},${north}))`;
/** Conditions for one box or another one, given as parameters from `first` on. */
const inBoxes = (place: string, boxes: Box[], first: number) =>
  `(${boxes.map((_, index) => `${place} <@ $${first + index}::box`).join(" OR ")})`;

/** The same for where a sighting really is, by the index that knows the time too, unless the boxes are very large. */
function located(boxes: Box[], first: number): { isBySquares: boolean; condition: string; values: unknown[] } {
  const cells = cellsOf(boxes);
  if (!cells) return { isBySquares: false, condition: inBoxes("location", boxes, first), values: boxes.map(asBox) };
  return { isBySquares: true, condition: `sighting_cell(location) = ANY($${first}::integer[])`, values: [cells] };
}

export interface Near {
  lat: number;
  lon: number;
  radiusKm: number;
  since: Date;
  limit: number;
}

/**
 * Nearest first, with the distance in kilometres. The index answers by squares, the distance decides: that to the rounded
 * place, for distances to the exact one would give it away. What is shown of a sighting is read of those only.
 */
export function nearbyQuery(viewer: Viewer, near: Near): Query {
  const { isBySquares, condition, values } = located(boxesAround(near.lat, near.lon, near.radiusKm + gridErrorKm), 7);
  return {
    ...(isBySquares ? { name: "sightings-nearby" } : {}),
    text: `SELECT ${columns}, "distanceKm" FROM (
      SELECT * FROM (
        SELECT near_id, ${kmBetween("place", "$2", "$3")} AS "distanceKm" FROM (
          SELECT id AS near_id, ${rounded} AS place FROM sightings WHERE ${condition} AND seen_at >= $5 ${apart}
        ) AS candidates
      ) AS measured WHERE "distanceKm" <= $4 ORDER BY "distanceKm", near_id LIMIT $6
    ) AS nearest JOIN sightings ON id = near_id ORDER BY "distanceKm", id`,
    values: [viewer, near.lon, near.lat, near.radiusKm, near.since, near.limit, ...values],
  };
}

export const sightingsNear = (database: Database, viewer: Viewer, near: Near) =>
  read<Sighting & { distanceKm: number }>(database, nearbyQuery(viewer, near));

/** A sighting without whose it is, and without what they wrote: for those who only want to know whether there was one. */
export type Glimpse = Pick<Sighting, "lat" | "lon" | "seenAt" | "intensity" | "doubleBow"> & {
  distanceKm: number;
  /** The first one. */
  photo: Photo | null;
};

/** How many there are around a place, and the newest of them, so many as `limit` says. Places are rounded. */
export async function glimpsesNear(database: Database, near: Near): Promise<{ count: number; newest: Glimpse[] }> {
  const { condition, values } = located(boxesAround(near.lat, near.lon, near.radiusKm + gridErrorKm), 6);
  const { rows } = await database.query<Glimpse & { count: number }>({
    text: `SELECT *, (SELECT json_build_object('id', id, 'width', width, 'height', height) FROM photos
          WHERE sighting_id = newest."sightingId" AND ready_at IS NOT NULL ORDER BY created_at, id LIMIT 1) AS photo
      FROM (
        SELECT id AS "sightingId", place[1] AS lat, place[0] AS lon, seen_at AS "seenAt", intensity,
          double_bow AS "doubleBow", km AS "distanceKm", count(*) OVER ()::int AS count
        FROM (
          SELECT *, ${kmBetween("place", "$1", "$2")} AS km
          FROM (SELECT *, ${rounded} AS place FROM sightings
            WHERE ${condition} AND seen_at >= $4 ${apart}) AS candidates
        ) AS measured WHERE km <= $3 ORDER BY seen_at DESC, id DESC LIMIT $5
      ) AS newest ORDER BY "seenAt" DESC, "sightingId" DESC`,
    values: [near.lon, near.lat, near.radiusKm, near.since, near.limit, ...values],
  });
  return { count: rows[0]?.count ?? 0, newest: rows };
}

/** Newest first, in a box that may cross the 180th meridian (west > east). Again the rounded place decides. */
export function sightingsWithin(
  database: Database,
  viewer: Viewer,
  within: { box: Box; since: Date; limit: number },
): Promise<Sighting[]> {
  const boxes = boxesOf(within.box);
  const wider = boxes.map(({ west, south, east, north }) => ({
    west: west - grid,
    south: south - grid,
    east: east + grid,
    north: north + grid,
  }));
  const { condition, values } = located(wider, 4);
  return read(database, {
    text: `SELECT ${columns} FROM sightings
      WHERE ${condition} AND ${inBoxes(rounded, boxes, 4 + values.length)} AND seen_at >= $2
      ORDER BY seen_at DESC, id DESC LIMIT $3`,
    values: [viewer, within.since, within.limit, ...values, ...boxes.map(asBox)],
  });
}
