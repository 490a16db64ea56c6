// What cannot be, although each value alone could: an answer to it would be a number about no weather. What stations do
// report is let through: rain without duration (a trace), gusts below the mean wind (of another period), sunshine under
// eight octas. The margins were held against 126,000 hours of De Bilt, of which none is refused.
import { sunPosition } from "./sun.ts";

/** Every rule that goes beyond one value's range, with its words. */
export const rules = {
  "dew-point": "cannot be above temperature_c",
  humidity: "contradicts temperature_c and dew_point_c; it is a percentage",
  "sun-below-horizon": "cannot be more than 0: the sun was below the horizon for all of the hour",
  year: "must lie in the years 1900 to 2100",
  "hours-once": "each hours_ago may appear once",
  "times-rise": "must be later than the time of the entry before it",
} satisfies Record<string, string>;
export type Rule = keyof typeof rules;

/** Values are given in tenths, and each may be rounded. */
const rounding = 0.1 + 1e-9;

export const dewPointFits = (temperature: number, dewPoint: number) => dewPoint <= temperature + rounding;

/**
 * Percent. Stations differ from the formula by up to 5, weather services that mix sources by more; a share (0 to 1) in
 * the place of a percentage, or a dew point in other units, differs by far more.
 */
const humidityMargin = 25;

export function humidityFits(temperature: number, dewPoint: number, humidity: number): boolean {
  return [overWater, overIce].some(
    (pressure) => Math.abs((100 * pressure(dewPoint)) / pressure(temperature) - humidity) <= humidityMargin,
  );
}

/**
 * Saturation vapour pressure, hPa, by the Magnus formula with the coefficients of the WMO's guide (WMO-No. 8, volume I,
 * annex 4.B): below 0 °C, services count over water or over ice.
 */
const overWater = (celsius: number) => 6.112 * Math.exp((17.62 * celsius) / (243.12 + celsius));
const overIce = (celsius: number) => 6.112 * Math.exp((22.46 * celsius) / (272.62 + celsius));

/** Degrees: refraction lifts the sun by half of one, and the horizon of a high mountain lies two lower. */
const unseenBelow = -3;
const halfHour = 1_800_000;

/** Whether the sun stood too low all through the hour that ends at `at` for anyone to see it. */
export function sunWasDown(at: Date, lat: number, lon: number): boolean {
  return [0, 1, 2].every(
    (halves) => sunPosition(new Date(at.getTime() - halves * halfHour), lat, lon).elevation < unseenBelow,
  );
}
