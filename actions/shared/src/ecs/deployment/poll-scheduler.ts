// How often ECS is asked: 30 calls in a minute, and closest where an end is near.
import type { Clock } from "../../clock.ts";

const minute = 60_000;
const callsAMinute = 30;

/** Milliseconds while nothing is likely to end. */
const normalInterval = 6500;
/** Milliseconds where one more step ends it, by how many of this minute's calls are left at least. */
const nearEndIntervals: [left: number, interval: number][] = [
  [8, 1900],
  [4, 2100],
  [Number.NEGATIVE_INFINITY, 3000],
];
/** A small service on one machine is done within seconds, and at first no call has been spent. */
const firstIntervals = [1500, 1500, 3000];

export class PollScheduler {
  private readonly clock: Clock;
  private calls: number[] = [];
  private looks = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  recordCall(): void {
    this.calls = [...this.calls.filter((time) => time > this.clock.now() - minute), this.clock.now()];
  }

  /** Milliseconds until the next look. What is saved in quiet times is spent near the end. */
  nextDelay(isNear: boolean): number {
    this.looks += 1;
    const left = callsAMinute - this.calls.filter((time) => time > this.clock.now() - minute).length;
    const [, nearEnd = normalInterval] = nearEndIntervals.find(([atLeast]) => left >= atLeast) ?? [];
    if (isNear) return nearEnd;
    return firstIntervals[this.looks - 1] ?? normalInterval;
  }
}
