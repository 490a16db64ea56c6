// The page as HTML: one document, nothing to load, readable on a phone.
import type { Language } from "../../http/problems.ts";
import type { Readiness } from "../operations/readiness.ts";
import { type Answer, answerOf } from "./answer.ts";
import { cards, pictureDescription, weekCard } from "./cards.ts";
import type { PageContent } from "./content.ts";
import { dayAndTime, percent, timeOf } from "./figures.ts";
import { iconAddress } from "./icon.ts";
import { mapPart } from "./map.ts";
import { Markup, markup } from "./markup.ts";
import { skyPicture } from "./picture.ts";
import { ids, script } from "./script.ts";
import { style, styleWithoutScript } from "./style.ts";
import type { Tiles } from "./tiles.ts";
import { wordsOf } from "./words.all.ts";
import type { Words } from "./words.ts";

/** How the reader came here, which links of the page keep. */
export interface Visit {
  language: Language;
  /** Chosen on the page, not by the browser. */
  isChosen: boolean;
}

/** Relative, as the page may stand below a path. */
function hrefOf(language: Language | undefined, place?: { lat: number; lon: number }): string {
  const query = new URLSearchParams({
    ...(language ? { lang: language } : {}),
    ...(place ? { lat: String(place.lat), lon: String(place.lon) } : {}),
  });
  return `?${query}`;
}

export function renderPage(content: PageContent, visit: Visit, tiles?: Tiles): string {
  const words = wordsOf[visit.language];
  const { place, isOwnPlace } = content;
  const placeName = isOwnPlace ? words.placeAt(place.lat, place.lon) : words.shiojiri;
  const chosen = visit.isChosen ? visit.language : undefined;
  const answer = answerOf(content, words);
  const home = hrefOf(chosen);
  return `<!doctype html>
${
  markup`<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${words.description}">
<meta name="theme-color" content="#eef2f8" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#0b1020" media="(prefers-color-scheme: dark)">
<link rel="icon" href="${iconAddress}">
<link rel="manifest" href="manifest.webmanifest?lang=${words.language}">
<link rel="apple-touch-icon" href="icon.png">
<title>${answer.verdict} · ${placeName} · ${words.name}</title>
<style>${new Markup(style)}</style>
<noscript><style>${new Markup(styleWithoutScript)}</style></noscript>
</head>
<body>
<header>
<p class="brand"><a class="skip" href="#answer">${words.skip}</a><a href="${home}">${words.name}</a></p>
<nav aria-label="${words.languages}">${languageLink(content, words)}</nav>
</header>
<main id="answer" tabindex="-1">
<p id="offline">${words.offline}</p>
<div class="answer">
<div>
<p class="where">${placeName} · <time datetime="${content.now.toISOString()}">${words.asOf(dayAndTime(content.now, words.language))}</time></p>
<h1>${answer.verdict}</h1>
${chancePart(answer)}
</div>
${toolsPart({ home, again: hrefOf(chosen, isOwnPlace ? place : undefined), isOwnPlace }, words)}
</div>
${picturePart(content, answer, words)}
<div class="cards">
${cards(content, words)}</div>
<div class="cards wide">
${weekCard(content, words)}${mapPart(content, tiles, words)}</div>
</main>
<footer>
<section aria-labelledby="about"><h2 id="about">${words.chance}</h2><p>${words.aboutChance}</p></section>
<section aria-labelledby="services"><h2 id="services">${words.services}</h2>
${servicesPart(content.readiness, words)}
</section>
<p><small>${words.links}: ${links}</small></p>
</footer>
</body>
</html>
`.source
}`;
}

const links = ["docs", "version", "ready", "metrics", "api/sightings"].map(
  (path, index) => markup`${index > 0 && " · "}<a href="${path}">${path}</a>`,
);

function languageLink({ place, isOwnPlace }: PageContent, words: Words): Markup {
  const other = words.language === "en" ? "ja" : "en";
  const href = hrefOf(other, isOwnPlace ? place : undefined);
  return markup`<a href="${href}" lang="${other}" hreflang="${other}">${wordsOf[other].languageName}</a>`;
}

function chancePart({ probability, comparison }: Answer): Markup {
  const figure = probability !== undefined && markup`<b id="chance">${percent(probability)}</b> `;
  return markup`<p class="chance">${figure}<span id="usual">${comparison}</span></p>`;
}

function toolsPart(to: { home: string; again: string; isOwnPlace: boolean }, { ownPlace, refresh }: Words): Markup {
  const says = markup`data-asking="${ownPlace.asking}" data-refused="${ownPlace.refused}" data-unavailable="${ownPlace.unavailable}"`;
  return markup`<div><div class="tools">
<button type="button" id="${ids.button}" aria-describedby="${ids.privacy}">${ownPlace.button}</button>
${to.isOwnPlace && markup`<a href="${to.home}">${ownPlace.back}</a>`}
<a href="${to.again}">${refresh}</a>
</div>
<p class="tools"><small id="${ids.privacy}">${ownPlace.privacy}</small></p>
<p class="tools" id="${ids.status}" role="status" ${says}></p>
<script>${new Markup(script)}</script></div>`;
}

function picturePart({ sky, weather, place }: PageContent, { probability }: Answer, words: Words): Markup | undefined {
  if (!sky) return undefined;
  const picture = skyPicture({
    sky,
    values: typeof weather === "string" ? {} : weather.values,
    probability,
    latitude: place.lat,
    description: pictureDescription(sky, words),
    words,
    time: timeOf,
  });
  return markup`<figure>
${picture}
<figcaption>${sky.look ? words.legend.open : words.legend.shut}</figcaption>
</figure>`;
}

function servicesPart({ version, checks }: Readiness, words: Words): Markup {
  const row = (name: string, what: string, ok: boolean) => {
    const short = what.replace(/^([0-9a-f]{12})[0-9a-f]{28}/, "$1");
    const state = ok ? markup`<td class="healthy">${words.healthy}</td>` : markup`<td class="away">${words.away}</td>`;
    return markup`<tr><th scope="row">${name}</th><td>${short}</td>${state}</tr>
`;
  };
  const { database, redis, ml, weather } = checks;
  const weatherRow =
    weather.ok && weather.provider === "none"
      ? markup`<tr><th scope="row">${words.weatherService}</th><td></td><td>${words.noWeatherService}</td></tr>
`
      : row(words.weatherService, weather.provider ?? "", weather.ok);
  return markup`<table><thead><tr>${words.columns.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${row("api", version, true)}${row("ml", ml.version ?? "", ml.ok)}${row(words.database, "PostgreSQL", database.ok)}${row("Redis", "", redis.ok)}${weatherRow}</tbody></table>`;
}
