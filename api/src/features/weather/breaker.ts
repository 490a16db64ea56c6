// Leaves a service alone that fails, and tries it again by itself.
import { ProviderError } from "./weather.ts";

const tolerated = 3;
const shortestPause = 15;
const longestPause = 300;
/** A key that is refused, and a limit of unknown length, do not come right in seconds. */
const longPause = 600;

export interface Breaker {
  /**
   * @param isProof whether an answer proves that the service works: not if it may come from what is known already
   * @throws ProviderError `paused` without a call, while the service is left alone
   */
  run<T>(call: () => Promise<T>, isProof?: boolean): Promise<T>;
  /** What went wrong last, until a call succeeds. */
  problem(): ProviderError | undefined;
}

export function createBreaker(now: () => Date): Breaker {
  let failures = 0;
  let last: ProviderError | undefined;
  /** Milliseconds; while it is set, at most one call at a time is made, and none before it. */
  let pausedUntil: number | undefined;
  let isTrying = false;
  /** Calls that were under way when the pause began are one failure, not many. */
  let pauses = 0;

  function succeeded(): void {
    failures = 0;
    last = undefined;
    pausedUntil = undefined;
  }

  function failed(error: ProviderError, pausesBefore: number): void {
    last = error;
    if (pauses !== pausesBefore) return;
    failures += 1;
    const isLasting = error.reason === "quota" || error.reason === "refused";
    if (!isLasting && failures < tolerated) return;
    const growing = Math.min(shortestPause * 2 ** Math.max(0, failures - tolerated), longestPause);
    pauses += 1;
    pausedUntil = now().getTime() + (isLasting ? (error.retryAfter ?? longPause) : growing) * 1000;
  }

  return {
    problem: () => last,
    run: async (call, isProof = true) => {
      const isTrial = pausedUntil !== undefined;
      const wait = (pausedUntil ?? 0) - now().getTime();
      if (isTrial && (wait > 0 || isTrying))
        throw new ProviderError("paused", last?.message ?? "The weather service is left alone.", {
          retryAfter: Math.max(1, Math.ceil(wait / 1000)),
          cause: last,
        });
      isTrying ||= isTrial;
      const pausesBefore = pauses;
      try {
        const result = await call();
        if (isProof) succeeded();
        return result;
      } catch (error) {
        const failure = asProviderError(error);
        if (failure.reason !== "unknown-place") failed(failure, pausesBefore);
        else if (isProof) succeeded();
        throw failure;
      } finally {
        if (isTrial) isTrying = false;
      }
    },
  };
}

/** What a parser throws is about an answer that it cannot read. */
function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError("garbage", "The weather service answered what cannot be read.", { cause: error });
}
