// The database's side of a run: whom it concerns, and one notification for each of them, claimed before it is sent.
import { type Database, inTransaction } from "../../database.ts";
import type { Language } from "../../http/problems.ts";
import type { PredictionMode } from "../predictions/mode.ts";
import type { Chance } from "./chances.ts";
import { decide, type Wishes } from "./decide.ts";
import { defaultSettings, type statuses } from "./shapes.ts";
import { settingsColumns, wishesIn } from "./store.ts";
import type { Told } from "./texts.ts";

export interface PlaceOfUser {
  id: string;
  name: string;
  lat: number;
  lon: number;
  threshold: number;
}

export interface UserWithPlaces {
  userId: string;
  wishes: Wishes & { lastNotifiedAt: Date | null };
  places: PlaceOfUser[];
}

type SettingsRow = Parameters<typeof wishesIn>[0] & { lastNotifiedAt: Date | null };
/** Without a row of settings all of them are null. */
type UserRow = PlaceOfUser & { userId: string } & (SettingsRow | { [Name in keyof SettingsRow]: null });

const hour = 3_600_000;
const placeColumns = `place.id, place.name, place.location[1] AS lat, place.location[0] AS lon, place.threshold`;
const wishColumns = `${settingsColumns}, settings.last_notified_at AS "lastNotifiedAt"`;
const wishesOf = (row: SettingsRow) => ({ ...wishesIn(row), lastNotifiedAt: row.lastNotifiedAt });

/** Those who may be told now, for all that the database knows, by their ids after `after`, with all their places. */
export async function usersAfter(
  database: Database,
  page: { after: string; limit: number; now: Date },
): Promise<UserWithPlaces[]> {
  const { after, limit, now } = page;
  const { rows } = await database.query<UserRow>(
    `WITH due AS (
       SELECT DISTINCT place.user_id FROM user_locations AS place
       LEFT JOIN notification_settings AS settings ON settings.user_id = place.user_id
       WHERE place.user_id > $1 AND coalesce(settings.enabled, true)
         AND (settings.last_notified_at IS NULL OR settings.last_notified_at <= $2)
       ORDER BY place.user_id LIMIT $3
     )
     SELECT due.user_id AS "userId", ${placeColumns}, ${wishColumns}
     FROM due JOIN user_locations AS place ON place.user_id = due.user_id
     LEFT JOIN notification_settings AS settings ON settings.user_id = due.user_id
     ORDER BY due.user_id, place.created_at, place.id`,
    [after, new Date(now.getTime() - hour), limit],
  );
  const users = new Map<string, UserWithPlaces>();
  for (const { userId, id, name, lat, lon, threshold, ...row } of rows) {
    const wishes = row.timeZone === null ? { ...defaultSettings, lastNotifiedAt: null } : wishesOf(row);
    const user = users.get(userId) ?? { userId, wishes, places: [] };
    user.places.push({ id, name, lat, lon, threshold });
    users.set(userId, user);
  }
  return [...users.values()];
}

export type Claim = Told & { id: string; placeId: string };

/** Of PostgreSQL: the account was deleted in the same moment. */
const foreignKeyViolation = "23503";

/**
 * Decides for one person by what the database says now, and has it recorded when this returns: of two who claim at once
 * the second waits for the first, and sees that somebody was told already. Undefined where nobody is to be told.
 */
export async function claim(
  database: Database,
  userId: string,
  parts: { chanceAt: (place: PlaceOfUser) => Chance | undefined; mode: PredictionMode; now: Date },
): Promise<Claim | undefined> {
  const { chanceAt, mode, now } = parts;
  const work = inTransaction(database, async (client) => {
    await client.query(
      "INSERT INTO notification_settings (user_id) SELECT id FROM users WHERE id = $1 ON CONFLICT DO NOTHING",
      [userId],
    );
    const settings = await client.query<SettingsRow>(
      `SELECT ${wishColumns} FROM notification_settings AS settings WHERE user_id = $1 FOR UPDATE`,
      [userId],
    );
    const [row] = settings.rows;
    if (!row) return undefined;
    const { rows: places } = await client.query<PlaceOfUser>(
      `SELECT ${placeColumns} FROM user_locations AS place WHERE user_id = $1 ORDER BY created_at, id`,
      [userId],
    );
    const candidates = places.flatMap((place) => {
      const chance = chanceAt(place);
      return chance ? [{ ...place, ...chance }] : [];
    });
    const wishes = wishesOf(row);
    const decision = decide(wishes, candidates, now);
    if ("skip" in decision) return undefined;
    const { id: placeId, name: placeName, threshold, probability, look, observedAt, provider } = decision.notify;
    const what = [userId, placeId, placeName, threshold, probability];
    const permit = mode.name === "forecast" ? mode.permit : null;
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO notifications (user_id, location_id, place_name, threshold, probability, look_azimuth,
         look_elevation, mode, permit, observed_at, time_zone, provider, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
      [...what, look?.azimuth, look?.elevation, mode.name, permit, observedAt, wishes.timeZone, provider, now],
    );
    const [claimed] = rows;
    if (!claimed) throw new Error("INSERT … RETURNING returned no notification.");
    await client.query("UPDATE notification_settings SET last_notified_at = $2 WHERE user_id = $1", [userId, now]);
    const said = { mode: mode.name, permit, timeZone: wishes.timeZone };
    return { id: claimed.id, placeId, placeName, probability, look, observedAt, provider, ...said };
  });
  return work.catch((error: { code?: unknown }) => {
    if (error.code === foreignKeyViolation) return undefined;
    throw error;
  });
}

export interface Addressee {
  id: string;
  token: string;
  language: Language;
  registeredAt: Date;
}

export async function devicesOf(database: Database, userId: string): Promise<Addressee[]> {
  const { rows } = await database.query<Addressee>(
    `SELECT id, token, language, registered_at AS "registeredAt" FROM notification_devices WHERE user_id = $1
     ORDER BY registered_at DESC, id`,
    [userId],
  );
  return rows;
}

/** Unless it was registered again since: then it is of use again. */
export async function forgetDevice(database: Database, { id, registeredAt }: Addressee): Promise<void> {
  await database.query("DELETE FROM notification_devices WHERE id = $1 AND registered_at = $2", [id, registeredAt]);
}

/** Nothing happens where the account was deleted meanwhile. */
export async function finish(
  database: Database,
  id: string,
  outcome: { status: (typeof statuses)[number]; reason?: string | undefined; devices: number; at: Date },
): Promise<void> {
  const { status, reason, devices, at } = outcome;
  await database.query(
    "UPDATE notifications SET status = $2, reason = $3, devices = $4, finished_at = $5 WHERE id = $1",
    [id, status, reason, devices, at],
  );
}

/** Claims whose sending nobody lives to finish. @returns how many */
export async function markInterrupted(database: Database, before: Date, now: Date): Promise<number> {
  const { rowCount } = await database.query(
    "UPDATE notifications SET status = 'interrupted', finished_at = $2 WHERE status = 'claimed' AND created_at < $1",
    [before, now],
  );
  return rowCount ?? 0;
}

export async function forgetHistory(database: Database, before: Date): Promise<void> {
  await database.query("DELETE FROM notifications WHERE created_at < $1", [before]);
}
