// The sun's way through a day, and the times at which it stands where a bow is possible.
import { gateOf } from "./answer.ts";
import { sunElevations, sunPosition, type SunPosition } from "./sun.ts";

export interface Window {
  from: Date;
  to: Date;
}

/** Below it hills hide the sun nearly everywhere, and its light is weak. */
const lowestUseful = 3;
const hour = 3_600_000;
const day = 24 * hour;
const step = 300_000;
const precision = 1000;

/** Every five minutes from `from` for `hours`, both ends included. */
export function sunPath(from: Date, hours: number, lat: number, lon: number): (SunPosition & { at: Date })[] {
  const steps = (hours * hour) / step;
  return Array.from({ length: steps + 1 }, (_, index) => new Date(from.getTime() + index * step)).map((at) => ({
    at,
    ...sunPosition(at, lat, lon),
  }));
}

/** Times with the sun between 3 and 42 degrees, to the second; those at the ends of the period are cut there. */
export function bowWindows(from: Date, hours: number, lat: number, lon: number): Window[] {
  const elevationAt = sunElevations(from, hours, lat, lon);
  const possible = (at: number) => {
    const elevation = elevationAt(at);
    return elevation >= lowestUseful && gateOf({ elevation }) === "open";
  };
  const start = from.getTime();
  const end = start + hours * hour;
  const windows: Window[] = [];
  let opened = possible(start) ? start : undefined;
  for (let at = start; at < end;) {
    const next = Math.min(at + step, end);
    if (possible(next) !== (opened !== undefined)) {
      const change = changeBetween(at, next, possible);
      if (opened !== undefined) windows.push(window(opened, change));
      opened = opened === undefined ? change : undefined;
    }
    at = next;
  }
  if (opened !== undefined) windows.push(window(opened, end));
  return windows;
}

const window = (from: number, to: number): Window => ({ from: new Date(from), to: new Date(to) });

/** When the condition changes: it holds at one of the two times and not at the other. */
function changeBetween(early: number, late: number, condition: (at: number) => boolean): number {
  let [low, high] = [early, late];
  const before = condition(early);
  while (high - low > precision) {
    const middle = (low + high) / 2;
    if (condition(middle) === before) low = middle;
    else high = middle;
  }
  return Math.round(high / precision) * precision;
}

/** Midnight in mean solar time: where a day of the place begins, without time zones. */
export function solarMidnight(at: Date, lon: number): Date {
  const offset = (lon / 360) * day;
  return new Date(Math.round(Math.floor((at.getTime() + offset) / day) * day - offset));
}

/** The windows of the solar day that the time lies in; those of the last places and days are remembered. */
export function createWindowsOfDay(limit = 1000): (at: Date, lat: number, lon: number) => Window[] {
  const remembered = new Map<string, Window[]>();
  return (at, lat, lon) => {
    const midnight = solarMidnight(at, lon);
    const key = `${lat},${lon},${midnight.getTime()}`;
    const known = remembered.get(key);
    if (known) return known;
    const windows = bowWindows(midnight, 24, lat, lon);
    const oldest = remembered.size < limit ? undefined : remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(key, windows);
    return windows;
  };
}
