import { FailedError } from "./errors.ts";

/** Time, from outside, so that tests run in their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The same clock, whose sleep ends when the signal is aborted. */
export function cancellable(clock: Clock, signal: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    sleep: (milliseconds) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(new FailedError("Cancelled.", { outcome: "cancelled" }));
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        const sleep = async () => {
          await clock.sleep(milliseconds);
          signal.removeEventListener("abort", stop);
          resolve();
        };
        void sleep();
      }),
  };
}

/** "4 s" or "3 min 20 s". */
/** Seconds, to the hundredth. */
export const secondsSince = (began: number, clock: Pick<Clock, "now">): number =>
  Math.round((clock.now() - began) / 10) / 100;

export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
