// What build-push works with, handed in from outside.
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Clock } from "../../shared/src/clock.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import type { Log } from "../../shared/src/report.ts";

export interface Dependencies {
  /** Client of a region; without one, of the job's. */
  ecr: (region?: string) => ECRClient;
  run: RunProcess;
  clock: Clock;
  log: Log;
  /** A part of the log that can be folded. */
  group: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  environment: NodeJS.ProcessEnv;
  /** For temporary files. */
  folder: string;
  /** Ends what runs when the job is cancelled. */
  signal?: AbortSignal;
}
