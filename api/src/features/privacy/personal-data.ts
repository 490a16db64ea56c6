// What is kept of a person, table by table: what an export shows, and what is erased. A test fails where a table refers
// to users and is not here.
import { type Database, inTransaction } from "../../database.ts";

export interface PersonalData {
  /** Its name in the export. */
  name: string;
  table: string;
  /** Rows as the person gets them; `$1` is the person's id. */
  select: string;
  /** Undefined for what the account needs: it goes with the account. */
  erase?: string;
}

export const personalData: PersonalData[] = [
  {
    name: "account",
    table: "users",
    select: `SELECT id, email, display_name AS "displayName", created_at AS "createdAt" FROM users WHERE id = $1`,
  },
  {
    name: "sessions",
    table: "sessions",
    select: `SELECT created_at AS "createdAt", last_used_at AS "lastUsedAt", expires_at AS "expiresAt"
      FROM sessions WHERE user_id = $1 ORDER BY created_at`,
  },
  {
    name: "photos",
    table: "photos",
    select: `SELECT id, sighting_id AS "sightingId", width, height, created_at AS "createdAt",
        CASE WHEN ready_at IS NOT NULL THEN '/api/photos/' || id || '/large' END AS large
      FROM photos WHERE user_id = $1 ORDER BY created_at`,
    erase: "DELETE FROM photos WHERE user_id = $1",
  },
  {
    name: "sightings",
    table: "sightings",
    select: `SELECT id, location[1] AS lat, location[0] AS lon, seen_at AS "seenAt", intensity,
        double_bow AS "doubleBow", note, created_at AS "createdAt", updated_at AS "updatedAt"
      FROM sightings WHERE user_id = $1 ORDER BY created_at`,
    erase: "DELETE FROM sightings WHERE user_id = $1",
  },
  {
    name: "likes",
    table: "sighting_likes",
    select: `SELECT sighting_id AS "sightingId", created_at AS "createdAt"
      FROM sighting_likes WHERE user_id = $1 ORDER BY created_at`,
    erase: "DELETE FROM sighting_likes WHERE user_id = $1",
  },
  {
    name: "places",
    table: "user_locations",
    select: `SELECT id, name, location[1] AS lat, location[0] AS lon, threshold, created_at AS "createdAt",
        updated_at AS "updatedAt"
      FROM user_locations WHERE user_id = $1 ORDER BY created_at`,
    erase: "DELETE FROM user_locations WHERE user_id = $1",
  },
  {
    name: "notificationSettings",
    table: "notification_settings",
    select: `SELECT enabled, to_char(quiet_from, 'HH24:MI') AS "quietFrom", to_char(quiet_to, 'HH24:MI') AS "quietTo",
        time_zone AS "timeZone", last_notified_at AS "lastNotifiedAt"
      FROM notification_settings WHERE user_id = $1`,
    // The settings go with the account: without them somebody who wants silence would be told again.
  },
  {
    name: "notificationDevices",
    table: "notification_devices",
    select: `SELECT id, token, language, registered_at AS "registeredAt"
      FROM notification_devices WHERE user_id = $1 ORDER BY registered_at`,
    erase: "DELETE FROM notification_devices WHERE user_id = $1",
  },
  {
    name: "notifications",
    table: "notifications",
    select: `SELECT id, location_id AS "placeId", place_name AS "placeName", threshold, probability,
        look_azimuth AS "lookAzimuth", look_elevation AS "lookElevation", mode, permit, observed_at AS "observedAt",
        time_zone AS "timeZone", provider, status, reason, devices, created_at AS "createdAt",
        finished_at AS "finishedAt"
      FROM notifications WHERE user_id = $1 ORDER BY created_at`,
    erase: "DELETE FROM notifications WHERE user_id = $1",
  },
];

export async function exportData(database: Database, userId: string): Promise<Record<string, unknown[]>> {
  const data: Record<string, unknown[]> = {};
  for (const { name, select } of personalData) data[name] = (await database.query(select, [userId])).rows;
  return data;
}

/** All of it or nothing. @returns how many rows, by the name in the export */
export const eraseData = (database: Database, userId: string): Promise<Record<string, number>> =>
  inTransaction(database, async (client) => {
    const erased: Record<string, number> = {};
    for (const { name, erase } of personalData)
      if (erase !== undefined) erased[name] = (await client.query(erase, [userId])).rowCount ?? 0;
    return erased;
  });
