// The HTTP application, made of its parts; nothing here listens or reads the environment.
import express, { type Express } from "express";
import helmet from "helmet";
import type { Logger } from "pino";
import type { Database } from "./database.ts";
import { authRoutes } from "./features/auth/routes.ts";
import { createTokens, type TokenSecrets } from "./features/auth/tokens.ts";
import { observeCache } from "./features/operations/cache-metrics.ts";
import { createReadiness } from "./features/operations/readiness.ts";
import { operationsRoutes } from "./features/operations/routes.ts";
import { pageRoutes } from "./features/page/routes.ts";
import type { Ml } from "./features/predictions/ml.ts";
import { predictionRoutes } from "./features/predictions/routes.ts";
import { sightingRoutes } from "./features/sightings/routes.ts";
import { errorHandler, notFound } from "./http/errors.ts";
import { createMetrics, observeRequests } from "./http/requests.ts";
import type { Cache } from "./redis.ts";
import type { Version } from "./version.ts";

export interface Parts {
  database: Database;
  cache: Cache;
  ml: Ml;
  version: Version;
  log: Logger;
  tokenSecrets: TokenSecrets;
  stopping?: () => boolean;
  now?: () => Date;
}

export function createApp(parts: Parts): Express {
  const { database, cache, ml, version, log, tokenSecrets, stopping = () => false, now = () => new Date() } = parts;
  const metrics = createMetrics();
  const limitedCache = observeCache(cache, metrics.registry);
  const readiness = createReadiness({ database, cache, ml, commit: version.commit, stopping });
  const tokens = createTokens(tokenSecrets, now);
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
  app.use(pageRoutes({ ml, readiness, commit: version.commit, log, now }));
  app.use(operationsRoutes({ readiness, version, metrics }));
  app.use("/api/auth", authRoutes({ database, cache: limitedCache, tokens }));
  app.use("/api/sightings", sightingRoutes({ database, tokens }));
  app.use("/api/predictions", predictionRoutes(ml));
  app.use(notFound);
  app.use(errorHandler(log));
  return app;
}
