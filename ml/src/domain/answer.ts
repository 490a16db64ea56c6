// What the model's number means under the sky of that hour.
import type { SunPosition } from "./sun.ts";

/** A primary bow stands 42 degrees round the point opposite the sun: with the sun higher it lies below the horizon. */
const maxElevation = 42;

export interface Look {
  /** Degrees from north, clockwise: the direction to look in. */
  azimuth: number;
  /** Degrees above the horizon of the top of the bow. */
  top_elevation: number;
}

export const gates = ["open", "night", "sun-too-high"] as const;
export type Gate = (typeof gates)[number];

export function gateOf(sun: Pick<SunPosition, "elevation">): Gate {
  if (sun.elevation <= 0) return "night";
  return sun.elevation > maxElevation ? "sun-too-high" : "open";
}

/** Where a bow would stand on flat ground; undefined when the gate is shut. */
export function lookFor(sun: SunPosition): Look | undefined {
  if (gateOf(sun) !== "open") return undefined;
  return { azimuth: round((sun.azimuth + 180) % 360), top_elevation: round(maxElevation - sun.elevation) };
}

/** Two decimals: more would pretend to know. */
export function round(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}
