// Answers kept for a while: one call for all who ask at once, old answers while a new one is fetched, and while none
// can be had.

export interface Kept<T> {
  value: T;
  fetchedAt: Date;
  /** Older than it should be: a newer one is being fetched, or cannot be had. */
  stale: boolean;
}

export interface AnswerCache<T> {
  /** @throws what `load` throws, where there is no answer that is young enough */
  get(key: string, load: () => Promise<T>): Promise<Kept<T>>;
}

export function createAnswerCache<T>(options: {
  /** Seconds. */
  freshFor: number;
  /** Seconds. */
  usableFor: number;
  /** The answer that was not asked for longest goes first. */
  most: number;
  now: () => Date;
}): AnswerCache<T> {
  const { freshFor, usableFor, most, now } = options;
  const answers = new Map<string, { value: T; fetchedAt: Date }>();
  const underWay = new Map<string, Promise<{ value: T; fetchedAt: Date }>>();

  function keep(key: string, answer: { value: T; fetchedAt: Date }): void {
    answers.delete(key);
    answers.set(key, answer);
    for (const oldest of answers.keys()) {
      if (answers.size <= most) return;
      answers.delete(oldest);
    }
  }

  function fetchOnce(key: string, load: () => Promise<T>): Promise<{ value: T; fetchedAt: Date }> {
    const running = underWay.get(key);
    if (running) return running;
    const started = (async () => {
      try {
        const answer = { value: await load(), fetchedAt: now() };
        keep(key, answer);
        return answer;
      } finally {
        underWay.delete(key);
      }
    })();
    underWay.set(key, started);
    return started;
  }

  return {
    get: async (key, load) => {
      const known = answers.get(key);
      const age = known ? (now().getTime() - known.fetchedAt.getTime()) / 1000 : Infinity;
      if (!known || age >= usableFor) return { ...(await fetchOnce(key, load)), stale: false };
      keep(key, known);
      if (age < freshFor) return { ...known, stale: false };
      // The caller does not wait for it; that it failed is in the breaker.
      fetchOnce(key, load).catch(() => {});
      return { ...known, stale: true };
    },
  };
}
