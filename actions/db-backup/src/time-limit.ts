// The end of a run that takes too long: everything it waits for is stopped, and what does not stop is left behind.
import { cancellable, type Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { BackupError } from "./errors.ts";

/** Milliseconds to abort the upload, drop the database and release the lock, if the network lets it. */
const cleanUpMilliseconds = 30_000;

interface Limited {
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/**
 * Aborts the work on the caller's signal or after the time limit, pauses included; the error code shows which of the
 * two. Work that does not end then, because it waits for a connection that the network forgot, is not waited for.
 */
export async function withTimeLimit<D extends Limited, T>(
  { timeoutMinutes }: { timeoutMinutes: number },
  dependencies: D,
  work: (limited: D & { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const { signal: cancelled, clock } = dependencies;
  const limit = AbortSignal.timeout(Math.round(timeoutMinutes * 60_000));
  const signal = cancelled ? AbortSignal.any([cancelled, limit]) : limit;
  const end = Promise.withResolvers<never>();
  const timers: NodeJS.Timeout[] = [];
  signal.addEventListener("abort", () => {
    timers.push(setTimeout(() => end.reject(new BackupError("CANCELLED", "Stopped.")), cleanUpMilliseconds));
  });
  try {
    return await Promise.race([work({ ...dependencies, signal, clock: cancellable(clock, signal) }), end.promise]);
  } catch (error) {
    if (limit.aborted && !cancelled?.aborted && error instanceof FailedError)
      throw new BackupError("TIMED_OUT", `Not finished after ${timeoutMinutes} minutes.`, { cause: error });
    throw error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
