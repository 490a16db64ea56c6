// Text on the picture.
import type { Point } from "./geometry.ts";
import type { Frame } from "./landscape.ts";
import { markup, type Markup } from "./markup.ts";

/** Width by height of what a narrow screen shows of the picture. */
export const narrowAspect = 1.5;

/** Roughly, of the view box: what is not Latin is twice as broad. */
const widthOf = (text: string) => [...text].reduce((sum, character) => sum + (character < "\u0100" ? 9.5 : 17), 0);

/** From where to where a narrow screen shows the picture: the side that is to be in view, or the middle. */
function narrowView({ width, height, side }: Frame): [number, number] {
  const broad = Math.min(height * narrowAspect, width);
  const from = side === "left" ? 0 : side === "right" ? width - broad : (width - broad) / 2;
  return [from, from + broad];
}

export function words(text: string, { x, y }: Point, frame: Frame): Markup {
  const [from, to] = narrowView(frame);
  const half = widthOf(text) / 2 + 2;
  const isCut = x - half < from || x + half > to;
  return markup`<text${isCut && markup` class="cut"`} x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="middle" font-size="17" fill="#fff">${text}</text>`;
}

/** On a ground of its own, so that it can be read before every sky. */
export function label(text: string, { x, y }: Point, frame: Frame): Markup {
  const [from, to] = narrowView(frame);
  const broad = widthOf(text) + 20;
  const inside = Math.min(Math.max(x, broad / 2 + 4), frame.width - broad / 2 - 4);
  const isCut = inside - broad / 2 < from || inside + broad / 2 > to;
  const at = markup`x="${(inside - broad / 2).toFixed(1)}" y="${(y - 13).toFixed(1)}" width="${broad.toFixed(1)}"`;
  return markup`<g${isCut && markup` class="cut"`}>
<rect ${at} height="25" rx="12.5" fill="#10182b"/>
${words(text, { x: inside, y: y + 6 }, frame)}
</g>`;
}
