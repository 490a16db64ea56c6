// One backup of a database at a time: an object that only one run can create, and that its holder keeps renewing. The
// lock of a killed run expires.
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import type { Clock } from "../../../shared/src/clock.ts";
import { BackupError } from "../errors.ts";
import { assertSupport } from "./store-support.ts";
import { lockKey, type Place } from "./layout.ts";
import type { Store } from "./store.ts";

interface LockState {
  run: string;
  /** ISO 8601; empty: released. The backup role cannot delete, so a lock is released by a write. */
  until: string;
}

export interface Lock {
  release: () => Promise<void>;
  /** Aborted when the lock is lost: another run considers this one dead. */
  lost: AbortSignal;
}

export interface LockOptions {
  run: string;
  /** How long the lock stays valid without a heartbeat. */
  seconds: number;
  clock: Clock;
  log: Log;
}

/**
 * Milliseconds between a write that no condition guards and the look whether it has been replaced: longer than another
 * run needs from its own look at a free lock to its write.
 */
const settling = 5000;

/**
 * Takes the lock; waits for an old one to expire.
 *
 * @throws BackupError LOCKED if its holder is alive, STORE_UNSUPPORTED if the store cannot keep what is written.
 */
export async function takeLock(store: Store, place: Place, options: LockOptions): Promise<Lock> {
  const { run, seconds, clock, log } = options;
  const key = lockKey(place);
  const newText = () =>
    JSON.stringify({ run, until: new Date(clock.now() + seconds * 1000).toISOString() } satisfies LockState);
  const free = await waitUntilFree(store, place, options);
  const own = newText();
  if (!(await store.putIf(key, own, free?.etag)) || !(await isSettled(store, { ...options, key, own })))
    throw new BackupError(
      "LOCKED",
      `${place.database}: ${parseLock((await store.text(key))?.text).run} took the lock a moment earlier.`,
    );

  await assertSupport(store, { key, own }).catch(async (error: unknown) => {
    await writeReleased(store, { key, run, own });
    throw error;
  });
  const state = { text: own, isReleased: false };
  const lost = new AbortController();
  const renew = async () => {
    const now = await store.text(key);
    const next = newText();
    if (state.isReleased) return;
    if (now?.text !== state.text || !(await store.putIf(key, next, now.etag))) lost.abort();
    else state.text = next;
  };
  // Renewed after each quarter of its time, so that the next renewal makes up for one that failed.
  const timer = setInterval(
    () => void renew().catch((error: unknown) => log(`cannot renew the lock: ${messageOf(error).split("\n")[0]}`)),
    (seconds * 1000) / 4,
  );
  timer.unref();
  const release = async () => {
    state.isReleased = true;
    clearInterval(timer);
    await writeReleased(store, { key, run, own: state.text });
  };
  return { release, lost: lost.signal };
}

/** If this fails, the lock expires. */
async function writeReleased(
  store: Store,
  { key, run, own }: { key: string; run: string; own: string },
): Promise<void> {
  const now = await store.text(key).catch(() => undefined);
  if (now?.text === own)
    await store.putIf(key, JSON.stringify({ run, until: "" } satisfies LockState), now.etag).catch(() => undefined);
}

/** Of two runs that wrote at the same time, only the later one finds its own text. */
async function isSettled(
  store: Store,
  { key, own, seconds, clock }: LockOptions & { key: string; own: string },
): Promise<boolean> {
  if (store.hasConditionalWrites) return true;
  await clock.sleep(Math.min(settling, (seconds * 1000) / 4));
  return (await store.text(key))?.text === own;
}

/** The free lock, to be overwritten; undefined if there has never been one. */
async function waitUntilFree(
  store: Store,
  place: Place,
  { clock, log }: LockOptions,
): Promise<{ etag: string } | undefined> {
  const first = await store.text(lockKey(place));
  const { run, until } = parseLock(first?.text);
  const end = until === "" ? 0 : Date.parse(until);
  if (end > clock.now())
    log(`${place.database}: waiting for the lock of ${run}, which expires at ${until} unless that run is alive`);
  while (clock.now() < end) {
    await clock.sleep(Math.min(2000, end - clock.now()));
    const now = await store.text(lockKey(place));
    if (now?.text === first?.text) continue;
    if (parseLock(now?.text).until !== "")
      throw new BackupError("LOCKED", `${place.database}: ${parseLock(now?.text).run} is alive and is backing it up.`);
    return now;
  }
  if (end > 0) log(`the lock of ${run} expired at ${until} and was not released: that run was killed`);
  return first;
}

function parseLock(text: string | undefined): LockState {
  try {
    const { run = "another run", until = "" } = JSON.parse(text ?? "{}") as Partial<LockState>;
    return { run, until: Number.isNaN(Date.parse(until)) ? "" : until };
  } catch {
    return { run: "another run", until: "" };
  }
}
