// What is around the sun and the bow in the picture: light, clouds, rain, stars, mountains. It is drawn, not measured.
import type { CurrentAnswer } from "../weather/answers.ts";
import { markup, type Markup } from "./markup.ts";

type Values = CurrentAnswer["values"];

interface Light {
  /** Of the sky, from the top to the horizon. */
  sky: readonly [string, string, string];
  mountains: string;
  hills: string;
  ground: string;
}

/** By the height of the sun: from which on each begins. */
const lights: readonly [number, Light][] = [
  [14, { sky: ["#2f74b5", "#7fb2dc", "#dcebf3"], mountains: "#7d98b3", hills: "#4f7a4a", ground: "#23452c" }],
  [0, { sky: ["#3b6a9e", "#a9b9cf", "#f6d9a8"], mountains: "#8a86a3", hills: "#56703f", ground: "#29402a" }],
  [-8, { sky: ["#141c40", "#4a3f73", "#c4776a"], mountains: "#3a3560", hills: "#232a3c", ground: "#121a26" }],
  [-90, { sky: ["#070b1f", "#101a3d", "#22315f"], mountains: "#1a2347", hills: "#101733", ground: "#0a0f22" }],
];

export const lightAt = (elevation: number): Light => (lights.find(([from]) => elevation >= from) ?? lights[3]!)[1];

export interface Frame {
  width: number;
  /** Of the view box, where the ground begins. */
  horizon: number;
  height: number;
  /** Azimuth of the left edge. */
  left: number;
  /** Of the view box for one degree. */
  scale: number;
  /** What a narrow screen shows of it. */
  side: "left" | "middle" | "right";
}

/** The same for a place in the picture each time: neither page nor test should differ from the one before. */
const noise = (index: number) => Math.abs((Math.sin(index * 127.1 + 11.7) * 43_758.5453) % 1);

export function skyBehind({ width, height }: Frame, light: Light, elevation: number): Markup {
  const [top, middle, bottom] = light.sky;
  const stop = (offset: number, colour: string, opacity = 1) =>
    markup`<stop offset="${offset}" stop-color="${colour}" stop-opacity="${opacity}"/>`;
  return markup`<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">${stop(0, top)}${stop(0.6, middle)}${stop(0.9, bottom)}</linearGradient>
<radialGradient id="glow">${stop(0, "#fff6d5", 0.9)}${stop(1, "#fff6d5", 0)}</radialGradient>
</defs>
<rect width="${width}" height="${height.toFixed(0)}" fill="url(#sky)"/>
${elevation < -6 && stars(width, height)}`;
}

function stars(width: number, height: number): Markup {
  const dots = Array.from({ length: 70 }, (_, index) => {
    const [x, y] = [noise(index) * width, noise(index + 100) * height * 0.75];
    return `M${x.toFixed(0)} ${y.toFixed(0)}h0`;
  });
  const stroke = markup`stroke="#e9edff" stroke-width="1.8" stroke-linecap="round"`;
  return markup`<path class="stars" d="${dots.join("")}" ${stroke} opacity=".8"/>`;
}

/** The more clouds, the greyer. */
export function cloudsOf({ cloud_octas: octas = 0 }: Values, { width, horizon }: Frame): Markup | undefined {
  if (octas < 2) return undefined;
  const ellipses = Array.from({ length: Math.round(octas) + 2 }, (_, index) => {
    const [x, y] = [noise(index + 300) * width, horizon * (0.12 + noise(index + 400) * 0.3)];
    const [rx, ry] = [60 + noise(index + 500) * 70, 9 + noise(index + 600) * 9];
    return markup`<ellipse cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" rx="${rx.toFixed(0)}" ry="${ry.toFixed(0)}"/>`;
  });
  const grey = markup`fill="#5b6675" opacity="${(octas * 0.04).toFixed(2)}"`;
  return markup`<rect width="${width}" height="${horizon.toFixed(0)}" ${grey}/>
<g class="clouds" fill="#eef1f5" opacity=".5">${ellipses}</g>`;
}

/** Opposite the sun, where a bow needs it: `middle` of the view box. */
export function rainOf({ rain_mm: rain = 0 }: Values, { horizon, scale }: Frame, middle: number): Markup | undefined {
  if (rain <= 0) return undefined;
  const drops = Array.from({ length: 90 }, (_, index) => {
    const x = middle + (noise(index + 700) - 0.5) * 90 * scale;
    const y = horizon * (0.2 + noise(index + 800) * 0.75);
    return `M${x.toFixed(0)} ${y.toFixed(0)}l-3 11`;
  });
  return markup`<path class="rain" d="${drops.join("")}" stroke="#eaf4ff" stroke-width="1.2" opacity=".55"/>`;
}

/** Heights in degrees over the azimuth, for a range of mountains: waves that meet again after a full turn. */
function ridge(frame: Frame, heightAt: (azimuth: number) => number): string {
  const { width, horizon, left, scale } = frame;
  const steps = 90;
  const points = Array.from({ length: steps + 1 }, (_, index) => {
    const x = (index * width) / steps;
    const height = heightAt(((left + x / scale) * Math.PI) / 180) * scale;
    return `${x.toFixed(0)} ${(horizon - height).toFixed(1)}`;
  });
  return `M0 ${(horizon + 2).toFixed(0)}L${points.join("L")}L${width} ${(horizon + 2).toFixed(0)}z`;
}

export function landscape(frame: Frame, light: Light): Markup {
  const { width, horizon, height } = frame;
  const mountains = ridge(
    frame,
    (a) => 2.6 + 0.9 * Math.sin(3 * a + 1) + 0.7 * Math.sin(11 * a) + 0.45 * Math.abs(Math.sin(29 * a + 2)),
  );
  const hills = ridge(frame, (a) => 1.1 + 0.5 * Math.sin(5 * a + 2) + 0.25 * Math.sin(17 * a));
  const soil = markup`y="${horizon.toFixed(1)}" width="${width}" height="${(height - horizon).toFixed(1)}"`;
  return markup`<path d="${mountains}" fill="${light.mountains}"/>
<path d="${hills}" fill="${light.hills}"/>
<rect ${soil} fill="${light.ground}"/>`;
}
