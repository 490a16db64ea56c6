// The HTTP application, made of its parts; nothing here listens or reads the environment.
import express, { type Express } from "express";
import helmet from "helmet";
import type { Logger } from "pino";
import type { Database } from "./database.ts";
import { createPasswordCheck } from "./features/auth/password-check.ts";
import { authEndpoints } from "./features/auth/routes.ts";
import { createTokens, type TokenSecrets } from "./features/auth/tokens.ts";
import { docsEndpoints } from "./features/docs/routes.ts";
import { notificationEndpoints } from "./features/notifications/routes.ts";
import { observeCache } from "./features/operations/cache-metrics.ts";
import { createReadiness } from "./features/operations/readiness.ts";
import { operationsEndpoints } from "./features/operations/routes.ts";
import { installEndpoints } from "./features/page/install.ts";
import { mapEndpoints } from "./features/page/map.ts";
import { pageEndpoint } from "./features/page/routes.ts";
import type { Tiles } from "./features/page/tiles.ts";
import type { PhotoStores } from "./features/photos/index.ts";
import { createPictureReader } from "./features/photos/picture.ts";
import { diskUploadEndpoint, photoEndpoints } from "./features/photos/routes.ts";
import { placeEndpoints } from "./features/places/routes.ts";
import type { Ml } from "./features/predictions/ml.ts";
import type { PredictionMode } from "./features/predictions/mode.ts";
import { predictionEndpoints } from "./features/predictions/routes.ts";
import { privacyEndpoints } from "./features/privacy/routes.ts";
import { sightingEndpoints } from "./features/sightings/routes.ts";
import { weatherEndpoints } from "./features/weather/routes.ts";
import { createWeatherService, type WeatherService } from "./features/weather/service.ts";
import { createBackOff } from "./http/back-off.ts";
import { type Endpoint, serve } from "./http/endpoint.ts";
import { errorHandler, notFound } from "./http/errors.ts";
import { createMetrics, type Metrics, observeRequests } from "./http/requests.ts";
import type { Cache } from "./redis.ts";
import type { Version } from "./version.ts";

export interface Parts {
  database: Database;
  cache: Cache;
  ml: Ml;
  version: Version;
  log: Logger;
  tokenSecrets: TokenSecrets;
  /** None, unless it is given. */
  weather?: WeatherService;
  /** None, unless they are given. */
  photos?: PhotoStores | undefined;
  /** Of the map; none, unless they are given. */
  tiles?: Tiles | undefined;
  /** Nothing about the future, unless it is given. */
  mode?: PredictionMode;
  /** Where something else has metrics in this process too. */
  metrics?: Metrics;
  /** Milliseconds in which the page has to be there, with what is known by then. */
  patience?: number;
  stopping?: () => boolean;
  now?: () => Date;
}

export function createApp(parts: Parts): Express {
  const { database, cache, ml, version, log, tokenSecrets, stopping = () => false, now = () => new Date() } = parts;
  const { weather = createWeatherService("not-configured", now), mode = { name: "present" } } = parts;
  const { metrics = createMetrics(), patience = 2500, photos, tiles } = parts;
  const limitedCache = observeCache(cache, metrics.registry);
  const readiness = createReadiness({
    database,
    cache,
    ml,
    weather,
    photos: photos?.storage,
    commit: version.commit,
    stopping,
  });
  const tokens = createTokens({ secrets: tokenSecrets, database, now });
  const checkPassword = createPasswordCheck(createBackOff(limitedCache, now));
  const app = express();
  // One load balancer stands before us: its X-Forwarded-For names the caller.
  app.set("trust proxy", 1);

  app.use(observeRequests(log, metrics));
  app.use((_request, response, next) => {
    // A connection that is kept would be cut off with the next request on it.
    if (stopping()) response.set("connection", "close");
    next();
  });
  app.use(helmet());
  app.use(express.json({ limit: "64kb" }));
  const endpoints: Endpoint[] = [
    pageEndpoint({
      database,
      cache: limitedCache,
      ml,
      weather,
      readiness,
      mode,
      commit: version.commit,
      tiles,
      log,
      patience,
      now,
      paths: () => pathsOf(endpoints),
    }),
    ...installEndpoints(),
    ...mapEndpoints(),
    ...operationsEndpoints({ readiness, version, metrics }),
    ...docsEndpoints({ endpoints: () => endpoints, version: version.commit }),
    ...authEndpoints({ database, tokens, checkPassword, log }),
    ...sightingEndpoints({ database }),
    ...photoEndpoints({ database, storage: photos?.storage, readPicture: createPictureReader() }),
    ...(photos?.disk ? [diskUploadEndpoint(photos.disk)] : []),
    ...privacyEndpoints({ database, checkPassword, now }),
    ...placeEndpoints({ database }),
    ...notificationEndpoints({ database, now }),
    ...weatherEndpoints({ database, cache: limitedCache, weather, mode, now }),
    ...predictionEndpoints({ ml, weather, mode, cache: limitedCache, now }),
  ];
  serve(app, endpoints, tokens.callerOf);
  app.use(notFound);
  app.use(errorHandler(log));
  return app;
}

/** Without their leading slash: the service may stand below a path of another one. */
const pathsOf = (endpoints: Endpoint[]) => [
  ...new Set(endpoints.map(({ description }) => description.path.slice(1)).filter((path) => path !== "")),
];
