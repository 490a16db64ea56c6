import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { Clock } from "../../shared/src/clock.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";

export interface Dependencies {
  ecs: ECSClient;
  cloudWatch: () => CloudWatchClient;
  clock: Clock;
  log: Log;
  annotate: Annotate;
  setOutputs: (outputs: Record<string, string>) => void;
  /** Commit and URL of this run, for the tags of the revisions. */
  run: { commit: string | undefined; url: string | undefined };
}

export interface Run extends Dependencies {
  inputs: Inputs;
  /** Milliseconds since the epoch. */
  deadline: number;
}
