// The application with its connections, from the settings of a task.
import type { Express } from "express";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { ServiceConfig } from "./config.ts";
import { createPool } from "./database.ts";
import { createMl } from "./features/predictions/ml.ts";
import { connectCache } from "./redis.ts";
import type { Version } from "./version.ts";

export interface Service {
  app: Express;
  close(): Promise<void>;
}

export function createService(parts: {
  config: ServiceConfig;
  version: Version;
  log: Logger;
  stopping?: () => boolean;
}): Service {
  const { config, log } = parts;
  const database = createPool(config, (error) => log.warn({ err: error }, "an idle database connection broke"));
  const cache = connectCache(config, log);
  const ml = createMl(config.ML_URL);
  const tokenSecrets = { secret: config.JWT_SECRET, alternates: config.JWT_SECRET_ALTERNATES };
  return {
    app: createApp({ ...parts, database, cache, ml, tokenSecrets }),
    close: async () => {
      await Promise.allSettled([database.end(), cache.close()]);
    },
  };
}
