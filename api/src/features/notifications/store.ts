// Settings, devices and the history of a person in PostgreSQL.
import { type Database, inTransaction } from "../../database.ts";
import type { Position } from "../../http/cursor.ts";
import type { Language } from "../../http/problems.ts";
import type { Wishes } from "./decide.ts";
import { defaultSettings, type statuses } from "./shapes.ts";
import type { Told } from "./texts.ts";

/** Of one user; the one that was registered longest ago makes room. */
export const mostDevices = 20;

interface SettingsRow {
  enabled: boolean;
  from: string | null;
  to: string | null;
  timeZone: string;
}

/** Of `notification_settings`, under the name `settings`. */
export const settingsColumns = `settings.enabled, to_char(settings.quiet_from, 'HH24:MI') AS "from",
  to_char(settings.quiet_to, 'HH24:MI') AS "to", settings.time_zone AS "timeZone"`;

export const wishesIn = ({ enabled, from, to, timeZone }: SettingsRow): Wishes => ({
  enabled,
  quiet: from === null || to === null ? null : { from, to },
  timeZone,
});

export async function readSettings(database: Database, userId: string): Promise<Wishes> {
  const text = `SELECT ${settingsColumns} FROM notification_settings AS settings WHERE user_id = $1`;
  const { rows } = await database.query<SettingsRow>(text, [userId]);
  return rows[0] ? wishesIn(rows[0]) : defaultSettings;
}

/** What is not given stays. */
export async function changeSettings(
  database: Database,
  userId: string,
  change: { [Name in keyof Wishes]?: Wishes[Name] | undefined },
): Promise<Wishes> {
  const { enabled, quiet, timeZone } = change;
  const { enabled: usually, quiet: usualQuiet, timeZone: usualZone } = defaultSettings;
  const given = [userId, enabled, quiet !== undefined, quiet?.from, quiet?.to, timeZone];
  const { rows } = await database.query<SettingsRow>(
    `INSERT INTO notification_settings AS settings (user_id, enabled, quiet_from, quiet_to, time_zone)
     VALUES ($1, coalesce($2::boolean, $7), CASE WHEN $3 THEN $4::time ELSE $8::time END,
       CASE WHEN $3 THEN $5::time ELSE $9::time END, coalesce($6::text, $10))
     ON CONFLICT (user_id) DO UPDATE SET enabled = coalesce($2, settings.enabled),
       quiet_from = CASE WHEN $3 THEN $4::time ELSE settings.quiet_from END,
       quiet_to = CASE WHEN $3 THEN $5::time ELSE settings.quiet_to END,
       time_zone = coalesce($6, settings.time_zone)
     RETURNING ${settingsColumns}`,
    [...given, usually, usualQuiet?.from, usualQuiet?.to, usualZone],
  );
  const [changed] = rows;
  if (!changed) throw new Error("INSERT … RETURNING returned no settings.");
  return wishesIn(changed);
}

export interface Device {
  id: string;
  language: Language;
  registeredAt: Date;
}

const deviceColumns = `id, language, registered_at AS "registeredAt"`;

/** Newest registration first. */
export async function listDevices(database: Database, userId: string): Promise<Device[]> {
  const text = `SELECT ${deviceColumns} FROM notification_devices WHERE user_id = $1 ORDER BY registered_at DESC, id`;
  return (await database.query<Device>(text, [userId])).rows;
}

/**
 * Again and again the same device. A token that somebody else registered moves to this user, as a new device: on the
 * phone somebody else has logged in.
 */
export async function registerDevice(
  database: Database,
  userId: string,
  device: { token: string; language: Language; at: Date },
): Promise<Device> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<Device>(
      `INSERT INTO notification_devices AS known (user_id, token, language, registered_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (token) DO UPDATE SET user_id = EXCLUDED.user_id, language = EXCLUDED.language,
         registered_at = EXCLUDED.registered_at,
         id = CASE WHEN known.user_id = EXCLUDED.user_id THEN known.id ELSE EXCLUDED.id END
       RETURNING ${deviceColumns}`,
      [userId, device.token, device.language, device.at],
    );
    const [registered] = rows;
    if (!registered) throw new Error("INSERT … RETURNING returned no device.");
    await client.query(
      `DELETE FROM notification_devices WHERE user_id = $1 AND id <> $2 AND id NOT IN (
         SELECT id FROM notification_devices WHERE user_id = $1 AND id <> $2 ORDER BY registered_at DESC, id LIMIT $3)`,
      [userId, registered.id, mostDevices - 1],
    );
    return registered;
  });
}

/** Whether there was one that belonged to the user. */
export async function removeDevice(database: Database, userId: string, id: string): Promise<boolean> {
  const text = "DELETE FROM notification_devices WHERE id = $2 AND user_id = $1";
  return (await database.query(text, [userId, id])).rowCount === 1;
}

export interface Notification extends Told {
  id: string;
  placeId: string | null;
  threshold: number;
  status: (typeof statuses)[number];
  reason: string | null;
  devices: number;
  createdAt: Date;
}

/** Newest first; `before` is the last one of the page before. */
export async function listNotifications(
  database: Database,
  userId: string,
  page: { limit: number; before?: Position | undefined },
): Promise<Notification[]> {
  const { rows } = await database.query<Notification>(
    `SELECT id, location_id AS "placeId", place_name AS "placeName", threshold, probability, mode, permit,
       CASE WHEN look_azimuth IS NULL THEN NULL
         ELSE json_build_object('azimuth', look_azimuth, 'elevation', look_elevation) END AS look,
       observed_at AS "observedAt", time_zone AS "timeZone", provider, status, reason, devices,
       created_at AS "createdAt"
     FROM notifications
     WHERE user_id = $1 AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $2`,
    [userId, page.limit, page.before?.at ?? null, page.before?.id ?? null],
  );
  return rows;
}
