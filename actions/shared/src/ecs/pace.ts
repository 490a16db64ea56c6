// How often ECS is asked: 30 calls in a minute, and closest where an end is near.
import type { Clock } from "../clock.ts";

const minute = 60_000;
const callsAMinute = 30;

/** Milliseconds: while nothing is likely to end; where one more step ends it; and there, when this minute's calls are spent. */
const usual = 4000;
const near = 1800;
const spent = 2400;
/** A small service on one machine is done within seconds, and at first no call has been spent. */
const beginning = { looks: 3, interval: 1500 };

export class Pace {
  private readonly clock: Clock;
  private calls: number[] = [];
  private looks = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  called(): void {
    this.calls = [...this.calls.filter((time) => time > this.clock.now() - minute), this.clock.now()];
  }

  /** Milliseconds until the next look. What is saved in quiet times is spent near the end. */
  wait(isNear: boolean): number {
    this.looks += 1;
    const left = callsAMinute - this.calls.filter((time) => time > this.clock.now() - minute).length;
    if (isNear) return left > 7 ? near : spent;
    return this.looks <= beginning.looks ? beginning.interval : usual;
  }
}
