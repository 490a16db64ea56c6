// The application with its connections, from the settings of a task.
import type { Express } from "express";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { predictionMode, type ServiceConfig } from "./config.ts";
import { createPool } from "./database.ts";
import { createFcm } from "./features/notifications/fcm.ts";
import { createNotificationMetrics } from "./features/notifications/metrics.ts";
import { createSender, type Sender } from "./features/notifications/sender.ts";
import { startWorker } from "./features/notifications/worker.ts";
import { tilesOf } from "./features/page/tiles.ts";
import { createPhotoStores } from "./features/photos/index.ts";
import { startSweeper } from "./features/photos/sweeper.ts";
import { createMl } from "./features/predictions/ml.ts";
import { createProvider } from "./features/weather/providers/index.ts";
import { startRecorder } from "./features/weather/recorder.ts";
import { createWeatherService } from "./features/weather/service.ts";
import { createMetrics } from "./http/requests.ts";
import { connectCache } from "./redis.ts";
import type { Version } from "./version.ts";

export interface Service {
  app: Express;
  /** What runs beside requests begins nothing more. */
  endWork(): Promise<void>;
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
  const mode = predictionMode(config);
  const metrics = createMetrics();
  const stopWorker = startWorker({
    database,
    weather,
    ml,
    mode,
    log,
    now,
    sender: senderOf(config, { log, now }),
    metrics: createNotificationMetrics(metrics.registry, now),
    interval: config.NOTIFICATION_INTERVAL_MINUTES * 60_000,
  });
  const photos = createPhotoStores(config, now);
  const stopSweeper = photos && startSweeper({ database, storage: photos.storage, log });
  const endWork = async () => {
    stopRecorder();
    await Promise.all([stopWorker(), stopSweeper?.()]);
  };
  const tokenSecrets = { secret: config.JWT_SECRET, alternates: config.JWT_SECRET_ALTERNATES };
  return {
    app: createApp({
      ...parts,
      database,
      cache,
      ml,
      weather,
      photos,
      tiles: tilesOf(config),
      mode,
      metrics,
      tokenSecrets,
    }),
    endWork,
    close: async () => {
      await endWork();
      await Promise.allSettled([database.end(), cache.close()]);
    },
  };
}

/** Undefined without a key. */
function senderOf(config: ServiceConfig, { log, now }: { log: Logger; now: () => Date }): Sender | undefined {
  const { FIREBASE_SERVICE_ACCOUNT_KEY: account } = config;
  if (!account) return undefined;
  const fcm = createFcm({ projectId: config.FIREBASE_PROJECT_ID ?? account.projectId, account, now });
  return createSender({ fcm, now, warn: (err, text) => log.warn({ err }, text) });
}
