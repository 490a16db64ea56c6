// A task that has one run, for the test that kills it.
import { pino } from "pino";
import { Registry } from "prom-client";
import { createPool } from "../../src/database.ts";
import { createFcm } from "../../src/features/notifications/fcm.ts";
import { createNotificationMetrics } from "../../src/features/notifications/metrics.ts";
import { createSender } from "../../src/features/notifications/sender.ts";
import { serviceAccountKey } from "../../src/features/notifications/service-account.ts";
import { runIfDue } from "../../src/features/notifications/worker.ts";
import { createMl } from "../../src/features/predictions/ml.ts";
import { attributions } from "../../src/features/weather/providers/attributions.ts";
import { createWeatherService } from "../../src/features/weather/service.ts";

const setting = (name: string): string => process.env[name] ?? "";
const now = () => new Date(Number(setting("TIME")));
const account = serviceAccountKey.parse(setting("KEY"));
if (!account) throw new Error("KEY is missing.");

const database = createPool(
  {
    DB_HOST: setting("DB_HOST"),
    DB_PORT: Number(setting("DB_PORT")),
    DB_NAME: setting("DB_NAME"),
    DB_USER: setting("DB_USER"),
    DB_PASSWORD: setting("DB_PASSWORD"),
    DB_SSL: "disable",
    DB_PASSWORD_ALTERNATES: [],
  },
  () => {},
);
const provider = {
  name: "jma",
  attribution: attributions.jma,
  freshFor: 60,
  site: async (place: { lat: number; lon: number }) => ({ key: "1", ...place, sunshine: "measured" as const }),
  observed: async () => [{ at: now(), values: { rain_mm: 0.4, sunshine_h: 0.3 } }],
};
const origins = { fcm: setting("FCM"), token: setting("FCM") };
await runIfDue(
  {
    database,
    weather: createWeatherService(provider, now),
    ml: createMl(setting("ML")),
    mode: { name: "present" },
    sender: createSender({
      fcm: createFcm({ projectId: account.projectId, account, origins, now, timeout: 60_000 }),
      now,
      warn: () => {},
    }),
    metrics: createNotificationMetrics(new Registry(), now),
    log: pino({ level: "silent" }),
    now,
    interval: 300_000,
  },
  new AbortController().signal,
);
