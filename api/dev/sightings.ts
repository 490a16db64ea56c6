// Made-up sightings that look like real ones: showers that several people see, near towns, when the sun allows a bow.

export interface Window {
  from: Date;
  to: Date;
}

export interface MadeUpSighting {
  /** Which of the made-up people reports it: 0 and up. */
  person: number;
  lat: number;
  lon: number;
  seenAt: Date;
  intensity: 1 | 2 | 3 | 4 | 5;
  doubleBow: boolean;
  note: string;
}

export const people = 25;

/** Towns around Shiojiri; the weight is roughly proportional to their population. */
const towns = [
  { name: "Shiojiri", lat: 36.115, lon: 137.953, weight: 30 },
  { name: "Matsumoto", lat: 36.238, lon: 137.972, weight: 40 },
  { name: "Azumino", lat: 36.304, lon: 137.906, weight: 15 },
  { name: "Okaya", lat: 36.067, lon: 138.049, weight: 10 },
  { name: "Suwa", lat: 36.039, lon: 138.114, weight: 10 },
  { name: "Tatsuno", lat: 35.982, lon: 137.987, weight: 4 },
  { name: "Asahi", lat: 36.123, lon: 137.867, weight: 2 },
  { name: "Narai", lat: 35.964, lon: 137.812, weight: 2 },
];
/** January to December: showers with sunshine come with summer's thunderstorms and autumn's fronts. */
const months = [2, 2, 4, 6, 8, 10, 14, 16, 14, 10, 7, 3].map((weight, month) => ({ month, weight }));
const intensities = [1, 2, 2, 3, 3, 3, 4, 4, 5] as const;
const notes = [
  "",
  "",
  "",
  "高ボッチの上に",
  "田川の橋から",
  "奈良井川の土手で",
  "ブドウ畑の向こうに",
  "雨上がり、五分ほど",
  "通勤電車の窓から",
  "片側だけ見えた",
  "over the vineyards",
  "gone after two minutes",
  "from the station platform",
  "full arch",
];

const dayLength = 86_400_000;
const showerMinutes = 20;
/** Degrees of latitude in a kilometre. */
const kilometre = 1 / 111.2;

/** The same numbers for the same seed (mulberry32): everyone's database holds the same people and places. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function weighted<T extends { weight: number }>(choices: readonly T[], random: () => number): T {
  let rest = random() * choices.reduce((sum, { weight }) => sum + weight, 0);
  return choices.find(({ weight }) => (rest -= weight) < 0) ?? elementAt(choices, -1);
}

const oneOf = <T>(choices: readonly T[], random: () => number): T =>
  elementAt(choices, Math.floor(random() * choices.length));

function elementAt<T>(elements: readonly T[], index: number): T {
  const element = elements.at(index);
  if (element === undefined) throw new RangeError(`There is no element ${index} of ${elements.length}.`);
  return element;
}

/** A distance in kilometres that is mostly small: the middle of three draws. */
function aside(reach: number, random: () => number): number {
  const draws = [random(), random(), random()].toSorted((a, b) => a - b);
  return (elementAt(draws, 1) - 0.5) * 2 * reach * kilometre;
}

/**
 * `count` sightings of the year before `now`, newest last.
 * @param windowsOf when a bow is possible in the 24 hours from an instant
 */
export async function makeSightings(options: {
  count: number;
  now: Date;
  windowsOf: (from: Date) => Promise<Window[]>;
  random: () => number;
}): Promise<MadeUpSighting[]> {
  const { count, now, windowsOf, random } = options;
  const sightings: MadeUpSighting[] = [];
  while (sightings.length < count) {
    const town = weighted(towns, random);
    const shower = await showerTime({ now, windowsOf, random });
    if (!shower) continue;
    const witnesses = 1 + Math.floor(random() ** 2 * 18);
    const brightness = oneOf(intensities, random);
    for (let index = 0; index < witnesses && sightings.length < count; index += 1) {
      const intensity = Math.min(
        5,
        Math.max(1, brightness + Math.floor(random() * 3) - 1),
      ) as MadeUpSighting["intensity"];
      sightings.push({
        person: Math.floor(random() * people),
        lat: round(town.lat + aside(4, random)),
        lon: round(town.lon + aside(4, random) / Math.cos((town.lat * Math.PI) / 180)),
        seenAt: new Date(shower.from.getTime() + Math.floor(random() * (shower.to.getTime() - shower.from.getTime()))),
        intensity,
        doubleBow: intensity >= 4 && random() < 0.3,
        note: oneOf(notes, random),
      });
    }
  }
  return sightings.toSorted((a, b) => a.seenAt.getTime() - b.seenAt.getTime());
}

/** Some twenty minutes within a window of a day in the year before; undefined when the day has none that is over. */
async function showerTime({
  now,
  windowsOf,
  random,
}: {
  now: Date;
  windowsOf: (from: Date) => Promise<Window[]>;
  random: () => number;
}): Promise<Window | undefined> {
  const { month } = weighted(months, random);
  const daysOfMonth = Array.from({ length: 365 }, (_, ago) => new Date(now.getTime() - (ago + 1) * dayLength)).filter(
    (day) => day.getMonth() === month,
  );
  const windows = await windowsOf(oneOf(daysOfMonth, random));
  if (windows.length === 0) return undefined;
  const { from, to } = oneOf(windows, random);
  const length = Math.min(showerMinutes * 60_000, to.getTime() - from.getTime());
  const begin = from.getTime() + random() * (to.getTime() - from.getTime() - length);
  return { from: new Date(begin), to: new Date(begin + length) };
}

const round = (value: number) => Number(value.toFixed(4));
