// What is asked, in schemas: they check each request, and the OpenAPI document is made of them.
import { z } from "zod";
import { leads, type Question } from "../domain/features.ts";
import { dewPointFits, humidityFits, type Rule, sunWasDown } from "../domain/plausibility.ts";

/** What only several values together can break, and which of them is named for it. */
export interface Contradiction {
  path: (string | number)[];
  rule: Rule;
}

/**
 * Looks where single values are wrong, too, so that all problems are named at once: what it is given may be anything.
 * Outside of the schemas, because a check of zod's that may add several problems leaves much memory to collect.
 */
export type FindContradictions = (given: unknown) => Contradiction[];

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const listOf = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
const membersOf = (value: unknown) =>
  (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
const under = (path: (string | number)[], found: Contradiction[]) =>
  found.map((each) => ({ ...each, path: [...path, ...each.path] }));
/** Text where another value was refused. */
const timeOf = (value: unknown): Date | undefined => (value instanceof Date ? value : instant.safeParse(value).data);

const value = (low: number, high: number, description: string) =>
  z.number().min(low).max(high).optional().meta({ description });
const lastHour = "in the hour that ends at `at`";
const values = {
  temperature_c: value(-60, 60, "Air temperature, °C."),
  dew_point_c: value(-60, 60, "Dew point, °C: not above the temperature."),
  humidity_pct: value(0, 100, "Relative humidity, percent."),
  pressure_hpa: value(850, 1100, "Pressure reduced to sea level, hPa."),
  rain_mm: value(0, 200, `Rain ${lastHour}, mm.`),
  rain_duration_h: value(0, 1, `Hours with rain ${lastHour}.`),
  sunshine_h: value(0, 1, `Hours of sunshine ${lastHour}.`),
  cloud_octas: value(0, 8, "Cloud cover, eighths of the sky."),
  visibility_km: value(0, 200, "Visibility, km; more than 10 counts as 10."),
  wind_speed_ms: value(0, 100, "Mean wind, m/s."),
  gust_ms: value(0, 150, "Highest gust, m/s."),
};
const observation = z
  .strictObject(values)
  .meta({ id: "Observation", description: "Values that are not known are left out." });

function inObservation(given: unknown): Contradiction[] {
  const { temperature_c: temperature, dew_point_c: dewPoint, humidity_pct: humidity } = membersOf(given);
  if (!isNumber(temperature) || !isNumber(dewPoint)) return [];
  if (!dewPointFits(temperature, dewPoint)) return [{ path: ["dew_point_c"], rule: "dew-point" }];
  if (!isNumber(humidity) || humidityFits(temperature, dewPoint, humidity)) return [];
  return [{ path: ["humidity_pct"], rule: "humidity" }];
}

const { rain_mm, sunshine_h, cloud_octas, pressure_hpa } = values;
const earlier = z
  .strictObject({ hours_ago: z.int().min(1).max(3), rain_mm, sunshine_h, cloud_octas, pressure_hpa })
  .meta({ id: "EarlierObservation" });

const degrees = (limit: number, direction: string, example: number) =>
  z
    .number()
    .min(-limit)
    .max(limit)
    .meta({ description: `Degrees ${direction}.`, examples: [example] });
export const lat = degrees(90, "north", 36.11);
export const lon = degrees(180, "east", 137.95);

/** For these years the position of the sun is held against others' (test/sun.test.ts). */
const [firstYear, lastYear] = [1900, 2100];
const inYears = (text: string) => Number(text.slice(0, 4)) >= firstYear && Number(text.slice(0, 4)) <= lastYear;
export const instant = z.iso
  .datetime({ offset: true })
  .refine(inYears, { params: { rule: "year" satisfies Rule } })
  .transform((text) => new Date(text))
  .meta({ description: `ISO 8601 with its offset, of the years ${firstYear} to ${lastYear}.` });

const lead_h = z.literal([...leads]).meta({ description: "The hour in question ends so many hours after `at`." });
const hour = 3_600_000;

/** Sunshine of an hour in which the sun was down. */
function nightSunshine(place: Record<string, unknown>, at: Date | undefined, hoursAgo: unknown, values: unknown) {
  const { lat, lon } = place;
  const { sunshine_h: sunshine } = membersOf(values);
  if (!isNumber(lat) || !isNumber(lon) || !at || !isNumber(hoursAgo) || !isNumber(sunshine) || sunshine <= 0) return [];
  if (!sunWasDown(new Date(at.getTime() - hoursAgo * hour), lat, lon)) return [];
  return [{ path: ["sunshine_h"], rule: "sun-below-horizon" as const }];
}

const questionFields = {
  lat,
  lon,
  at: instant,
  lead_h: lead_h.default(1),
  observation,
  history: z.array(earlier).max(3).default([]).meta({ description: "The three hours before." }),
};
export const question = z.strictObject({
  ...questionFields,
  explain: z.boolean().default(false).meta({ description: "Also say what the probability rests on: `factors`." }),
});

export function inQuestion(asked: unknown): Contradiction[] {
  const given = membersOf(asked);
  const at = timeOf(given["at"]);
  const history = listOf(given["history"]).map(membersOf);
  const hours = history.map(({ hours_ago: hoursAgo }) => hoursAgo);
  return [
    ...under(["observation"], inObservation(given["observation"])),
    ...under(["observation"], nightSunshine(given, at, 0, given["observation"])),
    ...history
      .slice(0, 3)
      .flatMap((each, index) => under(["history", index], nightSunshine(given, at, each["hours_ago"], each))),
    ...(new Set(hours).size === hours.length ? [] : [{ path: ["history"], rule: "hours-once" as const }]),
  ];
}

export const mostQuestions = 1000;
export const batch = z.strictObject({
  questions: z
    .array(z.strictObject(questionFields).meta({ id: "Question" }))
    .min(1)
    .max(mostQuestions)
    .meta({ description: "All of them are answered, or none." }),
});

export const inBatch: FindContradictions = (given) =>
  listOf(membersOf(given)["questions"])
    .slice(0, mostQuestions)
    .flatMap((asked, index) => under(["questions", index], inQuestion(asked)));

/** Sixteen days of hours. */
export const mostHours = 384;
/** Ten years of them, for a fit. */
const mostHoursOfFit = 87_672;
const seriesUpTo = (most: number) =>
  z.strictObject({
    lat,
    lon,
    lead_h: lead_h.default(0),
    hours: z
      .array(z.strictObject({ at: instant, observation }))
      .min(1)
      .max(most)
      .meta({
        description: "Observed or forecast weather, in the order of time. Hours of this list are each other's history.",
      }),
  });
export const series = seriesUpTo(mostHours);
export const calibrationSeries = seriesUpTo(mostHoursOfFit);

export function inSeries(weather: unknown): Contradiction[] {
  const given = membersOf(weather);
  const hours = listOf(given["hours"]).slice(0, mostHoursOfFit).map(membersOf);
  const times = hours.map(({ at }) => timeOf(at));
  return hours.flatMap(({ observation }, index): Contradiction[] => {
    const [at, before] = [times[index], times[index - 1]];
    return under(
      ["hours", index],
      [
        ...(at && before && before >= at ? [{ path: ["at"], rule: "times-rise" as const }] : []),
        ...under(["observation"], inObservation(observation)),
        ...under(["observation"], nightSunshine(given, at, 0, observation)),
      ],
    );
  });
}

/** The questions that a series of weather asks: its hours are each other's history where they are 1 to 3 h apart. */
export function questionsOf({ lat, lon, lead_h, hours }: z.output<typeof series>): Question[] {
  const byTime = new Map(hours.map(({ at, observation }) => [at.getTime(), observation]));
  return hours.map(({ at, observation }) => ({
    lat,
    lon,
    at,
    lead_h,
    observation,
    history: [1, 2, 3].flatMap((hours_ago) => {
      const before = byTime.get(at.getTime() - hours_ago * hour);
      if (!before) return [];
      const { rain_mm, sunshine_h, cloud_octas, pressure_hpa } = before;
      return [{ hours_ago, rain_mm, sunshine_h, cloud_octas, pressure_hpa }];
    }),
  }));
}
