// What sightings at a site teach: one number that shifts the model's log odds there. The ranking of hours stays as the
// model has it.

export interface SiteCalibration {
  name: string;
  lat: number;
  lon: number;
  radius_km: number;
  /** Added to the log odds. */
  intercept: number;
  /** Hours with a confirmed sighting that the intercept rests on. */
  sightings: number;
  /** Of the hours with an open gate, after the shift: what `times_usual` compares with. */
  usual_rate: number;
}

/** With fewer, chance could be read as a property of the place: the intercept is not used. */
export const fewestSightings = 50;

const earthRadiusKm = 6371;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Along the great circle. */
export function distanceKm(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const half = (one: number, other: number) => Math.sin(radians(other - one) / 2) ** 2;
  const chord = half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lon, b.lon);
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** The nearest site that the place belongs to, if it has sightings enough. */
export function siteOf(
  sites: readonly SiteCalibration[],
  place: { lat: number; lon: number },
): SiteCalibration | undefined {
  return sites
    .filter(({ sightings }) => sightings >= fewestSightings)
    .map((site) => ({ site, distance: distanceKm(site, place) }))
    .filter(({ site, distance }) => distance <= site.radius_km)
    .toSorted((a, b) => a.distance - b.distance)[0]?.site;
}

const leastProbability = 1e-9;

export function logOdds(probability: number): number {
  const inside = Math.min(1 - leastProbability, Math.max(leastProbability, probability));
  return Math.log(inside / (1 - inside));
}

export const shifted = (probability: number, intercept: number) =>
  intercept === 0 ? probability : 1 / (1 + Math.exp(-(logOdds(probability) + intercept)));

const farthest = 10;

/**
 * The intercept with which the probabilities add up to the number of hours that had a rainbow: the maximum of the
 * likelihood for a logistic regression with the model's log odds as its offset.
 *
 * @param expected - hours with a rainbow; at the ends, where no intercept would do, the farthest one is taken
 */
export function fitIntercept(probabilities: readonly number[], expected: number): number {
  const total = (intercept: number) =>
    probabilities.reduce((sum, probability) => sum + shifted(probability, intercept), 0);
  let [low, high] = [-farthest, farthest];
  // Each step halves the distance: 20 / 2^50 is below what a double of this size can tell apart.
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (total(middle) < expected) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
