// Writes to a store without conditional writes: what a condition would refuse is read before, and what was written is
// read after. Two writers at the very same moment are not kept apart; of them, the one whose text was replaced notices.

/** What is needed of a store. */
interface Bucket {
  text: (key: string) => Promise<{ text: string; etag: string } | undefined>;
  put: (key: string, text: string) => Promise<void>;
}

/** For the warning of each backup that is made this way. */
export const lostWithoutConditions =
  "The store does not refuse to write over a lock or a backup. It is asked before each write what is there, so that " +
  "only a writer at the very same moment goes unnoticed; but nothing keeps the role of this job from overwriting " +
  "backups. Turn on versioning in the bucket, and start the backups of a database one after the other.";

/**
 * Writes only if there is no object, or, with `etag`, only over the object with this ETag.
 *
 * @returns false if another writer was first, as far as can be seen.
 */
export async function putAfterReading(
  store: Bucket,
  { key, text, etag }: { key: string; text: string; etag: string | undefined },
): Promise<boolean> {
  const existing = await store.text(key);
  if (existing?.etag !== etag) return existing?.text === text;
  await store.put(key, text);
  return (await store.text(key))?.text === text;
}
