// Whether a store that is not AWS does what the safety of backups rests on. Found with a few small requests before the
// dump, instead of at its end; they write nothing but the lock that this run holds, and only what it contains anyway.
import { BackupError } from "../errors.ts";
import { abortUpload, beginUpload, putPart, sendComplete } from "./multipart.ts";
import { isConflict, type Store } from "./store.ts";

/**
 * @param key of the lock, which exists.
 * @param own its content.
 * @throws BackupError STORE_UNSUPPORTED with the input to set.
 */
export async function assertSupport(store: Store, { key, own }: { key: string; own: string }): Promise<void> {
  const host = await store.foreignHost();
  if (host === undefined) return;
  if (store.hasConditionalWrites)
    for (const condition of [{ IfNoneMatch: "*" }, { IfMatch: '"00000000000000000000000000000000"' }] as const)
      if (!(await isHeeded(() => store.put(key, own, condition)))) throw ignoredError(host, condition);
  await tryUpload(store, { key, own });
  if (store.hasConditionalWrites && !store.hasConditionalComplete)
    store.settings.log(
      `${host} heeds If-None-Match for single objects only: dumps are looked for before they are completed`,
    );
}

const ignoredError = (host: string, condition: object): BackupError =>
  new BackupError(
    "STORE_UNSUPPORTED",
    `${host} ignores ${"IfMatch" in condition ? "If-Match" : "If-None-Match"}: it writes over what is there. ` +
      "Set conditional-writes: false, and read what that means in the README.",
  );

/** Whether a write is refused whose condition does not hold. */
async function isHeeded(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    if (isConflict(error)) return true;
    throw error;
  }
}

/**
 * An upload of one part, which must not replace the lock. Stores that heed conditions for single objects only
 * (Cloudflare R2 documents them for PutObject alone) are asked before an upload is completed whether the object exists.
 */
async function tryUpload(store: Store, { key, own }: { key: string; own: string }): Promise<void> {
  const checksums = store.settings.checksums ?? true;
  const target = await beginUpload(store, { key, run: "support", checksums });
  try {
    const parts = [await putPart(store, { target, PartNumber: 1, body: Buffer.from(own), checksums })];
    const complete = () => sendComplete(store, { target, parts });
    if (store.hasConditionalComplete) store.hasConditionalComplete = await isHeededAtTheEnd(complete);
    // Then it works at least without the header.
    if (!store.hasConditionalComplete) await complete().catch(ignoreCompleted);
  } finally {
    await abortUpload(store, target);
  }
}

/** Refusing the header is as good as ignoring it: the object is looked for instead. */
const isHeededAtTheEnd = (complete: () => Promise<void>): Promise<boolean> =>
  isHeeded(complete).catch((error: unknown) => {
    // Or it was ignored in an attempt whose response was lost.
    if (isCompleted(error) || (error instanceof BackupError && error.code === "STORE_UNSUPPORTED")) return false;
    throw error;
  });

/** The condition was ignored, and the upload was completed with it. */
const isCompleted = (error: unknown): boolean => (error as Error).name === "NoSuchUpload";

function ignoreCompleted(error: unknown): void {
  if (!isCompleted(error)) throw error;
}
