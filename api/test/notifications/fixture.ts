// What the tests of the worker share: people with places and devices, weather and ml that are servers of the test, and
// FCM.
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Registry } from "prom-client";
import type { Database } from "../../src/database.ts";
import { createFcm } from "../../src/features/notifications/fcm.ts";
import { createNotificationMetrics } from "../../src/features/notifications/metrics.ts";
import { runOnce } from "../../src/features/notifications/run.ts";
import { createSender } from "../../src/features/notifications/sender.ts";
import type { WorkerParts } from "../../src/features/notifications/worker.ts";
import { createMl } from "../../src/features/predictions/ml.ts";
import { attributions } from "../../src/features/weather/providers/attributions.ts";
import { createWeatherService } from "../../src/features/weather/service.ts";
import type { Place } from "../../src/features/weather/weather.ts";
import { silent } from "../running-api.ts";
import { json, weatherServer, type Handler } from "../weather/weather-server.ts";
import { account, fcmServer, keyFile } from "./fcm-server.ts";

/** 17:14 in Japan: after the quiet hours of the night, with the sun low. */
export const start = Date.parse("2026-07-01T08:14:00Z");
type PlaceOfUser = Place & { name?: string; threshold?: number };
export const shiojiri: PlaceOfUser = { lat: 36.114, lon: 137.948 };
export const probability = 0.3;
/** Of a run, or a message, that nothing stops. */
export const never = new AbortController().signal;

export async function scene(database: Database) {
  const clock = { time: start };
  const now = () => new Date(clock.time);
  const fcm = await fcmServer();
  fcm.now = now;
  /** Places that the weather provider was asked for. */
  const asked: Place[] = [];
  const weatherAnswer = { fails: undefined as Error | undefined };
  const provider = {
    name: "jma",
    attribution: attributions.jma,
    freshFor: 60,
    site: async (place: Place) => ({ key: `${place.lat},${place.lon}`, ...place, sunshine: "measured" as const }),
    observed: async (site: Place) => {
      asked.push({ lat: site.lat, lon: site.lon });
      if (weatherAnswer.fails) throw weatherAnswer.fails;
      return [{ at: new Date(clock.time - 240_000), values: { rain_mm: 0.4, sunshine_h: 0.3 } }];
    },
  };
  /** By the questions that ml gets: bodies are read first. */
  const questions: any[] = [];
  const likely: Handler = (_url, response) => {
    const look = { azimuth: 107, top_elevation: 21.5 };
    json({ probability, times_usual: 16, gate: "open", look })(_url, response, {} as never);
  };
  const ml = await weatherServer(likely);
  let answer: (question: any) => Handler = () => likely;
  ml.answer = async (url, response, request) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const question = JSON.parse(text);
    questions.push(question);
    answer(question)(url, response, request);
  };
  const registry = new Registry();
  let metrics = createNotificationMetrics(registry, now);

  /** A task of the fleet, with caches and an access token of its own. */
  function task(more: Partial<WorkerParts> = {}): WorkerParts {
    return {
      database,
      weather: createWeatherService(provider, now),
      ml: createMl(ml.origin, { predict: 15_000, version: 1000 }),
      mode: { name: "present" },
      sender: sender(),
      metrics,
      log: silent,
      now,
      interval: 300_000,
      ...more,
    };
  }
  function sender(options: { timeout?: number; origins?: typeof fcm.origins } = {}) {
    const { timeout = 10_000, origins = fcm.origins } = options;
    return createSender({
      fcm: createFcm({ projectId: keyFile.project_id, account, origins, now, timeout }),
      now,
      warn: () => {},
      // Of several who wait at once, none makes the others wait longer.
      wait: async (milliseconds) => {
        const until = clock.time + milliseconds;
        await setImmediate();
        clock.time = Math.max(clock.time, until);
      },
    });
  }

  async function addUser(
    more: { places?: PlaceOfUser[]; devices?: string[]; settings?: object } = {},
  ): Promise<string> {
    const { places = [shiojiri], devices = [`token-${randomUUID()}`], settings } = more;
    const { rows } = await database.query<{ id: string }>(
      "INSERT INTO users (email, display_name, password_hash) VALUES ($1, 'Hiker', '-') RETURNING id",
      [`${randomUUID()}@example.com`],
    );
    const id = rows[0]?.id ?? "";
    for (const { lat, lon, name = "塩尻駅", threshold = 0.2 } of places)
      await database.query(
        "INSERT INTO user_locations (user_id, name, location, threshold) VALUES ($1, $2, point($3, $4), $5)",
        [id, name, lon, lat, threshold],
      );
    for (const token of devices)
      await database.query("INSERT INTO notification_devices (user_id, token, registered_at) VALUES ($1, $2, $3)", [
        id,
        token,
        now(),
      ]);
    if (settings) {
      const names = Object.keys(settings);
      await database.query(
        `INSERT INTO notification_settings (user_id, ${names.join()})
         VALUES ($1, ${names.map((_, index) => `$${index + 2}`).join()})`,
        [id, ...Object.values(settings)],
      );
    }
    return id;
  }

  const history = async (userId: string) =>
    (
      await database.query(
        "SELECT status, reason, devices, place_name, probability FROM notifications WHERE user_id = $1 ORDER BY created_at",
        [userId],
      )
    ).rows;

  /** A run that nothing ends before its time. */
  const run = (more: Parameters<typeof task>[0] = {}) => runOnce(task(more), never);
  const minutesPass = (count: number) => {
    clock.time += count * 60_000;
  };

  async function reset(): Promise<void> {
    await database.query("DELETE FROM users");
    await database.query("DELETE FROM fleet_work");
    clock.time = start;
    registry.clear();
    metrics = createNotificationMetrics(registry, now);
    weatherAnswer.fails = undefined;
    answer = () => likely;
    for (const list of [asked, questions, fcm.messages]) list.length = 0;
    fcm.unregistered.clear();
    fcm.answer = undefined;
  }

  return {
    clock,
    now,
    fcm,
    asked,
    questions,
    mlOrigin: ml.origin,
    weatherAnswer,
    task,
    run,
    minutesPass,
    sender,
    addUser,
    history,
    reset,
    tokensSent: () => fcm.messages.map(({ token }) => token as string),
    mlAnswers: (with_: typeof answer) => {
      answer = with_;
    },
    metric: async (line: string) =>
      Number(new RegExp(`^${line.replaceAll(/[{}"]/g, "\\$&")} (.*)$`, "m").exec(await registry.metrics())?.[1]),
    close: () => Promise.all([fcm.close(), ml.close()]),
  };
}
