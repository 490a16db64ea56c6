// What a backup needs from outside.
import type { Clock } from "../../../shared/src/clock.ts";
import type { RunProcess } from "../../../shared/src/process.ts";
import type { Log } from "../../../shared/src/report.ts";
import type { Timeline } from "../../../shared/src/timeline.ts";
import type { Store } from "../storage/store.ts";

export interface BackupDependencies {
  store: Store;
  run: RunProcess;
  clock: Clock;
  log: Log;
  timeline: Timeline;
  /** Version of this toolkit, for the manifest. */
  tool: string;
  signal?: AbortSignal | undefined;
}
