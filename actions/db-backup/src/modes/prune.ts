// Removes the backups that no rule keeps. The plan is logged first; of each backup the manifest is removed first.
import { mapConcurrently } from "../../../shared/src/concurrency.ts";
import { ConfigurationError } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { missingObjects, listFolders, readManifest, type Listed } from "../storage/catalog.ts";
import { BackupError } from "../errors.ts";
import type { PruneInputs } from "../input-types.ts";
import { manifestName, type Place } from "../storage/layout.ts";
import { isProven } from "../storage/manifest.ts";
import { describePostponed, planRetention, type Candidate, type RetentionPlan } from "../storage/retention.ts";
import type { Store } from "../storage/store.ts";

export interface Pruned {
  plan: RetentionPlan;
  /** IDs of folders without a manifest, which killed runs left. */
  leftovers: string[];
  /** How many backups a run removes at most. */
  maxDelete: number;
}

/** A folder without a manifest is removed only if it was begun so long (2 days) before the newest good backup. */
const leftoverAge = 2 * 86_400_000;

/** Backups whose objects are asked for at the same time; each has a few. */
const concurrency = 8;

export async function prune(inputs: PruneInputs, { store, log }: { store: Store; log: Log }): Promise<Pruned> {
  const folders = await listFolders(store, inputs.place);
  const backups = folders.filter(({ hasManifest }) => hasManifest);
  const candidates = await mapConcurrently(backups, concurrency, (listed) => candidateOf(store, inputs.place, listed));
  const plan = planRetention(candidates, inputs.rules, inputs.maxDelete);
  const newestGood = Math.max(...candidates.filter(({ verified }) => verified).map(({ at }) => at));
  const incomplete = folders.filter(({ hasManifest }) => !hasManifest);
  const leftovers = incomplete.filter(({ at }) => at < newestGood - leftoverAge);
  const verb = inputs.dryRun ? "would remove" : "removing";
  for (const { id, because } of plan.keep) log(`keeping ${id}: ${because.join(", ")}`);
  for (const id of plan.remove) log(`${verb} ${id}`);
  for (const id of plan.postponed) log(`left for a later run: ${id}`);
  if (plan.postponed.length > 0) log(describePostponed(plan, inputs.maxDelete));
  for (const folder of incomplete)
    if (!leftovers.includes(folder)) log(`keeping the incomplete backup ${folder.id}, which may still be running`);
  for (const { id } of leftovers) log(`${verb} the incomplete backup ${id}, which has no manifest`);
  // Oldest first, one by one: if this is interrupted, the newer backups still exist.
  const toRemove = [...plan.remove.flatMap((id) => folders.find((folder) => folder.id === id) ?? []), ...leftovers];
  if (!inputs.dryRun) for (const folder of toRemove) await remove(store, folder);
  return { plan, leftovers: leftovers.map(({ id }) => id), maxDelete: inputs.maxDelete };
}

async function candidateOf(store: Store, place: Place, listed: Listed): Promise<Candidate> {
  const { id, at, keys } = listed;
  let archived = false;
  const manifest = await readManifest(store, place, id).catch((error: unknown) => {
    archived = error instanceof BackupError && error.code === "ARCHIVED";
    if (archived || isNoManifest(error)) return undefined;
    // Whether a backup is good is not known while the store does not answer; then none is removed.
    store.settings.log(`the manifest of ${id} cannot be read; nothing is removed`);
    throw error;
  });
  const heads = await Promise.all(keys.map(({ key }) => store.head(key)));
  const now = store.settings.clock.now();
  const locked = heads.some(
    (head) =>
      head?.lockedUntil === "legal hold" || (head?.lockedUntil !== undefined && head.lockedUntil.getTime() > now),
  );
  // A backup whose manifest names missing objects is not a good one.
  const isComplete = manifest !== undefined && missingObjects(manifest, listed).length === 0;
  return { id, at, verified: isComplete && manifest.verified.rows >= 0 && isProven(manifest), locked, archived };
}

/** Damaged, of another version, or gone in the meantime. */
const isNoManifest = (error: unknown): boolean =>
  error instanceof ConfigurationError || (error instanceof BackupError && error.code === "NO_BACKUP");

/** The manifest first: without it the rest no longer counts as a backup, even if it is not removed. */
async function remove(store: Store, { keys }: Listed): Promise<void> {
  const order = keys.toSorted(
    (a, b) => Number(b.key.endsWith(`/${manifestName}`)) - Number(a.key.endsWith(`/${manifestName}`)),
  );
  for (const { key } of order) await store.remove(key);
}
