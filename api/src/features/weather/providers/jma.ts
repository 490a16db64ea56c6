// Stations of the Japan Meteorological Agency (AMeDAS), from the files behind its own pages: observations every ten
// minutes, in Japan. No key, and no published interface: shapes may change, so everything is checked.
// Files and fields: https://qiita.com/yukity/items/dcb66b8ca91df4159271; values are [value, quality], 0 is good.
// Terms: https://www.jma.go.jp/jma/kishou/info/coment.html
import { z } from "zod";
import { attributions } from "./attributions.ts";
import { createClient, type Answer } from "../client.ts";
import {
  distanceKm,
  hoursOf,
  plausible,
  ProviderError,
  type Hour,
  type Place,
  type Site,
  type WeatherProvider,
} from "../weather.ts";

export const jmaOrigin = "https://www.jma.go.jp";
const name = "JMA";

/** Degrees and minutes. */
const angle = z.tuple([z.number(), z.number()]).transform(([degrees, minutes]) => degrees + minutes / 60);
/**
 * One digit each for temperature, precipitation, wind direction, wind speed, sunshine, snow depth, humidity, pressure:
 * 0 not observed, 1 observed, 2 estimated.
 */
const elements = z.string().regex(/^[0-9]{8}$/);
const stationTable = z.record(z.string(), z.unknown());
const stationId = /^[0-9]{5}$/;
const stationEntry = z.looseObject({
  elems: elements,
  lat: angle,
  lon: angle,
  kjName: z.string().max(40),
  enName: z.string().max(60),
});
const measured = z.tuple([z.number().nullable(), z.number().nullable()]).optional().catch(undefined);
const slot = z.looseObject({
  temp: measured,
  humidity: measured,
  normalPressure: measured,
  visibility: measured,
  wind: measured,
  precipitation10m: measured,
  precipitation1h: measured,
  sun10m: measured,
  sun1h: measured,
});
type Slot = z.infer<typeof slot>;
/** By time in Japan, YYYYMMDDhhmmss, every ten minutes. */
const pointFile = z.record(z.string(), slot);
const latestTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/);
const radarTimes = z.array(z.looseObject({ basetime: z.string().regex(/^\d{14}$/), validtime: z.string() })).max(500);

interface Station extends Place {
  id: string;
  name: string;
  nameJa: string;
  sunshine: Site["sunshine"];
}

const hour = 3_600_000;
const tenMinutes = 600_000;
const japan = 9 * hour;
const tableFreshFor = 24 * hour;
/** Showers are smaller than the distance to a station farther away. */
const farthestKm = 50;

/** 2026-11-24T06:10:00Z → 20261124151000 */
const stamp = (time: number) => new Date(time + japan).toISOString().replaceAll(/[-:T]|\..*/g, "");
/** Three hours are a file, which is named after the first: 20261124_15 */
const fileOf = (time: number) => {
  const text = stamp(Math.floor((time + japan) / (3 * hour)) * 3 * hour - japan);
  return `${text.slice(0, 8)}_${text.slice(8, 10)}`;
};

export function createJma(options: { origin?: string; now: () => Date; timeout?: number }): WeatherProvider {
  const { origin = jmaOrigin, now } = options;
  const client = createClient({ name, origin, ...(options.timeout ? { timeout: options.timeout } : {}) });
  let stations: { list: Station[]; at: number } | undefined;
  /** Names that were not there. The CDN keeps a 404 for everybody: they are left alone until a new time is announced. */
  const absent = { until: "", files: new Set<string>() };

  const get = async (path: string, signal: AbortSignal): Promise<Answer> => {
    const answer = await client.get(path, {}, signal);
    if (answer.status === 429) throw new ProviderError("quota", `${name} answered 429.`);
    if (answer.status !== 200 && answer.status !== 404)
      throw new ProviderError("unreachable", `${name} answered ${answer.status}.`);
    return answer;
  };
  const read = <T>(schema: z.ZodType<T>, { status, json }: Pick<Answer, "status" | "json">): T => {
    const result = schema.safeParse(json);
    if (status === 200 && result.success) return result.data;
    throw new ProviderError("garbage", `${name} answered something else than its files were.`, {
      cause: result.error,
    });
  };

  async function stationList(signal: AbortSignal): Promise<Station[]> {
    if (stations && now().getTime() - stations.at < tableFreshFor) return stations.list;
    const table = read(stationTable, await get("/bosai/amedas/const/amedastable.json", signal));
    const list = Object.entries(table).flatMap(([id, entry]): Station[] => {
      const station = stationEntry.safeParse(entry).data;
      if (!stationId.test(id) || !station || station.elems[1] !== "1" || station.elems[4] === "0") return [];
      const { lat, lon, kjName: nameJa, enName, elems } = station;
      return [{ id, lat, lon, name: enName, nameJa, sunshine: elems[4] === "1" ? "measured" : "estimated" }];
    });
    if (list.length === 0) throw new ProviderError("garbage", `${name} answered without stations.`);
    stations = { list, at: now().getTime() };
    return list;
  }

  async function newest(signal: AbortSignal): Promise<number> {
    const { status, text } = await get("/bosai/amedas/data/latest_time.txt", signal);
    const said = read(latestTime, { status, json: text.trim() });
    if (absent.until !== said) {
      absent.until = said;
      absent.files.clear();
    }
    return new Date(said).getTime();
  }

  async function slots(site: Site, file: string, signal: AbortSignal): Promise<[string, Slot][]> {
    const path = `/bosai/amedas/data/point/${site.key}/${file}.json`;
    if (absent.files.has(path)) return [];
    const answer = await get(path, signal);
    if (answer.status === 404) {
      absent.files.add(path);
      return [];
    }
    return Object.entries(read(pointFile, answer));
  }

  return {
    name: "jma",
    attribution: attributions.jma,
    freshFor: 300,
    site: async (place, signal) => {
      const near = (await stationList(signal))
        .map((station) => ({ station, km: distanceKm(place, station) }))
        .toSorted((a, b) => a.km - b.km)[0];
      if (!near || near.km > farthestKm)
        throw new ProviderError("unknown-place", `${name} has no station within ${farthestKm} km.`);
      const { id, lat, lon, name: station, nameJa, sunshine } = near.station;
      return { key: id, lat, lon, station: { name: station, nameJa }, sunshine };
    },
    // File names come from the time that JMA announces, never from a clock of ours.
    observed: async (site, signal) => {
      const latest = await newest(signal);
      const files = [fileOf(latest - 3 * hour), fileOf(latest)];
      const known = new Map((await Promise.all(files.map((file) => slots(site, file, signal)))).flat());
      // A station may be late by a slot or two.
      const newestHour = [0, 1, 2]
        .map((late) => hourEndingAt(latest - late * tenMinutes, known))
        .find(({ values }) => Object.keys(values).length > 0);
      const end = newestHour?.at.getTime() ?? latest;
      return hoursOf(
        [0, 1, 2, 3].map((ago) => hourEndingAt(end - ago * hour, known)),
        name,
      );
    },
    radar: async (signal) => {
      const times = read(radarTimes, await get("/bosai/jmatile/data/nowc/targetTimes_N1.json", signal));
      const frames = times
        .filter(({ basetime, validtime }) => basetime === validtime)
        .map(({ basetime }) => ({
          at: timeOf(basetime),
          tiles: `${jmaOrigin}/bosai/jmatile/data/nowc/${basetime}/none/${basetime}/surf/hrpns/{z}/{x}/{y}.png`,
        }))
        .toSorted((a, b) => a.at.getTime() - b.at.getTime());
      return { frames, minZoom: 4, maxZoom: 10 };
    },
  };
}

/** In UTC, unlike those of the stations. */
function timeOf(text: string): Date {
  const [, year, month, day, hours, minutes, seconds] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)?.map(Number) ?? [];
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hours, minutes, seconds));
}

const good = (value: Slot["temp"]): number | undefined => (value?.[1] === 0 ? (value[0] ?? undefined) : undefined);

function hourEndingAt(time: number, slots: Map<string, Slot>): Hour {
  const at = slots.get(stamp(time));
  const six = [0, 1, 2, 3, 4, 5].map((index) => slots.get(stamp(time - index * tenMinutes)));
  /** Some stations give ten minutes only. */
  const sum = (name: "precipitation10m" | "sun10m"): number | undefined => {
    const parts = six.map((slot) => good(slot?.[name]));
    return parts.every((part) => part !== undefined) ? parts.reduce((total, part) => total + part, 0) : undefined;
  };
  const sunMinutes = sum("sun10m");
  const metres = good(at?.visibility);
  return {
    at: new Date(time),
    values: plausible({
      temperature_c: good(at?.temp),
      humidity_pct: good(at?.humidity),
      pressure_hpa: good(at?.normalPressure),
      rain_mm: good(at?.precipitation1h) ?? sum("precipitation10m"),
      sunshine_h: good(at?.sun1h) ?? (sunMinutes === undefined ? undefined : sunMinutes / 60),
      visibility_km: metres === undefined ? undefined : metres / 1000,
      wind_speed_ms: good(at?.wind),
    }),
  };
}
