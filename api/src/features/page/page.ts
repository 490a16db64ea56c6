// The page as HTML: one document, nothing to load, readable on a phone.
import type { Readiness } from "../operations/readiness.ts";
import type { Prediction, Sky } from "../predictions/ml.ts";
import { skyPicture } from "./picture.ts";
import type { Words } from "./words.ts";

export interface PageContent {
  now: Date;
  readiness: Readiness;
  /** Undefined when ml does not answer. */
  forecast: { sky: Sky; shower: Prediction } | undefined;
}

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "short" });
const time = (at: string) => clock.format(new Date(at));
const percent = (probability: number) => `${(probability * 100).toFixed(1)} %`;

const style = `:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}p{margin:.3rem 0}
svg{width:100%;height:auto;border-radius:.5rem;display:block;margin-top:.8rem}
small{color:GrayText}
.chance{display:flex;flex-wrap:wrap;gap:.3rem 2rem}.chance b{font-size:1.8rem;display:block;line-height:1.2}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem .25rem 0}
th,td{border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}
td:nth-child(2){overflow-wrap:anywhere}.away{color:#c1121f;font-weight:bold}`;

const links = ["version", "ready", "metrics", "api/sightings"]
  .map((path) => `<a href="${path}">${path}</a>`)
  .join(" · ");

export function renderPage(content: PageContent, words: Words): string {
  const { now, forecast, readiness } = content;
  return `<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="60">
<link rel="icon" href="data:,">
<title>${words.title}</title>
<style>${style}</style>
</head>
<body>
<h1>${words.title}</h1>
<p><small>${words.updated(day.format(now))}</small></p>
${forecast ? forecastPart(forecast, now, words) : `<p class="away">${words.mlAway}</p>`}
<h2>${words.services}</h2>
${servicesPart(readiness, words)}
<p><small>${words.links}: ${links}</small></p>
</body>
</html>
`;
}

function forecastPart({ sky, shower }: NonNullable<PageContent["forecast"]>, now: Date, words: Words): string {
  const direction = sky.look && words.compass[Math.round(sky.look.azimuth / 45) % 8];
  const look =
    sky.look && direction
      ? words.lookTo(sky.look.azimuth.toFixed(0), direction, sky.look.top_elevation.toFixed(0))
      : "";
  const state = `${words.sunAt(sky.sun.elevation.toFixed(1), sky.sun.azimuth.toFixed(0))} ${words.gates[sky.gate]}`;
  const next = sky.gate === "open" ? undefined : sky.windows.find(({ from }) => new Date(from) > now);
  const windows = sky.windows.map(({ from, to }) => `${time(from)}–${time(to)}`);
  // The chance is that of the hour to come, in which the gate may open or shut.
  const usual = shower.gate === "open" ? sky.usual_rate : 0;
  const description = `${state} ${look}`.trim();
  const picture = skyPicture(sky, { title: words.picture, description, directions: words.directions }, time);
  const nextWindow = next ? ` · ${words.next(time(next.from))}` : "";
  return `${picture}
<p><small>${words.legend}</small></p>
<h2>${words.now}</h2>
<p>${state} ${look}</p>
<h2>${words.probability}</h2>
<div class="chance">
<p><b id="usual">${percent(usual)}</b>${words.usual}</p>
<p><b id="shower">${percent(shower.probability)}</b>${words.shower}</p>
</div>
<p><small>${words.noWeather}</small></p>
<h2>${words.windows}</h2>
<p id="windows">${windows.length > 0 ? windows.join(", ") : words.noWindow}${nextWindow}</p>`;
}

function servicesPart({ version, checks }: Readiness, words: Words): string {
  const row = (name: string, fullVersion: string, ok: boolean) => {
    const shortVersion = escape(fullVersion.replace(/^([0-9a-f]{12})[0-9a-f]{28}/, "$1"));
    const state = ok ? `<td>${words.healthy}</td>` : `<td class="away">${words.away}</td>`;
    return `<tr><td>${name}</td><td>${shortVersion}</td>${state}</tr>`;
  };
  return `<table><thead><tr>${words.columns.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>
${row("api", version, true)}
${row("ml", checks.ml.version ?? "", checks.ml.ok)}
${row(words.database, "PostgreSQL", checks.database.ok)}
${row(words.cache, "", checks.redis.ok)}
</tbody></table>`;
}
