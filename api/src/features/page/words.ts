// What the page says: as text, which becomes markup elsewhere. In English and Japanese: the files beside this one.
import type { Language } from "../../http/problems.ts";
import type { Gate } from "../predictions/ml.ts";
import type { Quantity } from "../weather/weather.ts";
import type { NoWeather } from "./content.ts";

/** How likely, from the least to the most: the probability that each begins at. */
export const bands = [0, 0.01, 0.05, 0.2, 0.5] as const;

export interface Words {
  language: Language;
  name: string;
  /** Below an icon. */
  shortName: string;
  description: string;
  skip: string;
  /** This language, for whoever reads the other one. */
  languageName: string;
  languages: string;
  shiojiri: string;
  /** Between the entries of a list. */
  comma: string;
  /** Degrees, rounded; south and west are negative. */
  placeAt: (lat: number, lon: number) => string;
  /** A time with its day, which is Japan's. */
  asOf: (time: string) => string;
  refresh: string;
  offline: string;

  verdicts: {
    /** One for each band. */
    chance: readonly [string, string, string, string, string];
    shut: Record<Exclude<Gate, "open">, string>;
    noWeather: string;
    unknown: string;
  };
  /** Beside the usual: the times it is, where that is more; in words where it is less. */
  comparedWithUsual: Record<"farBelow" | "below" | "about", (usual: string) => string>;
  timesUsual: (times: string, usual: string) => string;
  usualOnly: (usual: string) => string;
  noUsual: Record<Exclude<Gate, "open">, string>;
  mlAway: string;
  noChance: string;

  ownPlace: {
    button: string;
    back: string;
    privacy: string;
    asking: string;
    refused: string;
    unavailable: string;
  };

  picture: string;
  legend: { open: string; shut: string };
  directions: readonly [string, string, string, string, string, string, string, string];
  compass: readonly [string, string, string, string, string, string, string, string];
  /** On the picture. */
  lookLabel: (direction: string, top: string) => string;

  look: string;
  lookTo: (azimuth: string, top: string) => string;
  /** A fist at arm's length is about ten degrees wide. */
  fists: (fists: number) => string;
  sunBehind: (direction: string, azimuth: string, elevation: string) => string;
  sunAt: (direction: string, azimuth: string, elevation: string) => string;
  sunBelow: (elevation: string) => string;
  noLook: Record<Exclude<Gate, "open">, string>;
  lowSunAt: (times: string) => string;
  noLowSun: string;

  week: string;
  weekColumns: readonly [string, string];
  never: string;
  aboutWeek: string;

  weather: string;
  none: Record<NoWeather, string>;
  quantities: Partial<Record<Quantity, string>>;
  estimated: string;
  minutes: (minutes: string) => string;
  octas: (octas: string) => string;
  measuredAt: (station: string, km: string) => string;
  modelledAt: (km: string) => string;
  observed: (time: string, minutesAgo: number) => string;
  stale: string;
  terms: string;

  ahead: string;
  aheadColumns: readonly [string, string];
  permit: (permit: string) => string;
  noAhead: string;

  map: {
    title: string;
    about: (days: number) => string;
    look: string;
    zoomIn: string;
    zoomOut: string;
    photo: string;
    failed: string;
  };

  sightings: string;
  sightingCount: (count: number, days: number, km: number) => string;
  sighting: (sighting: { time: string; where: string; km: string }) => string;
  brightness: (intensity: number) => string;
  doubleBow: string;
  photo: (time: string) => string;
  roundedPlaces: string;
  noSightings: string;

  chance: string;
  aboutChance: string;
  services: string;
  columns: readonly [string, string, string];
  healthy: string;
  away: string;
  database: string;
  weatherService: string;
  noWeatherService: string;
  links: string;
}
