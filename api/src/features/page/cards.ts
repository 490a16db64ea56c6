// The parts of the page below the picture, each of which stands alone where another is away.
import type { Photo } from "../photos/store.ts";
import type { Sky } from "../predictions/ml.ts";
import { isShut } from "./answer.ts";
import { around, type PageContent, startOfDay } from "./content.ts";
import { fistsFor, minutesBetween, percent, shortDayAndTime, timeOf, weekday } from "./figures.ts";
import { octant } from "./geometry.ts";
import { markup, type Markup } from "./markup.ts";
import { attributionPart, weatherValues } from "./weather-card.ts";
import type { Words } from "./words.ts";

const card = (id: string, title: string, ...parts: (Markup | undefined | false)[]): Markup =>
  markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${parts}</section>
`;

export function cards(content: PageContent, words: Words): Markup[] {
  const { sky, mode } = content;
  return [
    ...(sky ? [lookCard(sky, words)] : []),
    weatherCard(content, words),
    ...(mode.name === "forecast" ? [aheadCard(content, mode.permit, words)] : []),
    sightingsCard(content, words),
  ];
}

function sunSentence({ sun, look }: Sky, words: Words): string {
  if (sun.elevation <= 0) return words.sunBelow(Math.abs(sun.elevation).toFixed(1));
  const direction = words.compass[octant(sun.azimuth)] ?? "";
  const say = look ? words.sunBehind : words.sunAt;
  return say(direction, sun.azimuth.toFixed(0), sun.elevation.toFixed(1));
}

function lookCard(sky: Sky, words: Words): Markup {
  const { look, gate } = sky;
  const sun = markup`<p>${sunSentence(sky, words)}</p>
${lowSun(sky, words)}`;
  if (!look) return card("look", words.look, isShut(gate) && markup`<p class="big">${words.noLook[gate]}</p>`, sun);
  const { azimuth, top_elevation: top } = look;
  return card(
    "look",
    words.look,
    markup`<p class="big">${words.compass[octant(azimuth)]}</p>
<p>${words.lookTo(azimuth.toFixed(0), top.toFixed(0))} <span class="soft">(${words.fists(fistsFor(top))})</span></p>
`,
    sun,
  );
}

/** What the picture shows, for whoever cannot see it. */
export function pictureDescription(sky: Sky, words: Words): string {
  const { look } = sky;
  const direction = look && words.compass[octant(look.azimuth)];
  const where = look ? `${direction}: ${words.lookTo(look.azimuth.toFixed(0), look.top_elevation.toFixed(0))}. ` : "";
  return `${where}${sunSentence(sky, words)}`;
}

function lowSun({ windows }: Sky, words: Words): Markup {
  const times = windows.map(({ from, to }) => `${timeOf(from)}–${timeOf(to)}`).join(words.comma);
  return markup`<p id="windows">${times ? words.lowSunAt(times) : words.noLowSun}</p>`;
}

/** By the sun alone, which is where it will be. */
export function weekCard({ week, now }: PageContent, words: Words): Markup | undefined {
  if (!week) return undefined;
  const rows = daysFrom(now).map((day) => {
    const next = new Date(day.getTime() + 86_400_000);
    const times = week
      .filter(({ from, to }) => new Date(from) < next && new Date(to) > day)
      .map(({ from, to }) => `${timeOf(from)}–${timeOf(to)}`);
    const said = times.length > 0 ? times.join(words.comma) : words.never;
    return markup`<tr><th scope="row">${weekday(day, words.language)}</th><td>${said}</td></tr>`;
  });
  return card(
    "week",
    words.week,
    markup`<table><thead><tr>${words.weekColumns.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`,
    markup`<p class="soft">${words.aboutWeek}</p>`,
  );
}

/** Seven midnights in Japan, where the clocks never change. */
function daysFrom(now: Date): Date[] {
  const midnight = new Date(startOfDay(now)).getTime();
  return Array.from({ length: 7 }, (_, index) => new Date(midnight + index * 86_400_000));
}

function weatherCard({ weather, now }: PageContent, words: Words): Markup {
  if (typeof weather === "string") return card("weather", words.weather, markup`<p>${words.none[weather]}</p>`);
  const { site, at, stale, attribution } = weather;
  const km = site.distanceKm.toFixed(0);
  const station = site.station && (words.language === "ja" ? site.station.nameJa : site.station.name);
  const whence = station ? words.measuredAt(station, km) : words.modelledAt(km);
  return card(
    "weather",
    words.weather,
    weatherValues(weather, words),
    markup`<p class="soft">${whence}${words.comma}<time datetime="${at.toISOString()}">${words.observed(timeOf(at), minutesBetween(at, now))}</time></p>
`,
    stale && markup`<p class="soft">${words.stale}</p>`,
    attributionPart(attribution, words),
  );
}

function aheadCard({ ahead }: PageContent, permit: string, words: Words): Markup {
  const rows = ahead?.map(
    ({ from, to, probability }) =>
      markup`<tr><th scope="row">${timeOf(from)}–${timeOf(to)}</th><td>${percent(probability)}</td></tr>`,
  );
  return card(
    "ahead",
    words.ahead,
    rows
      ? markup`<table><thead><tr>${words.aheadColumns.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`
      : markup`<p>${words.noAhead}</p>`,
    markup`<p class="soft">${words.permit(permit)}</p>`,
  );
}

/** Largest a photo is shown, in pixels of CSS. */
const shown = { width: 240, height: 176 };

/** Relative, as the page may stand below a path; with its size, so that nothing moves when it is there. */
function photoLink({ id, ...size }: Photo, description: string): Markup {
  const path = `api/photos/${id}`;
  const scale = Math.min(1, shown.width / size.width, shown.height / size.height);
  const [width, height] = [size.width, size.height].map((pixels) => Math.max(1, Math.round(pixels * scale)));
  return markup`<a class="photo" href="${path}/large"><img src="${path}/thumbnail" width="${width}" height="${height}" alt="${description}" loading="lazy"></a>`;
}

function sightingsCard({ sightings }: PageContent, words: Words): Markup {
  if (!sightings) return card("sightings", words.sightings, markup`<p>${words.noSightings}</p>`);
  const { count, newest } = sightings;
  const items = newest.map(({ lat, lon, seenAt, intensity, doubleBow, distanceKm, photo }) => {
    const time = shortDayAndTime(seenAt, words.language);
    const said = words.sighting({ time, where: words.placeAt(lat, lon), km: distanceKm.toFixed(0) });
    return markup`<li>${said} <span class="soft">${words.brightness(intensity)}${doubleBow && ` · ${words.doubleBow}`}</span>${photo && photoLink(photo, words.photo(time))}</li>`;
  });
  return card(
    "sightings",
    words.sightings,
    markup`<p id="sighting-count">${words.sightingCount(count, around.days, around.radiusKm)}</p>`,
    items.length > 0 && markup`<ul>${items}</ul><p class="soft">${words.roundedPlaces}</p>`,
  );
}
