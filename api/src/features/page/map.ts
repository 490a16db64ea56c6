// The map of the page: sightings around the place and the direction to look, drawn by Leaflet from this service alone. Tiles
// of somebody else are a setting, and credited on the map.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { type Endpoint, plainEndpoint } from "../../http/endpoint.ts";
import type { Sky } from "../predictions/ml.ts";
import { around, type PageContent } from "./content.ts";
import { bowRadius, halfWidth } from "./geometry.ts";
import { markup, type Markup } from "./markup.ts";
import { mapIds, mapScript } from "./map-script.ts";
import type { Tiles } from "./tiles.ts";
import type { Words } from "./words.ts";

/** To find one's way on a map without tiles. In degrees north and east; town halls. */
const towns = [
  { ja: "塩尻", en: "Shiojiri", lat: 36.12, lon: 137.95 },
  { ja: "松本", en: "Matsumoto", lat: 36.24, lon: 137.97 },
  { ja: "安曇野", en: "Azumino", lat: 36.3, lon: 137.91 },
  { ja: "岡谷", en: "Okaya", lat: 36.07, lon: 138.05 },
  { ja: "諏訪", en: "Suwa", lat: 36.04, lon: 138.11 },
  { ja: "辰野", en: "Tatsuno", lat: 35.98, lon: 137.99 },
];

interface Asset {
  path: string;
  type: string;
  content: () => string;
  summary: string;
}

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
const { resolve } = createRequire(import.meta.url);
const ofLeaflet = (file: string) => () => readFileSync(resolve(`leaflet/dist/${file}`), "utf8");
const version = "1.9.4";

/** Their names change with what is in them: browsers keep them for good. */
const assets = {
  leaflet: {
    path: `page/leaflet-${version}.js`,
    type: "text/javascript",
    content: ofLeaflet("leaflet.js"),
    summary: "Leaflet, which draws the map",
  },
  css: {
    path: `page/leaflet-${version}.css`,
    type: "text/css",
    content: ofLeaflet("leaflet.css"),
    summary: "How Leaflet's maps look",
  },
  script: {
    path: `page/map-${digestOf(mapScript)}.js`,
    type: "text/javascript",
    content: () => mapScript,
    summary: "The map of the page",
  },
} satisfies Record<string, Asset>;

export const mapEndpoints = (): Endpoint[] =>
  Object.values(assets).map(({ path, type, content, summary }: Asset) => {
    let files: { plain: string; zipped: Buffer } | undefined;
    const read = () => {
      const plain = content();
      return { plain, zipped: gzipSync(plain) };
    };
    return plainEndpoint(
      {
        tag: "page",
        method: "get",
        path: `/${path}`,
        summary,
        answers: { 200: { description: "The file.", types: [type] } },
      },
      (request, response) => {
        response.set("cache-control", "public, max-age=31536000, immutable").vary("accept-encoding").type(type);
        files ??= read();
        if (request.acceptsEncodings("gzip") === "gzip") response.set("content-encoding", "gzip").send(files.zipped);
        else response.send(files.plain);
      },
    );
  });

const lookOf = ({ look, sun }: Sky) =>
  look && sun.elevation < bowRadius ? { azimuth: look.azimuth, half: halfWidth(Math.max(sun.elevation, 0)) } : null;

export function mapPart({ place, sky }: PageContent, tiles: Tiles | undefined, words: Words): Markup {
  const { map } = words;
  const given = {
    ...place,
    radiusKm: around.radiusKm,
    days: around.days,
    look: sky ? lookOf(sky) : null,
    towns: towns.map(({ lat, lon, ...names }) => ({ lat, lon, name: names[words.language] })),
    tiles: tiles && {
      url: tiles.url,
      attribution: markup`<a href="${tiles.link}">${tiles.attribution}</a>`.source,
    },
    words: {
      language: words.language,
      look: map.look,
      zoomIn: map.zoomIn,
      zoomOut: map.zoomOut,
      photo: map.photo,
      doubleBow: words.doubleBow,
      brightness: [0, 1, 2, 3, 4, 5].map(words.brightness),
    },
  };
  return markup`<section class="map"><h2>${map.title}</h2>
<div id="${mapIds.map}" role="region" aria-label="${map.title}" data-map="${JSON.stringify(given)}" data-leaflet="${assets.leaflet.path}" data-css="${assets.css.path}" data-script="${assets.script.path}" data-failed="${map.failed}"></div>
<p id="${mapIds.status}" role="status"></p>
<p class="soft">${map.about(around.days)}</p></section>
`;
}
