// Whether somebody is told now, and of which place. Pure: the database decides by this while it holds the person's row.

/** Times of day, HH:MM; `from` is not before `to` where midnight lies between. */
export interface QuietHours {
  from: string;
  to: string;
}

export interface Wishes {
  enabled: boolean;
  quiet: QuietHours | null;
  /** Of the IANA database. */
  timeZone: string;
}

export interface Candidate {
  threshold: number;
  probability: number;
}

/** `unknown-time-zone`: one that this build of Node does not have any more. */
export type Skipped = "disabled" | "unknown-time-zone" | "quiet" | "recent" | "below";

const hour = 3_600_000;

/** Minutes since midnight on the clocks of the zone; undefined where there is no such zone. */
export function minutesOfDay(at: Date, timeZone: string): number | undefined {
  try {
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return minutesOf(clock.format(at));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** From the first time up to the second, without it. A clock that is set back can be quiet twice. */
export function isQuiet({ from, to }: QuietHours, minutes: number): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  return begin < end ? begin <= minutes && minutes < end : begin <= minutes || minutes < end;
}

/** What keeps somebody from being told anything now, whatever the chances. */
export function reasonToWait(wishes: Wishes & { lastNotifiedAt: Date | null }, now: Date): Skipped | undefined {
  const { enabled, quiet, timeZone, lastNotifiedAt } = wishes;
  if (!enabled) return "disabled";
  const minutes = minutesOfDay(now, timeZone);
  if (minutes === undefined) return "unknown-time-zone";
  if (quiet && isQuiet(quiet, minutes)) return "quiet";
  // Of a task whose clock is ahead, the last time may lie in the future.
  if (lastNotifiedAt && now.getTime() - lastNotifiedAt.getTime() < hour) return "recent";
  return undefined;
}

/** The likeliest of the places whose threshold is reached; of equal ones the first. */
export function decide<Place extends Candidate>(
  wishes: Wishes & { lastNotifiedAt: Date | null },
  places: readonly Place[],
  now: Date,
): { notify: Place } | { skip: Skipped } {
  const skip = reasonToWait(wishes, now);
  if (skip) return { skip };
  const reached = places.filter(({ probability, threshold }) => probability >= threshold);
  const [first, ...others] = reached;
  if (!first) return { skip: "below" };
  return { notify: others.reduce((best, place) => (place.probability > best.probability ? place : best), first) };
}
