// The sun's way through a day, and the times at which it stands where a bow is possible.
import { gateOf } from "./answer.ts";
import { sunPosition, type SunPosition } from "./sun.ts";

export interface Window {
  from: Date;
  to: Date;
}

/** Below it hills hide the sun nearly everywhere, and its light is weak. */
const lowestUseful = 3;
const step = 300_000;
const precision = 1000;

/** Every five minutes from `from` for `hours`, both ends included. */
export function sunPath(from: Date, hours: number, lat: number, lon: number): (SunPosition & { at: Date })[] {
  const steps = (hours * 3_600_000) / step;
  return Array.from({ length: steps + 1 }, (_, index) => new Date(from.getTime() + index * step)).map((at) => ({
    at,
    ...sunPosition(at, lat, lon),
  }));
}

/** Times with the sun between 3 and 42 degrees, to the second; those at the ends of the period are cut there. */
export function bowWindows(from: Date, hours: number, lat: number, lon: number): Window[] {
  const possible = (at: Date) => {
    const sun = sunPosition(at, lat, lon);
    return sun.elevation >= lowestUseful && gateOf(sun) === "open";
  };
  const windows: Window[] = [];
  let opened = possible(from) ? from : undefined;
  let previous = from;
  for (const { at } of sunPath(from, hours, lat, lon).slice(1)) {
    if (possible(at) !== (opened !== undefined)) {
      const change = changeBetween(previous, at, possible);
      if (opened) windows.push({ from: opened, to: change });
      opened = opened ? undefined : change;
    }
    previous = at;
  }
  if (opened) windows.push({ from: opened, to: previous });
  return windows;
}

/** When the condition changes: it holds at one of the two times and not at the other. */
function changeBetween(early: Date, late: Date, condition: (at: Date) => boolean): Date {
  let [low, high] = [early.getTime(), late.getTime()];
  const before = condition(early);
  while (high - low > precision) {
    const middle = (low + high) / 2;
    if (condition(new Date(middle)) === before) low = middle;
    else high = middle;
  }
  return new Date(Math.round(high / precision) * precision);
}
