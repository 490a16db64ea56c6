// Removes the backups that no rule keeps. The plan is logged first; of each backup the manifest is removed first.
import type { Log } from "../../../shared/src/report.ts";
import { missingObjects, listFolders, readManifest, type Listed } from "../storage/catalog.ts";
import type { PruneInputs } from "../inputs.ts";
import { manifestName, type Place } from "../storage/layout.ts";
import { planRetention, type Candidate, type RetentionPlan } from "../storage/retention.ts";
import type { Store } from "../storage/store.ts";

export interface Pruned {
  plan: RetentionPlan;
  /** IDs of folders without a manifest, which killed runs left. */
  leftovers: string[];
}

/** A folder without a manifest is removed only if it was begun so long (2 days) before the newest good backup. */
const leftoverAge = 2 * 86_400_000;

export async function prune(inputs: PruneInputs, { store, log }: { store: Store; log: Log }): Promise<Pruned> {
  const folders = await listFolders(store, inputs.place);
  const backups = folders.filter(({ hasManifest }) => hasManifest);
  const candidates = await Promise.all(backups.map((listed) => candidateOf(store, inputs.place, listed)));
  const plan = planRetention(candidates, inputs.rules, inputs.maxDelete);
  const newestGood = Math.max(...candidates.filter(({ verified }) => verified).map(({ at }) => at));
  const leftovers = folders.filter(({ hasManifest, at }) => !hasManifest && at < newestGood - leftoverAge);
  const verb = inputs.dryRun ? "would remove" : "removing";
  for (const { id, because } of plan.keep) log(`keeping ${id}: ${because.join(", ")}`);
  for (const id of plan.remove) log(`${verb} ${id}`);
  for (const { id } of leftovers) log(`${verb} the incomplete backup ${id}, which has no manifest`);
  // Oldest first, one by one: if this is interrupted, the newer backups still exist.
  const toRemove = [...plan.remove.flatMap((id) => folders.find((folder) => folder.id === id) ?? []), ...leftovers];
  if (!inputs.dryRun) for (const folder of toRemove) await remove(store, folder);
  return { plan, leftovers: leftovers.map(({ id }) => id) };
}

async function candidateOf(store: Store, place: Place, listed: Listed): Promise<Candidate> {
  const { id, at, keys } = listed;
  const manifest = await readManifest(store, place, id).catch(() => undefined);
  const heads = await Promise.all(keys.map(({ key }) => store.head(key)));
  const now = store.settings.clock.now();
  const locked = heads.some(
    (head) =>
      head?.lockedUntil === "legal hold" || (head?.lockedUntil !== undefined && head.lockedUntil.getTime() > now),
  );
  // A backup whose manifest names missing objects is not a good one.
  const isComplete = manifest !== undefined && missingObjects(manifest, listed).length === 0;
  return { id, at, verified: isComplete && manifest.verified.rows >= 0, locked };
}

/** The manifest first: without it the rest no longer counts as a backup, even if it is not removed. */
async function remove(store: Store, { keys }: Listed): Promise<void> {
  const order = keys.toSorted(
    (a, b) => Number(b.key.endsWith(`/${manifestName}`)) - Number(a.key.endsWith(`/${manifestName}`)),
  );
  for (const { key } of order) await store.remove(key);
}
