// The application with its connections, from the settings of a task.
import type { Express } from "express";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { predictionMode, type ServiceConfig } from "./config.ts";
import { createPool } from "./database.ts";
import { createMl } from "./features/predictions/ml.ts";
import { createProvider } from "./features/weather/providers/index.ts";
import { startRecorder } from "./features/weather/recorder.ts";
import { createWeatherService } from "./features/weather/service.ts";
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
  const now = () => new Date();
  const weather = createWeatherService(createProvider(config, { cache, now }), now);
  const stopRecorder = startRecorder({ database, weather, places: config.WEATHER_PLACES, log, now });
  const tokenSecrets = { secret: config.JWT_SECRET, alternates: config.JWT_SECRET_ALTERNATES };
  return {
    app: createApp({ ...parts, database, cache, ml, weather, mode: predictionMode(config), tokenSecrets }),
    close: async () => {
      stopRecorder();
      await Promise.allSettled([database.end(), cache.close()]);
    },
  };
}
