// Removes what the rules do not keep: planned and told first, the manifest of each backup first.
import type { Log } from "../../../shared/src/report.ts";
import { missingObjects, listFolders, readManifest, type Listed } from "../storage/catalog.ts";
import type { PruneInputs } from "../inputs.ts";
import { manifestName, type Place } from "../storage/layout.ts";
import { planRetention, type Candidate, type RetentionPlan } from "../storage/retention.ts";
import type { Store } from "../storage/store.ts";

export interface Pruned {
  plan: RetentionPlan;
  /** Folders without a manifest: what killed runs have left. */
  leftovers: string[];
}

/** A folder that may still be filled has not been begun so long before the newest good backup. */
const settled = 2 * 86_400_000;

export async function prune(inputs: PruneInputs, { store, log }: { store: Store; log: Log }): Promise<Pruned> {
  const folders = await listFolders(store, inputs.place);
  const backups = folders.filter(({ hasManifest }) => hasManifest);
  const candidates = await Promise.all(backups.map((listed) => candidateOf(store, inputs.place, listed)));
  const plan = planRetention(candidates, inputs.kept, inputs.maxDelete);
  const newestGood = Math.max(...candidates.filter(({ verified }) => verified).map(({ at }) => at));
  const leftovers = folders.filter(({ hasManifest, at }) => !hasManifest && at < newestGood - settled);
  for (const { id, because } of plan.keep) log(`keeps ${id}: ${because.join(", ")}`);
  for (const id of plan.remove) log(`${inputs.dryRun ? "would remove" : "removes"} ${id}`);
  for (const { id } of leftovers)
    log(`${inputs.dryRun ? "would remove" : "removes"} what is left of ${id}, which never got a manifest`);
  // The oldest first, one after the other: whatever stops this, what is newer is still there.
  const due = [...plan.remove.flatMap((id) => folders.find((one) => one.id === id) ?? []), ...leftovers];
  if (!inputs.dryRun) for (const one of due) await remove(store, one);
  return { plan, leftovers: leftovers.map(({ id }) => id) };
}

async function candidateOf(store: Store, place: Place, listed: Listed): Promise<Candidate> {
  const { id, at, keys } = listed;
  const manifest = await readManifest(store, place, id).catch(() => undefined);
  const heads = await Promise.all(keys.map(({ key }) => store.head(key)));
  const now = store.settings.clock.now();
  const locked = heads.some(
    (head) => head?.lockedUntil === "held" || (head?.lockedUntil !== undefined && head.lockedUntil.getTime() > now),
  );
  // A manifest that names what is not there is none that one could rely on.
  const isWhole = manifest !== undefined && missingObjects(manifest, listed).length === 0;
  return { id, at, verified: isWhole && manifest.verified.rows >= 0, locked };
}

/** The manifest first: from then on it is no backup any more, whatever happens to the rest. */
async function remove(store: Store, { keys }: Listed): Promise<void> {
  const order = keys.toSorted(
    (a, b) => Number(b.key.endsWith(`/${manifestName}`)) - Number(a.key.endsWith(`/${manifestName}`)),
  );
  for (const { key } of order) await store.remove(key);
}
