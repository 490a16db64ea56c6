// The sky over Shiojiri as an SVG: the sun's way today, where it stands, and the bow opposite to it.
// A panorama: horizontally the azimuth, vertically the elevation, both with the same scale.
import type { Sky, SunPosition } from "../predictions/ml.ts";

/** Degrees from edge to edge: a bow is 85 broad and stands 180 from the sun. */
const span = 270;
const width = 900;
/** Pixels of the view box for one degree. */
const scale = width / span;
const ground = 34;
/** A primary bow: red outside at 42.4 degrees, violet inside. Three times as broad as it is, to be seen on a phone. */
const colours = ["#e5383b", "#f3722c", "#f9c74f", "#43aa8b", "#277da1", "#6a4c93"];
const bowRadius = 42.4;
const bandWidth = 1.1;

interface Point {
  x: number;
  y: number;
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;
const turn = (angle: number) => ((angle % 360) + 360) % 360;

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

/** The azimuth in the middle: as far from the sun as from the bow, and of the two that are, the one nearer south. */
export function middleOf(sun: SunPosition): number {
  const [right, left] = [turn(sun.azimuth + 90), turn(sun.azimuth - 90)];
  return Math.abs(right - 180) <= Math.abs(left - 180) ? right : left;
}

export interface PictureWords {
  title: string;
  description: string;
  directions: readonly [string, string, string, string];
}

/** `time` writes an instant as the clock of the place does. */
export function skyPicture(sky: Sky, words: PictureWords, time: (at: string) => string): string {
  const left = (sky.look ? middleOf(sky.sun) : 180) - span / 2;
  const highest = Math.max(...sky.path.map(({ elevation }) => elevation), sky.look ? bowRadius - sky.sun.elevation : 0);
  const horizon = (highest + 14) * scale;
  const height = horizon + ground;
  const place = ({ azimuth, elevation }: SunPosition): Point => ({
    x: turn(azimuth - left) * scale,
    y: horizon - elevation * scale,
  });
  const inWindow = ({ at }: { at: string }) => sky.windows.some(({ from, to }) => at >= from && at <= to);
  const above = sky.path.filter(({ elevation }) => elevation >= 0);
  const day = sky.sun.elevation > 0;

  const line = (name: string, d: string, attributes: string) =>
    `<path class="${name}" d="${d}" fill="none" ${attributes}/>`;

  const parts = [
    gradient(day),
    `<rect width="${width}" height="${height}" fill="url(#sky)"/>`,
    // The windows lie broad and bright under the sun's way.
    ...lines(above.filter(inWindow).map(place)).map((d) =>
      line("window", d, 'stroke="#ffd166" stroke-width="16" stroke-linecap="round" stroke-opacity="0.85"'),
    ),
    ...lines(above.map(place)).map((d) =>
      line("path", d, 'stroke="#7a5c00" stroke-width="3" stroke-dasharray="2 8" stroke-linecap="round"'),
    ),
    ...above
      .filter(({ at }) => new Date(at).getTime() % (3 * 3_600_000) === 0)
      .map((point) => label(place(point), time(point.at), -22, day ? "#1b263b" : "#dfe7fd")),
  ];
  if (sky.look) {
    for (const [index, colour] of colours.entries()) {
      const points = bowPoints(sky.sun, bowRadius - index * bandWidth).map(place);
      const stroke = `stroke="${colour}" stroke-width="${(bandWidth * scale + 0.4).toFixed(1)}"`;
      parts.push(...lines(points).map((d) => line("bow", d, stroke)));
    }
  }
  if (day) {
    const { x, y } = place(sky.sun);
    const colours = 'fill="#fff3b0" stroke="#e09f3e" stroke-width="4"';
    parts.push(`<circle class="sun" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="13" ${colours}/>`);
  }
  parts.push(`<rect y="${horizon.toFixed(1)}" width="${width}" height="${ground}" fill="#386641"/>`);
  for (const [index, name] of words.directions.entries())
    parts.push(label(place({ azimuth: index * 90, elevation: 0 }), name, 26, "#fff"));
  if (sky.look) {
    const { x } = place({ azimuth: sky.look.azimuth, elevation: 0 });
    const arrow = `M${x.toFixed(1)} ${(horizon - 4).toFixed(1)}l-14 -22h28z`;
    parts.push(`<path class="look" d="${arrow}" fill="#fff" stroke="#386641" stroke-width="2"/>`);
  }
  const accessible = 'role="img" aria-labelledby="sky-title sky-description"';
  return `<svg viewBox="0 0 ${width} ${height.toFixed(0)}" ${accessible} xmlns="http://www.w3.org/2000/svg">
<title id="sky-title">${words.title}</title><desc id="sky-description">${words.description}</desc>
${parts.join("\n")}
</svg>`;
}

function gradient(day: boolean): string {
  const [top, bottom] = day ? ["#5b8fb9", "#d6e6ee"] : ["#0b1026", "#2b3a67"];
  const stops = `<stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/>`;
  return `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">${stops}</linearGradient></defs>`;
}

/** Path data of the points in order, interrupted where they pass the edge of the panorama or leave points out. */
function lines(points: Point[]): string[] {
  const longestStep = 40;
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

function label({ x, y }: Point, text: string, dy: number, colour: string): string {
  if (x > width) return "";
  const inside = Math.min(Math.max(x, 38), width - 38);
  const position = `x="${inside.toFixed(1)}" y="${(y + dy).toFixed(1)}"`;
  return `<text ${position} text-anchor="middle" font-size="26" fill="${colour}">${text}</text>`;
}
