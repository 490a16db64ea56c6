// Weather that was measured, hour by hour.
import type { ClientBase } from "pg";
import type { Database } from "../../database.ts";
import { attributions } from "./providers/attributions.ts";
import {
  quantities,
  type Attribution,
  type Hour,
  type Place,
  type Quantity,
  type Site,
  type Values,
} from "./weather.ts";

type Queries = Pick<ClientBase, "query">;

/** When any site of the provider was last fetched. */
export async function lastRecorded(database: Queries, provider: string): Promise<Date | undefined> {
  const { rows } = await database.query<{ at: Date | null }>(
    "SELECT max(recorded_at) AS at FROM weather_sites WHERE provider = $1",
    [provider],
  );
  return rows[0]?.at ?? undefined;
}

/** The names are a list of ours, never a caller's. */
const columns = quantities.join(", ");
const parameters = quantities.map((_, index) => `$${index + 3}`).join(", ");
const newValues = quantities.map((name) => `${name} = EXCLUDED.${name}`).join(", ");

/** What the provider has corrected since replaces what was stored. */
export async function recordWeather(
  database: Queries,
  weather: { provider: string; site: Site; hours: Hour[]; at: Date },
): Promise<void> {
  const { provider, site, hours, at } = weather;
  const { rows } = await database.query<{ id: string }>(
    `INSERT INTO weather_sites (provider, key, name, name_ja, location, sunshine, recorded_at)
     VALUES ($1, $2, $3, $4, point($5, $6), $7, $8)
     ON CONFLICT (provider, key) DO UPDATE SET name = EXCLUDED.name, name_ja = EXCLUDED.name_ja,
       location = EXCLUDED.location, sunshine = EXCLUDED.sunshine, recorded_at = EXCLUDED.recorded_at
     RETURNING id`,
    [provider, site.key, site.station?.name, site.station?.nameJa, site.lon, site.lat, site.sunshine, at],
  );
  const id = rows[0]?.id;
  for (const hour of hours) {
    await database.query(
      `INSERT INTO weather_data (site_id, observed_at, ${columns}) VALUES ($1, $2, ${parameters})
       ON CONFLICT (site_id, observed_at) DO UPDATE SET ${newValues}`,
      [id, hour.at, ...quantities.map((name) => hour.values[name] ?? null)],
    );
  }
  await database.query("DELETE FROM weather_data WHERE site_id = $1 AND observed_at < now() - interval '2 years'", [
    id,
  ]);
}

export interface StoredWeather {
  provider: string;
  attribution: Attribution | undefined;
  site: Site;
  /** Oldest first. */
  hours: Hour[];
}

interface SiteRow {
  id: string;
  provider: string;
  key: string;
  name: string | null;
  name_ja: string | null;
  lat: number;
  lon: number;
  sunshine: Site["sunshine"];
}

/** Of the nearest site that has some; undefined if none is near enough. */
export async function storedWeather(
  database: Database,
  question: { place: Place; withinKm: number; since: Date },
): Promise<StoredWeather | undefined> {
  const { place, withinKm, since } = question;
  const { rows: sites } = await database.query<SiteRow>(
    `SELECT id, provider, key, name, name_ja, location[1] AS lat, location[0] AS lon, sunshine FROM weather_sites
     WHERE distance_m(location, point($1, $2)) <= $3 AND EXISTS
       (SELECT FROM weather_data WHERE site_id = weather_sites.id AND observed_at >= $4)
     ORDER BY distance_m(location, point($1, $2)), recorded_at DESC LIMIT 1`,
    [place.lon, place.lat, withinKm * 1000, since],
  );
  const found = sites[0];
  if (!found) return undefined;
  const { rows } = await database.query<{ observed_at: Date } & Record<Quantity, number | null>>(
    `SELECT observed_at, ${columns} FROM weather_data WHERE site_id = $1 AND observed_at >= $2 ORDER BY observed_at`,
    [found.id, since],
  );
  const { id: _, provider, name, name_ja, ...site } = found;
  return {
    provider,
    attribution: (attributions as Record<string, Attribution>)[provider],
    site: name === null ? site : { ...site, station: { name, nameJa: name_ja ?? name } },
    hours: rows.map(({ observed_at: at, ...row }) => ({ at, values: known(row) })),
  };
}

function known(row: Record<Quantity, number | null>): Values {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Values;
}
