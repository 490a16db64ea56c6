// Where the bow stands in the sky, and where things of the sky are in a picture of it. Degrees everywhere.
import type { SunPosition } from "../predictions/ml.ts";

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;
export const turn = (angle: number) => ((angle % 360) + 360) % 360;

/** Which of eight directions, from north clockwise. */
export const octant = (azimuth: number) => Math.round(turn(azimuth) / 45) % 8;

/**
 * Points of a circle of `radius` degrees round the point opposite the sun, as far as they are above the horizon.
 * Destination formula of spherical trigonometry; from the left end of the bow to its right end.
 */
export function bowPoints(sun: SunPosition, radius: number): SunPosition[] {
  const centre = { elevation: radians(-sun.elevation), azimuth: turn(sun.azimuth + 180) };
  const r = radians(radius);
  const points = Array.from({ length: 181 }, (_, index) => radians(index * 2 - 180)).map((bearing) => {
    const elevation = Math.asin(
      Math.sin(centre.elevation) * Math.cos(r) + Math.cos(centre.elevation) * Math.sin(r) * Math.cos(bearing),
    );
    const aside = Math.atan2(
      Math.sin(bearing) * Math.sin(r) * Math.cos(centre.elevation),
      Math.cos(r) - Math.sin(centre.elevation) * Math.sin(elevation),
    );
    return { elevation: degrees(elevation), azimuth: turn(centre.azimuth + degrees(aside)) };
  });
  return points.filter(({ elevation }) => elevation >= 0);
}

/** Of a primary bow: red outside. */
export const bowRadius = 42.4;

/** Half of what a bow spans at the horizon: the circle round the point opposite the sun, cut there. */
export const halfWidth = (elevation: number): number =>
  degrees(Math.acos(Math.cos(radians(bowRadius)) / Math.cos(radians(elevation))));

/** The azimuth in the middle: as far from the sun as from the bow, and of the two that are, the one nearer south. */
export function middleOf(sun: SunPosition): number {
  const [right, left] = [turn(sun.azimuth + 90), turn(sun.azimuth - 90)];
  return Math.abs(right - 180) <= Math.abs(left - 180) ? right : left;
}

export interface Point {
  x: number;
  y: number;
}

/** Path data of the points in order, interrupted where they pass the edge of the panorama or leave points out. */
export function lines(points: Point[], longestStep: number): string[] {
  const pieces: Point[][] = [];
  let piece: Point[] = [];
  for (const point of points) {
    const previous = piece.at(-1);
    if (previous && Math.hypot(point.x - previous.x, point.y - previous.y) < longestStep) piece.push(point);
    else pieces.push((piece = [point]));
  }
  return pieces
    .filter((piece) => piece.length > 1)
    .map((piece) => `M${piece.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`);
}
