// Sends messages with patience: waits as long as FCM asks for, sends nothing twice that may have arrived, and leaves FCM
// alone while it fails.
// https://firebase.google.com/docs/cloud-messaging/scale-fcm#handling-retries
import { setTimeout as sleep } from "node:timers/promises";
import type { Fcm, Message } from "./fcm.ts";
import { PushError, type PushFailure } from "./push-error.ts";

export type Delivery = { result: "sent" | "unregistered" } | { result: "failed"; reason: PushFailure };

export interface Sender {
  /** While it is true, whatever is sent fails: nothing should be promised to anybody. */
  isBlocked(): boolean;
  /** Never throws. The signal ends waiting, not a request. */
  send(message: Message, signal: AbortSignal): Promise<Delivery>;
}

export interface SenderParts {
  fcm: Fcm;
  now: () => Date;
  warn: (failure: PushError, text: string) => void;
  /** Milliseconds; ends early, without an error, when the signal says so. */
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

const attempts = 3;
/** Seconds; as the documentation says, without Retry-After. */
const afterQuota = 60;
const firstWait = 10;
/** Seconds: who has to wait longer is not waited for. */
const longestWait = 60;
/** Seconds of the pauses after a message was given up: twice as long each time. */
const shortestPause = 60;
const longestPause = 900;
/** What the next try may not fail with; after the others the message may have arrived, or never will. */
const passing = new Set<PushFailure>(["quota", "unavailable", "unreachable"]);
/** In a row, of messages that may have arrived: one alone says little of the next. */
const tolerated = 3;
const hasAnswered = (reason: PushFailure) => !["timeout", "connection-lost", "garbage"].includes(reason);
/** What concerns every message, not this one. */
const general = new Set<PushFailure>([...passing, "timeout", "connection-lost", "garbage", "credentials"]);

export function createSender(parts: SenderParts): Sender {
  const { fcm, now, warn, wait = waitOrStop, random = Math.random } = parts;
  /** Milliseconds: no message goes out before it. */
  let pausedUntil = 0;
  let blockedUntil = 0;
  let failures = 0;
  let unanswered = 0;
  const milliseconds = () => now().getTime();

  function secondsToWait({ reason, retryAfter }: PushError, attempt: number): number {
    if (retryAfter !== undefined) return retryAfter;
    // Up to a quarter more, so that those who failed together do not come together.
    return (reason === "quota" ? afterQuota : firstWait * 2 ** (attempt - 1)) * (1 + random() / 4);
  }

  function givenUp(error: PushError): Delivery {
    const { reason, retryAfter = 0 } = error;
    if (!hasAnswered(reason)) unanswered += 1;
    if (!general.has(reason) || (unanswered > 0 && unanswered < tolerated)) {
      warn(error, "a message was not sent");
      return { result: "failed", reason };
    }
    // Those that were under way when the pause began are one failure, not many.
    if (blockedUntil <= milliseconds()) {
      const pause = reason === "credentials" ? longestPause : Math.min(shortestPause * 2 ** failures, longestPause);
      failures += 1;
      unanswered = 0;
      blockedUntil = milliseconds() + Math.max(pause, retryAfter) * 1000;
      warn(error, "messages are not sent; FCM is left alone for a while");
    }
    return { result: "failed", reason };
  }

  async function attemptAll(message: Message, signal: AbortSignal): Promise<Delivery> {
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) return { result: "failed", reason: "stopped" };
      if (blockedUntil > milliseconds()) return { result: "failed", reason: "paused" };
      const pause = pausedUntil - milliseconds();
      if (pause > 0) {
        await wait(pause, signal);
        if (signal.aborted) return { result: "failed", reason: "stopped" };
      }
      try {
        const result = await fcm.send(message);
        failures = 0;
        unanswered = 0;
        return { result };
      } catch (error) {
        const failure = error instanceof PushError ? error : new PushError("garbage", "", { cause: error });
        const seconds = secondsToWait(failure, attempt);
        if (!passing.has(failure.reason) || attempt === attempts || (failure.retryAfter ?? 0) > longestWait)
          return givenUp(failure);
        pausedUntil = Math.max(pausedUntil, milliseconds() + seconds * 1000);
      }
    }
  }

  return { isBlocked: () => blockedUntil > milliseconds(), send: attemptAll };
}

async function waitOrStop(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {});
}
