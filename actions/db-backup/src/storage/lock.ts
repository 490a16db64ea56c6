// One backup of a database at a time: an object that only one can create, kept alive by its holder. A killed run locks
// nobody out for long.
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import type { Clock } from "../../../shared/src/clock.ts";
import { BackupError } from "../errors.ts";
import { lockKey, type Place } from "./layout.ts";
import type { Store } from "./store.ts";

interface Held {
  run: string;
  /** ISO 8601; empty: released. The writer cannot delete, so a lock is given back by writing. */
  until: string;
}

export interface Lock {
  release: () => Promise<void>;
  /** Aborted when the lock is lost: somebody thinks that we are dead. */
  lost: AbortSignal;
}

export interface LockOptions {
  run: string;
  /** How long it holds without a sign of life. */
  seconds: number;
  clock: Clock;
  log: Log;
}

/** Takes the lock; waits while its holder gives no sign of life. @throws BackupError LOCKED when it does. */
export async function takeLock(store: Store, place: Place, options: LockOptions): Promise<Lock> {
  const { run, seconds, clock, log } = options;
  const key = lockKey(place);
  const text = () =>
    JSON.stringify({ run, until: new Date(clock.now() + seconds * 1000).toISOString() } satisfies Held);
  const there = await untilFree(store, place, options);
  const mine = text();
  if (!(await store.putIf(key, mine, there?.etag)))
    throw new BackupError(
      "LOCKED",
      `${place.database}: ${readHeld((await store.text(key))?.text).run} was a moment earlier.`,
    );

  const state = { text: mine, isOver: false };
  const lost = new AbortController();
  const renew = async () => {
    const now = await store.text(key);
    const next = text();
    if (state.isOver) return;
    if (now?.text !== state.text || !(await store.putIf(key, next, now.etag))) lost.abort();
    else state.text = next;
  };
  // A renewal that fails for want of an answer is made up for by the next.
  const timer = setInterval(
    () =>
      void renew().catch((error: unknown) => log(`the lock could not be renewed: ${messageOf(error).split("\n")[0]}`)),
    (seconds * 1000) / 4,
  );
  timer.unref();
  const release = async () => {
    state.isOver = true;
    clearInterval(timer);
    const now = await store.text(key).catch(() => undefined);
    if (now?.text === state.text)
      await store.putIf(key, JSON.stringify({ run, until: "" } satisfies Held), now.etag).catch(() => undefined);
  };
  return { release, lost: lost.signal };
}

/** The lock as it is free to be taken, or undefined when there never was one. */
async function untilFree(
  store: Store,
  place: Place,
  { clock, log }: LockOptions,
): Promise<{ etag: string } | undefined> {
  const first = await store.text(lockKey(place));
  const { run, until } = readHeld(first?.text);
  const end = until === "" ? 0 : Date.parse(until);
  if (end > clock.now())
    log(`${place.database}: ${run} holds the lock; it is free at ${until} unless that run is alive`);
  while (clock.now() < end) {
    await clock.sleep(Math.min(2000, end - clock.now()));
    const now = await store.text(lockKey(place));
    if (now?.text === first?.text) continue;
    if (readHeld(now?.text).until !== "")
      throw new BackupError("LOCKED", `${place.database}: ${readHeld(now?.text).run} is alive and backs it up.`);
    return now;
  }
  if (end > 0) log(`the lock of ${run} ended at ${until} and was not released: that run was killed`);
  return first;
}

function readHeld(text: string | undefined): Held {
  try {
    const { run = "another run", until = "" } = JSON.parse(text ?? "{}") as Partial<Held>;
    return { run, until: Number.isNaN(Date.parse(until)) ? "" : until };
  } catch {
    return { run: "another run", until: "" };
  }
}
