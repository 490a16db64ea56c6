// Every kind of summary, from scripted runs: for the tests, and to be looked at in artefacts/summaries.
import { buildKinds } from "./build-push.ts";
import { backupKinds } from "./db-backup.ts";
import { deployKinds } from "./deploy.ts";
import { otherKinds } from "./other-actions.ts";
import type { Kinds } from "./scripted.ts";

export const kinds: Kinds = { ...deployKinds, ...otherKinds, ...buildKinds, ...backupKinds };
