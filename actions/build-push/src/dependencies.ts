// What build-push needs from its environment; injected, so that tests can replace it.
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Clock } from "../../shared/src/clock.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import type { Log } from "../../shared/src/report.ts";

export interface Dependencies {
  /** Client for a region; default: the job's. */
  ecr: (region?: string) => ECRClient;
  run: RunProcess;
  clock: Clock;
  log: Log;
  /** A collapsible group of log lines. */
  group: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  environment: NodeJS.ProcessEnv;
  /** For temporary files. */
  folder: string;
  /** Aborted when the job is cancelled. */
  signal?: AbortSignal;
}
