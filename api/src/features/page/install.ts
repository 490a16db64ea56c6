// What a phone needs to put the page on its home screen, and to open it without a network.
import type { Response } from "express";
import { z } from "zod";
import { type Endpoint, plainEndpoint } from "../../http/endpoint.ts";
import { languageOf } from "../../http/errors.ts";
import { parse } from "../../http/issues.ts";
import { languages } from "../../http/problems.ts";
import { iconSvg } from "./icon.ts";
import { pngIcons } from "./png-icons.ts";
import { serviceWorker } from "./service-worker.ts";
import { wordsOf } from "./words.all.ts";
import type { Words } from "./words.ts";

const jsonType = "application/manifest+json";
const manifest = z.looseObject({
  name: z.string(),
  start_url: z.string(),
  icons: z.array(z.looseObject({ src: z.string() })),
});
const query = z.object({ lang: z.enum(languages).optional() });
/** By their pixels. */
const pngPaths = { 192: "icon.png", 512: "icon-large.png" } as const;
const sizes = [192, 512] as const;
/** Seconds. */
const day = 86_400;

/** https://www.w3.org/TR/appmanifest/: addresses are relative to the manifest's own, which may stand below a path. */
const manifestOf = ({ language, name, shortName, description }: Words) => ({
  id: "./",
  start_url: "./",
  scope: "./",
  name,
  short_name: shortName,
  description,
  lang: language,
  dir: "ltr",
  display: "standalone",
  background_color: "#eef2f8",
  theme_color: "#eef2f8",
  icons: [
    { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
    ...sizes.map((size) => ({ src: pngPaths[size], sizes: `${size}x${size}`, type: "image/png" })),
    { src: pngPaths[512], sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
});

const file = (path: string, summary: string, type: string, send: (response: Response) => void): Endpoint =>
  plainEndpoint(
    { tag: "page", method: "get", path, summary, answers: { 200: { description: "The file.", types: [type] } } },
    (_request, response) => {
      response.set("cache-control", `public, max-age=${day}`).type(type);
      send(response);
    },
  );

export const installEndpoints = (): Endpoint[] => [
  plainEndpoint(
    {
      tag: "page",
      method: "get",
      path: "/manifest.webmanifest",
      summary: "What a phone needs to install the page",
      query,
      answers: { 200: { description: "A web app manifest.", schema: manifest, jsonType } },
      problems: ["invalid"],
    },
    (request, response) => {
      const { lang = languageOf(request) } = parse("query", query, request.query);
      response
        .set("cache-control", `public, max-age=${day}`)
        .vary("accept-language")
        .type(jsonType)
        .send(JSON.stringify(manifestOf(wordsOf[lang])));
    },
  ),
  plainEndpoint(
    {
      tag: "page",
      method: "get",
      path: "/sw.js",
      summary: "Keeps the page for when there is no network",
      answers: { 200: { description: "A service worker.", types: ["text/javascript"] } },
    },
    (_request, response) => {
      // It may ask this service, and nothing else.
      response
        .set({ "cache-control": "no-cache", "content-security-policy": "default-src 'none'; connect-src 'self'" })
        .type("text/javascript")
        .send(serviceWorker);
    },
  ),
  file("/icon.svg", "The icon", "image/svg+xml", (response) => response.send(iconSvg)),
  ...sizes.map((size) =>
    file(`/${pngPaths[size]}`, `The icon, ${size} pixels wide`, "image/png", (response) =>
      response.send(Buffer.from(pngIcons[size], "base64")),
    ),
  ),
];
