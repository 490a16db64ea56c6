// Which hours had a rainbow, from what people reported to api.
import { distanceKm } from "./calibration.ts";

/** Of api's answers: GET /api/sightings. */
export interface Sighting {
  id: string;
  lat: number;
  lon: number;
  seenAt: Date;
  likes: number;
}

const hour = 3_600_000;

/**
 * Times of the given hours in which a sighting near the site was confirmed: liked by others who saw it. Several
 * sightings of one hour are one rainbow.
 *
 * @param ends - of the hours, in milliseconds; an hour begins after the end of the one before
 */
export function hoursWithSightings(options: {
  sightings: readonly Sighting[];
  site: { lat: number; lon: number; radius_km: number };
  ends: readonly number[];
  /** Likes that confirm a sighting. */
  confirmations: number;
}): Set<number> {
  const { sightings, site, ends, confirmations } = options;
  const asked = new Set(ends);
  const near = sightings.filter(
    (sighting) => sighting.likes >= confirmations && distanceKm(site, sighting) <= site.radius_km,
  );
  const found = near.map(({ seenAt }) => Math.ceil(seenAt.getTime() / hour) * hour);
  return new Set(found.filter((end) => asked.has(end)));
}
