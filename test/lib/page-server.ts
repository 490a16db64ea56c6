// The page of api with the real model of ml, without a database and without Redis.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createApp, type Parts } from "../../api/src/app.ts";
import { createMl } from "../../api/src/features/predictions/ml.ts";
import type { Tiles } from "../../api/src/features/page/tiles.ts";
import type { PredictionMode } from "../../api/src/features/predictions/mode.ts";
import type { Glimpse } from "../../api/src/features/sightings/store.ts";
import { attributions } from "../../api/src/features/weather/providers/attributions.ts";
import { createWeatherService } from "../../api/src/features/weather/service.ts";
import type { Values, WeatherProvider } from "../../api/src/features/weather/weather.ts";
import { createApp as createMlApp } from "../../ml/src/app.ts";
import { loadModel } from "../../ml/src/model.ts";

export const apiCommit = "6b1f0c9d2e7a4835b0d6c1f9a2e84735d0c6b19f";
export const mlCommit = "a3d95e1c7f20468bb5e1d7c04f8a9263e5b17c0d";

const patience = 20_000;
const silent = () => {};
const log = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
} as unknown as Parts["log"];

export interface PageOptions {
  now: () => Date;
  /** Redis's ping. */
  ping?: () => Promise<unknown>;
  /** URL of an ml service other than the real one. */
  mlUrl?: string;
  weather?: WeatherProvider;
  mode?: PredictionMode;
  tiles?: Tiles;
  versions?: { api: string; ml: string };
  /** What the database has of them around the place, newest first. */
  sightings?: Glimpse[];
}

/** A station of JMA that has measured the same for hours, the last time four minutes ago. */
export function measured(values: Values, now: () => Date): WeatherProvider {
  const station = { name: "Matsumoto", nameJa: "松本" };
  return {
    name: "jma",
    attribution: attributions.jma,
    freshFor: 300,
    site: async () => ({ key: "48361", lat: 36.25, lon: 137.97, station, sunshine: "measured" }),
    observed: async () =>
      [3, 2, 1, 0].map((hours) => ({ at: new Date(now().getTime() - hours * 3_600_000 - 240_000), values })),
  };
}

/** Whatever people take photos of, as its thumbnail: 480 pixels wide. */
const photo = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320" viewBox="0 0 48 32" fill="none">
  <rect width="48" height="32" fill="#6b7f9e"/><path d="M0 26q12-7 24-2t24-3v11H0z" fill="#2f4a36"/>
  ${["e5383b", "f9c74f", "43aa8b", "277da1", "6a4c93"].map((colour, index) => `<path d="M${4 + index} 27a${20 - index} ${20 - index} 0 0 1 ${40 - 2 * index} 0" stroke="#${colour}"/>`).join("")}
</svg>`;

export interface PageServer {
  url: string;
  close: () => void;
}

export async function servePage(options: PageOptions): Promise<PageServer> {
  const { now, ping = async () => {}, mlUrl, weather, mode = { name: "present" }, sightings = [] } = options;
  const { versions = { api: apiCommit, ml: mlCommit } } = options;
  const servers: Server[] = [];
  const listen = async (handler: RequestListener): Promise<string> => {
    const server = createServer(handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const app = createApp({
    // The page checks whether the database and Redis respond, and reads sightings.
    database: {
      query: async (query: string | { text: string }) => ({
        rows:
          typeof query === "object" && query.text.includes(" AS photos")
            ? sightings.map(reported)
            : sightings.slice(0, 3).map((row) => ({ ...row, count: sightings.length })),
      }),
    } as unknown as Parts["database"],
    cache: { ping, count: async () => 1 } as unknown as Parts["cache"],
    // A busy machine must not look like services that are away.
    ml: createMl(mlUrl ?? (await listen(await createMlService(versions.ml))), { predict: patience, version: patience }),
    patience,
    version: { service: "api", commit: versions.api, builtAt: "" },
    log,
    tokenSecrets: { secret: "a-secret-of-thirty-two-characters!", alternates: [] },
    now,
    mode,
    tiles: options.tiles,
    ...(weather ? { weather: createWeatherService(weather, now) } : {}),
  });
  // The local load balancer serves it below a path.
  const origin = await listen((request, response) => {
    request.url = request.url!.replace(/^\/below/, "");
    if (/^\/api\/photos\/[^/]+\/thumbnail$/.test(request.url))
      response.setHeader("content-type", "image/svg+xml").end(photo);
    else app(request, response);
  });
  return { url: `${origin}/below/`, close: () => servers.forEach((server) => server.close()) };
}

/** As the map gets it. */
const reported = ({ photo: first, distanceKm: _distance, ...glimpse }: Glimpse, index: number) => ({
  ...glimpse,
  id: `00000000-0000-4000-8000-00000000000${index}`,
  userId: "00000000-0000-4000-8000-0000000000ff",
  note: "",
  createdAt: glimpse.seenAt,
  updatedAt: null,
  likes: 0,
  liked: false,
  mine: false,
  photos: first ? [first] : [],
});

/** ml with the shipped model. */
export async function createMlService(commit: string): Promise<RequestListener> {
  const model = await loadModel(fileURLToPath(new URL("../../ml/model/", import.meta.url)));
  return createMlApp({ model, log, version: { service: "ml", commit, builtAt: "" } });
}
