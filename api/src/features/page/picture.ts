// The sky of a place as an SVG: where the sun stands and goes today, and the bow opposite to it. A panorama:
// horizontally the azimuth, vertically the elevation, both with the same scale. On a narrow screen the half with the bow
// is in view, which is the one to look at.
import type { Look, Sky, SunPosition } from "../predictions/ml.ts";
import type { CurrentAnswer } from "../weather/answers.ts";
import { bowPoints, bowRadius, lines, middleOf, octant, type Point, turn } from "./geometry.ts";
import { cloudsOf, type Frame, landscape, lightAt, rainOf, skyBehind } from "./landscape.ts";
import { label, words } from "./labels.ts";
import { markup, type Markup } from "./markup.ts";
import type { Words } from "./words.ts";

/** Degrees from edge to edge: a bow is 85 broad and stands 180 from the sun. */
const span = 270;
const width = 900;
const scale = width / span;
const ground = 46;
/** A primary bow: red outside at 42.4 degrees, violet inside. Three times as broad as it is, to be seen on a phone. */
const colours = ["#e5383b", "#f3722c", "#f9c74f", "#43aa8b", "#277da1", "#6a4c93"];
const bandWidth = 1.1;
const threeHours = 3 * 3_600_000;

export interface PictureParts {
  sky: Sky;
  /** What is known of the weather there. */
  values: CurrentAnswer["values"];
  /** Undefined where it is not known. */
  probability: number | undefined;
  /** Degrees north. */
  latitude: number;
  description: string;
  words: Pick<Words, "picture" | "directions" | "lookLabel">;
  /** Writes an instant as the clock of the place does. */
  time: (at: string) => string;
}

/** The azimuth in the middle of the picture. */
function middleFor(sky: Sky, latitude: number): number {
  if (sky.look) return middleOf(sky.sun);
  if (sky.gate === "sun-too-high") return sky.sun.azimuth;
  return latitude < 0 ? 0 : 180;
}

function frameFor({ sky, latitude }: PictureParts): Frame {
  const highest = Math.max(...sky.path.map(({ elevation }) => elevation), 0) + 14;
  // The noon of a summer's day may be cut off while a bow is lower; the sun itself never.
  const degrees = Math.min(Math.max(50, highest), Math.max(62, sky.sun.elevation + 14));
  const horizon = degrees * scale;
  const left = turn(middleFor(sky, latitude) - span / 2);
  const side = !sky.look ? "middle" : turn(sky.look.azimuth - left) < span / 2 ? "left" : "right";
  return { width, horizon, height: horizon + ground, left, scale, side };
}

const alignments = { left: "xMinYMax", middle: "xMidYMax", right: "xMaxYMax" } as const;

export function skyPicture(parts: PictureParts): Markup {
  const { sky, values, description } = parts;
  const frame = frameFor(parts);
  const { height, side } = frame;
  const light = lightAt(sky.sun.elevation);
  return markup`<svg viewBox="0 0 ${width} ${height.toFixed(0)}" preserveAspectRatio="${alignments[side]} slice" role="img" aria-labelledby="sky-title sky-description" xmlns="http://www.w3.org/2000/svg">
<title id="sky-title">${parts.words.picture}</title><desc id="sky-description">${description}</desc>
${skyBehind(frame, light, sky.sun.elevation)}
${cloudsOf(values, frame)}
${sunPath(parts, frame)}
${sky.look && rainOf(values, frame, pointIn(frame, { ...sky.look, elevation: 0 }).x)}
${sky.look && bow(parts, frame)}
${landscape(frame, light)}
${compass(parts.words.directions, frame)}
${sky.look && pointer(sky.look, parts, frame)}
</svg>`;
}

const pointIn = ({ left, horizon }: Frame, { azimuth, elevation }: SunPosition): Point => ({
  x: turn(azimuth - left) * scale,
  y: horizon - elevation * scale,
});

/** The sun, and its path above the horizon: dotted, broad where it is low enough for a bow, with a clock. */
function sunPath({ sky, time }: PictureParts, frame: Frame): Markup {
  const place = (at: SunPosition) => pointIn(frame, at);
  const above = sky.path.filter(
    ({ elevation, at }) => elevation >= 0 && new Date(at).getTime() % (threeHours / 12) === 0,
  );
  const low = above.filter(({ at }) => sky.windows.some(({ from, to }) => at >= from && at <= to));
  const isUp = sky.sun.elevation > 0;
  const sun = place(sky.sun);
  const clocks = above
    .filter(({ at }) => new Date(at).getTime() % threeHours === 0)
    .map((point) => ({ ...place(point), text: time(point.at) }))
    .filter(({ x, y }) => x > 34 && x < width - 34 && y > 42)
    .filter(({ x, y }) => !isUp || Math.hypot(x - sun.x, y - sun.y) > 60);
  const line = (name: string, stroke: Markup) => (d: string) =>
    markup`<path class="${name}" d="${d}" fill="none" ${stroke} stroke-linecap="round"/>
`;
  const broad = line("window", markup`stroke="#ffd166" stroke-width="13" stroke-opacity=".8"`);
  const dotted = line("path", markup`stroke="#7a5c00" stroke-width="2.5" stroke-dasharray="1 8"`);
  return markup`${lines(low.map(place), 40).map(broad)}${lines(above.map(place), width / 4).map(dotted)}${isUp && sunDisc(sun)}
${clocks.map(({ x, y, text }) => label(text, { x, y: y - 26 }, frame))}`;
}

function sunDisc({ x, y }: Point): Markup {
  const at = markup`cx="${x.toFixed(1)}" cy="${y.toFixed(1)}"`;
  return markup`<circle ${at} r="46" fill="url(#glow)"/>
<circle class="sun" ${at} r="13" fill="#fff3b0" stroke="#e09f3e" stroke-width="3"/>`;
}

/** The likelier, the clearer. */
function bow({ sky, probability }: PictureParts, frame: Frame): Markup {
  const opacity = 0.55 + 0.4 * Math.min((probability ?? 0) / 0.3, 1);
  const broad = (bandWidth * scale + 0.4).toFixed(1);
  const bands = colours.flatMap((colour, index) => {
    const points = bowPoints(sky.sun, bowRadius - index * bandWidth);
    // Of so fine a line every second point is enough, and the ends.
    const fewer = points.filter((_, point) => point % 2 === 0 || point === points.length - 1);
    return lines(
      fewer.map((point) => pointIn(frame, point)),
      60,
    ).map(
      (d) => markup`<path class="bow" d="${d}" stroke="${colour}" stroke-width="${broad}"/>
`,
    );
  });
  return markup`<g class="bows" fill="none" opacity="${opacity.toFixed(2)}">
${bands}</g>`;
}

function compass(directions: Words["directions"], frame: Frame): Markup {
  const { horizon, left, height } = frame;
  const at = (azimuth: number) => turn(azimuth - left) * scale;
  const marks = Array.from({ length: 24 }, (_, index) => at(index * 15))
    .filter((x) => x <= width)
    .map((x) => `M${x.toFixed(1)} ${horizon.toFixed(1)}v8`);
  const names = directions
    .map((name, index) => ({ name, x: at(index * 45) }))
    .filter(({ x }) => x > 16 && x < width - 16)
    .map(({ name, x }) => words(name, { x, y: height - 12 }, frame));
  return markup`<path d="${marks.join("")}" stroke="#fff" stroke-width="1.5" opacity=".7"/>
${names}`;
}

/** Where to look: an arrow on the horizon, and how high above it the bow is. */
function pointer({ azimuth, top_elevation }: NonNullable<Look>, parts: PictureParts, frame: Frame): Markup {
  const { x, y } = pointIn(frame, { azimuth, elevation: 0 });
  const top = pointIn(frame, { azimuth, elevation: top_elevation }).y;
  const direction = parts.words.directions[octant(azimuth)] ?? "";
  const text = parts.words.lookLabel(direction, top_elevation.toFixed(0));
  const plumb = `M${x.toFixed(1)} ${y.toFixed(1)}V${Math.min(top + 26, y).toFixed(1)}`;
  const arrow = `M${x.toFixed(1)} ${(y - 3).toFixed(1)}l-11 17h22z`;
  return markup`<path d="${plumb}" stroke="#fff" stroke-width="1.5" stroke-dasharray="3 5"/>
<path class="look" d="${arrow}" fill="#ffd166" stroke="#1b263b" stroke-width="1.5"/>
${label(text, { x, y: Math.max(top - 20, 18) }, frame)}`;
}
