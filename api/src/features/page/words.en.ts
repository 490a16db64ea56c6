// English.
import type { Words } from "./words.ts";

const side = (degrees: number, [positive, negative]: [string, string]) =>
  `${Math.abs(degrees).toFixed(2)}° ${degrees < 0 ? negative : positive}`;
const ago = (minutes: number) => (minutes === 1 ? "1 minute ago" : `${minutes} minutes ago`);

export const en: Words = {
  language: "en",
  name: "Rainbow Seeker",
  shortName: "Rainbow",
  description: "Whether there is a chance of a rainbow in Shiojiri now, and where to look for it.",
  skip: "To the answer",
  languageName: "English",
  languages: "Language",
  shiojiri: "Shiojiri",
  comma: ", ",
  placeAt: (lat, lon) => `${side(lat, ["N", "S"])}, ${side(lon, ["E", "W"])}`,
  asOf: (time) => `${time}, Japan time`,
  refresh: "Refresh",
  offline: "There is no network. This is the page as it was at the time below.",

  verdicts: {
    chance: [
      "A rainbow is very unlikely now",
      "A small chance of a rainbow now",
      "A fair chance of a rainbow now",
      "A good chance of a rainbow now",
      "A rainbow is likely now: look!",
    ],
    shut: { night: "No rainbow now: it is night", "sun-too-high": "No rainbow now: the sun is too high" },
    noWeather: "The sun is low enough for a rainbow; the weather is not known",
    unknown: "The chance of a rainbow is not known at the moment",
  },
  comparedWithUsual: {
    farBelow: (usual) => `far below the usual ${usual}`,
    below: (usual) => `below the usual ${usual}`,
    about: (usual) => `about the usual ${usual}`,
  },
  timesUsual: (times, usual) => `${times} times the usual ${usual}`,
  usualOnly: (usual) => `${usual} is usual with the sun as low as this, whatever the weather.`,
  noUsual: {
    night: "A rainbow needs the sun.",
    "sun-too-high": "With the sun above 42°, a bow lies below the horizon.",
  },
  mlAway: "The service that works out sun and chance does not answer. Everything else is shown.",
  noChance: "The chance in this weather could not be worked out in time.",

  ownPlace: {
    button: "At my place",
    back: "Back to Shiojiri",
    privacy: "Your position is rounded to about 1 km before it is sent.",
    asking: "Asking your device for its position…",
    refused: "Your position was not shared, which is fine. The page stays with the place that it shows.",
    unavailable: "Your device could not find its position. The page stays with the place that it shows.",
  },

  picture: "The sky",
  legend: {
    open: "The bow is where one stands if there is rain opposite the sun. Yellow: the sun's path today while it is low enough for a bow.",
    shut: "Yellow: the sun's path today while it is low enough for a bow.",
  },
  directions: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
  compass: ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"],
  lookLabel: (direction, top) => `${direction}, up to ${top}°`,

  look: "Where to look",
  lookTo: (azimuth, top) => `Azimuth ${azimuth}°, from the horizon up to ${top}° high`,
  fists: (fists) =>
    fists < 1 ? "less than a fist at arm's length" : `about ${fists} ${fists === 1 ? "fist" : "fists"} at arm's length`,
  sunBehind: (direction, azimuth, elevation) =>
    `Turn your back to the sun: it stands ${elevation}° high in the ${direction} (${azimuth}°).`,
  sunAt: (direction, azimuth, elevation) => `The sun stands ${elevation}° high in the ${direction} (${azimuth}°).`,
  sunBelow: (elevation) => `The sun is ${elevation}° below the horizon.`,
  noLook: { night: "Nowhere at night", "sun-too-high": "Nowhere while the sun is above 42°" },
  lowSunAt: (times) => `Today the sun is low enough for a rainbow (3° to 42°) at these times: ${times}.`,
  noLowSun: "Today the sun is not between 3° and 42° high at any time.",

  week: "When the sun is low enough",
  weekColumns: ["Day", "Sun between 3° and 42°"],
  never: "at no time",
  aboutWeek: "By the sun alone, for seven days. A rainbow also needs rain opposite the sun.",

  weather: "The weather",
  none: {
    "not-available": "No weather service is connected here.",
    "no-weather-there": "The weather service has no weather of this place.",
    "too-many-requests": "Many places were asked for from your address. In a minute, their weather is shown again.",
    "weather-unavailable": "The weather service does not answer at the moment.",
  },
  quantities: {
    rain_mm: "Rain in an hour",
    sunshine_h: "Sunshine in an hour",
    cloud_octas: "Clouds",
    temperature_c: "Temperature",
    humidity_pct: "Humidity",
    wind_speed_ms: "Wind",
  },
  estimated: "estimated",
  minutes: (minutes) => `${minutes} min`,
  octas: (octas) => `${octas} of 8`,
  measuredAt: (station, km) => `Measured in ${station}, ${km} km away`,
  modelledAt: (km) => `Computed by a weather model for a point ${km} km away`,
  observed: (time, minutes) => `at ${time}, ${ago(minutes)}`,
  stale: "A newer value could not be had yet.",
  terms: "terms",

  ahead: "The hours to come",
  aheadColumns: ["Hour", "Chance of a rainbow"],
  permit: (permit) => `Forecast under the permit of the Japan Meteorological Agency: ${permit}`,
  noAhead: "Not available at the moment.",

  map: {
    title: "Map",
    about: (days) => `What was seen in the last ${days} days, to about 1 km, and the direction of a bow.`,
    look: "Look here",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    photo: "Photo of the rainbow",
    failed: "The map cannot be shown at the moment.",
  },

  sightings: "Seen nearby",
  sightingCount: (count, days, km) =>
    count === 0
      ? `No rainbow was reported within ${km} km in the last ${days} days.`
      : `${count} ${count === 1 ? "rainbow was" : "rainbows were"} reported within ${km} km in the last ${days} days.`,
  sighting: ({ time, where, km }) => `${time}, ${where} (${km} km away)`,
  brightness: (intensity) => `brightness ${intensity} of 5`,
  doubleBow: "double",
  photo: (time) => `Photo of ${time}`,
  roundedPlaces: "Places are rounded to about 1 km.",
  noSightings: "Sightings cannot be read at the moment.",

  chance: "What the chance means",
  aboutChance:
    "It is the chance of rain and sunshine within one hour, with the sun between 0° and 42° high: what a rainbow needs. " +
    "The model was trained in the Netherlands and is not validated in Japan, so the comparison with the usual says more than the percentage.",
  services: "What runs",
  columns: ["Part", "Version", "State"],
  healthy: "answers",
  away: "does not answer",
  database: "database",
  weatherService: "weather",
  noWeatherService: "not connected",
  links: "For programs",
};
