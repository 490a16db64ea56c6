// One run: asks for the chances at everybody's places, claims a notification for whoever is to be told, and sends it.
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Database } from "../../database.ts";
import { newTrace } from "../../http/trace.ts";
import type { Ml } from "../predictions/ml.ts";
import type { PredictionMode } from "../predictions/mode.ts";
import type { WeatherService } from "../weather/service.ts";
import { createChances } from "./chances.ts";
import {
  claim,
  devicesOf,
  finish,
  forgetDevice,
  forgetHistory,
  markInterrupted,
  usersAfter,
  type Addressee,
  type Claim,
  type UserWithPlaces,
} from "./claims.ts";
import { reasonToWait } from "./decide.ts";
import { each } from "../../each.ts";
import type { NotificationMetrics } from "./metrics.ts";
import type { Delivery, Sender } from "./sender.ts";
import type { statuses } from "./shapes.ts";
import { textOf } from "./texts.ts";

export interface RunParts {
  database: Database;
  weather: WeatherService;
  ml: Pick<Ml, "predict">;
  mode: PredictionMode;
  /** Undefined: notifications are recorded and not sent. */
  sender: Sender | undefined;
  metrics: NotificationMetrics;
  log: Logger;
  now: () => Date;
  /** Places that a run asks weather and ml for. */
  mostPlaces?: number;
}

export type RunOutcome = "done" | "incomplete";
type Status = (typeof statuses)[number];

const pageSize = 500;
/** Together with the connection of the lock, half of the pool is left to requests. */
const usersAtOnce = 4;
const devicesAtOnce = 4;
/** Milliseconds: no run goes on for so long after it has claimed something. */
const longestSending = 600_000;
const historyFor = 90 * 86_400_000;

/** @param signal ends the run; what is being sent then is sent. @throws what the database throws */
export async function runOnce(parts: RunParts, signal: AbortSignal): Promise<RunOutcome> {
  const { database, sender, metrics, log, now } = parts;
  const started = performance.now();
  const { trace, continuation } = newTrace();
  const chances = createChances({ ...parts, continuation, ...(parts.mostPlaces ? { most: parts.mostPlaces } : {}) });
  const counts: Partial<Record<Status, number>> = {};
  const count = (status: Status, by = 1) => {
    counts[status] = (counts[status] ?? 0) + by;
    metrics.notifications.inc({ status }, by);
  };

  const interrupted = await markInterrupted(database, new Date(now().getTime() - longestSending), now());
  if (interrupted > 0) {
    count("interrupted", interrupted);
    log.warn(
      { ...trace, notifications: interrupted },
      "notifications were claimed by a task that ended: not sent again",
    );
  }
  await forgetHistory(database, new Date(now().getTime() - historyFor));

  const isOver = () => signal.aborted || sender?.isBlocked() === true;
  let users = 0;
  for await (const page of pagesOfUsers(database, now)) {
    if (isOver()) break;
    const waiting = page.filter(({ wishes }) => !reasonToWait(wishes, now()));
    users += waiting.length;
    await chances.learn(
      waiting.flatMap(({ places }) => places),
      signal,
    );
    const likely = waiting.filter(({ places }) =>
      places.some((place) => (chances.at(place)?.probability ?? 0) >= place.threshold),
    );
    await each(likely, { atOnce: usersAtOnce, signal }, async ({ userId }) => {
      if (isOver()) return;
      const claimed = await claim(database, userId, { chanceAt: chances.at, mode: parts.mode, now: now() });
      if (!claimed) return;
      count(await deliver({ ...parts, userId, claimed, signal }));
    });
  }

  const unknown = chances.unknown();
  metrics.places.inc({ outcome: "asked" }, chances.asked());
  for (const [outcome, places] of Object.entries(unknown)) metrics.places.inc({ outcome }, places);
  const outcome = isOver() ? "incomplete" : "done";
  const summary = {
    ...trace,
    users,
    asked: chances.asked(),
    unknown,
    counts,
    ms: Math.round(performance.now() - started),
  };
  const problem = chances.problem();
  if (problem) log.warn({ ...summary, err: problem }, `notifications ${outcome}: of some places nothing is known`);
  else log.info(summary, `notifications ${outcome}`);
  return outcome;
}

/** From a random one on and around: if a run cannot take all of them, each has its turn. */
async function* pagesOfUsers(database: Database, now: () => Date): AsyncGenerator<UserWithPlaces[]> {
  const start = randomUUID();
  for (const [from, to] of [
    [start, undefined],
    ["00000000-0000-0000-0000-000000000000", start],
  ] as const) {
    let after: string = from;
    for (;;) {
      const page = await usersAfter(database, { after, limit: pageSize, now: now() });
      const within = page.filter(({ userId }) => to === undefined || userId <= to);
      if (within.length > 0) yield within;
      const last = page.at(-1);
      if (!last || page.length < pageSize || within.length < page.length) break;
      after = last.userId;
    }
  }
}

/** To all devices of the person. @returns what was recorded */
async function deliver(parts: RunParts & { userId: string; claimed: Claim; signal: AbortSignal }): Promise<Status> {
  const { database, sender, metrics, claimed, signal, now } = parts;
  const end = async (status: Status, more: { reason?: string | undefined; devices?: number } = {}) => {
    await finish(database, claimed.id, { status, devices: 0, ...more, at: now() });
    return status;
  };
  if (!sender) return end("not-configured");
  const devices = await devicesOf(database, parts.userId);
  const deliveries: Delivery[] = [];
  const gone: Addressee[] = [];
  await each(devices, { atOnce: devicesAtOnce }, async (device) => {
    const delivery = await sender.send(messageTo(device, claimed), signal);
    deliveries.push(delivery);
    if (delivery.result === "unregistered") gone.push(device);
  });
  const accepted = deliveries.filter(({ result }) => result === "sent").length;
  const failure = deliveries.find((delivery) => delivery.result === "failed");
  const status = accepted > 0 ? "sent" : failure ? "failed" : "no-device";
  // First what was sent: a device that stays is found out again.
  await end(status, { reason: failure?.reason, devices: accepted });
  for (const device of gone) await forgetDevice(database, device);
  metrics.devicesRemoved.inc(gone.length);
  return status;
}

function messageTo({ token, language }: Addressee, claimed: Claim) {
  const { id, placeId, mode, probability, observedAt } = claimed;
  return {
    token,
    id,
    text: textOf(claimed, language),
    data: {
      notificationId: id,
      placeId,
      mode,
      probability: String(probability),
      observedAt: observedAt.toISOString(),
    },
  };
}
