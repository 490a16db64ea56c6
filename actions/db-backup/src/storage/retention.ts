// Which backups are kept: those that a rule keeps. The others may be removed, as long as there is a good backup. Ages
// are counted from the newest good backup instead of the clock, so that an outage of weeks removes nothing.

export interface RetentionRules {
  /** Number of newest verified backups to keep. */
  newest: number;
  /** Number of days, weeks and months with a backup of which the newest one is kept. */
  daily: number;
  weekly: number;
  monthly: number;
}

export interface Candidate {
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** By this toolkit, when the backup was made. */
  verified: boolean;
  /** Under Object Lock or a legal hold. */
  locked: boolean;
  /** Its manifest is in an archive, so that it is not known how good it is. */
  archived?: boolean;
}

export interface RetentionPlan {
  keep: { id: string; because: string[] }[];
  /** Oldest first. */
  remove: string[];
  /** Kept by no rule, but over the limit of one run: left for later ones. Oldest first. */
  postponed: string[];
}

const day = 86_400_000;

const periods: Record<"daily" | "weekly" | "monthly", (at: number) => string> = {
  daily: (at) => new Date(at).toISOString().slice(0, 10),
  // Weeks begin on Monday, as in ISO 8601; 1970-01-05 was a Monday.
  weekly: (at) => String(Math.floor((at - 4 * day) / (7 * day))),
  monthly: (at) => new Date(at).toISOString().slice(0, 7),
};

/** @param maxDelete how many backups one run removes at most, the oldest first. */
export function planRetention(
  candidates: readonly Candidate[],
  rules: RetentionRules,
  maxDelete: number,
): RetentionPlan {
  const entries = candidates.map((candidate) => ({ ...candidate, because: [] as string[] }));
  const good = entries.filter(({ verified }) => verified).toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  for (const { because } of good.slice(0, Math.max(1, rules.newest))) because.push("one of the newest");
  for (const rule of ["daily", "weekly", "monthly"] as const) {
    const seen = new Set<string>();
    for (const { at, because } of good) {
      const period = periods[rule](at);
      if (seen.has(period) || seen.size >= rules[rule]) continue;
      seen.add(period);
      because.push(rule);
    }
  }
  for (const { locked, archived, because } of entries) {
    if (locked) because.push("locked");
    if (archived) because.push("its manifest is archived");
  }
  // A backup newer than every good one may be in verification; without a good one nothing is removed.
  const newestGood = good[0]?.at;
  for (const { at, because } of entries) {
    if (newestGood === undefined) because.push("there is no good backup");
    else if (at >= newestGood && because.length === 0) because.push("newer than the newest good backup");
  }
  const keep = entries.filter(({ because }) => because.length > 0).map(({ id, because }) => ({ id, because }));
  const superfluous = entries
    .filter(({ because }) => because.length === 0)
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
  return { keep, remove: superfluous.slice(0, maxDelete), postponed: superfluous.slice(maxDelete) };
}

/** What the limit of a run leaves, and how to get there. */
export function describePostponed({ postponed }: RetentionPlan, maxDelete: number): string {
  const runs = Math.ceil(postponed.length / maxDelete);
  const count = (number: number, one: string) => `${number.toLocaleString("en-US")} ${one}${number === 1 ? "" : "s"}`;
  return (
    `${count(postponed.length, "backup")} that no rule keeps left for later: max-delete is ${maxDelete}. ` +
    `${count(runs, "more run")} will remove them, or fewer with a higher max-delete (up to 1000)`
  );
}
