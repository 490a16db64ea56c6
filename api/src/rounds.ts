// Work beside requests, done again and again until the task ends.
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds until the first round: a task that starts has other things to do. */
const settling = 5000;

/**
 * @param work one round, which never throws
 * @param interval milliseconds from the end of a round to the next one, more or less: tasks that started together do not
 *   come together
 * @returns what ends it, and waits for the round under way
 */
export function startRounds(work: (ended: AbortSignal) => Promise<unknown>, interval: number): () => Promise<void> {
  const ended = new AbortController();
  const pause = (milliseconds: number) =>
    sleep(milliseconds, undefined, { signal: ended.signal, ref: false }).catch(() => {});
  const rounds = async () => {
    await pause(settling);
    while (!ended.signal.aborted) {
      await work(ended.signal);
      await pause(interval * (0.95 + Math.random() / 10));
    }
  };
  const running = rounds();
  return async () => {
    ended.abort();
    await running;
  };
}
