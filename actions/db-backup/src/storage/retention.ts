// Which backups stay. Rules keep; what none of them keeps may go, and only while enough good ones remain. No clock is
// asked: ages
// are counted from the newest good backup, so that an outage of weeks costs nothing.

export interface Kept {
  /** Newest verified ones. */
  newest: number;
  /** The newest of each of so many days, weeks, months that have one. */
  daily: number;
  weekly: number;
  monthly: number;
}

export interface Candidate {
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** By this toolkit, when it was made. */
  verified: boolean;
  /** Under Object Lock or a legal hold. */
  locked: boolean;
}

export interface RetentionPlan {
  keep: { id: string; because: string[] }[];
  /** The oldest first. */
  remove: string[];
}

const day = 86_400_000;

const periods: Record<"daily" | "weekly" | "monthly", (at: number) => string> = {
  daily: (at) => new Date(at).toISOString().slice(0, 10),
  // Weeks begin on Monday, as ISO 8601 has it; 1970-01-05 was one.
  weekly: (at) => String(Math.floor((at - 4 * day) / (7 * day))),
  monthly: (at) => new Date(at).toISOString().slice(0, 7),
};

/** @param maxDelete how many may go at most in one run; the oldest go first. */
export function planRetention(candidates: readonly Candidate[], kept: Kept, maxDelete: number): RetentionPlan {
  const entries = candidates.map((candidate) => ({ ...candidate, because: [] as string[] }));
  const good = entries.filter(({ verified }) => verified).toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  for (const { because } of good.slice(0, Math.max(1, kept.newest))) because.push("one of the newest");
  for (const rule of ["daily", "weekly", "monthly"] as const) {
    const seen = new Set<string>();
    for (const { at, because } of good) {
      const period = periods[rule](at);
      if (seen.has(period) || seen.size >= kept[rule]) continue;
      seen.add(period);
      because.push(rule);
    }
  }
  for (const { locked, because } of entries) if (locked) because.push("locked");
  // What is newer than every good backup may be under verification; without a good one nothing is removed.
  const newestGood = good[0]?.at;
  for (const { at, because } of entries) {
    if (newestGood === undefined) because.push("there is no good one");
    else if (at >= newestGood && because.length === 0) because.push("newer than the newest good one");
  }
  const keep = entries.filter(({ because }) => because.length > 0).map(({ id, because }) => ({ id, because }));
  const remove = entries
    .filter(({ because }) => because.length === 0)
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .slice(0, maxDelete)
    .map(({ id }) => id);
  return { keep, remove };
}
