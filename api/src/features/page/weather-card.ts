// The values of the weather, and whom to credit for them.
import type { CurrentAnswer } from "../weather/answers.ts";
import type { Attribution, Quantity } from "../weather/weather.ts";
import { markup, type Markup, webAddress } from "./markup.ts";
import type { Words } from "./words.ts";

/** In the order in which they matter for a rainbow. */
const shown: readonly Quantity[] = [
  "rain_mm",
  "sunshine_h",
  "cloud_octas",
  "temperature_c",
  "humidity_pct",
  "wind_speed_ms",
];

function written(name: Quantity, value: number, words: Words): string {
  switch (name) {
    case "rain_mm":
      return `${value.toFixed(1)} mm`;
    case "sunshine_h":
      return words.minutes((value * 60).toFixed(0));
    case "cloud_octas":
      return words.octas(value.toFixed(0));
    case "temperature_c":
      return `${value.toFixed(1)} °C`;
    case "humidity_pct":
      return `${value.toFixed(0)} %`;
    default:
      return `${value.toFixed(1)} m/s`;
  }
}

/** What is not known is left out. */
export function weatherValues({ values, site }: CurrentAnswer, words: Words): Markup {
  const rows = shown.flatMap((name) => {
    const value = values[name];
    if (value === undefined) return [];
    const isEstimate = name === "sunshine_h" && site.sunshine === "estimated";
    const note = isEstimate && ` (${words.estimated})`;
    return [markup`<dt>${words.quantities[name]}${note}</dt><dd>${written(name, value, words)}</dd>`];
  });
  return markup`<dl>${rows}</dl>`;
}

export function attributionPart({ text, textJa, url, licence }: Attribution, words: Words): Markup {
  const credit = link(url, words.language === "ja" ? textJa : text);
  return markup`<p class="attribution"><small>${credit} (${link(licence, words.terms)})</small></p>`;
}

function link(address: string, text: string): Markup {
  const href = webAddress(address);
  return href === undefined ? markup`${text}` : markup`<a rel="external noopener" href="${href}">${text}</a>`;
}
