import type { ECSClient } from "@aws-sdk/client-ecs";
import type { Clock } from "../../shared/src/clock.ts";
import type { PreflightClients } from "../../shared/src/ecs/preflight/check.ts";
import type { Outcome } from "../../shared/src/outcome.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";

export interface Dependencies extends PreflightClients {
  ecs: ECSClient;
  clock: Clock;
  log: Log;
  /** undefined: warnings are lines of the log. */
  annotate?: Annotate | undefined;
  /** Of a run that this one is a part of. */
  missing?: MissingPermissions | undefined;
  setOutputs: (outputs: Record<string, string | number>) => void;
}

export interface RollbackResult {
  outcome: Outcome | "";
}

/** Everything that one run works with. */
export interface Run extends Dependencies {
  inputs: Inputs;
  /** Milliseconds since the epoch. */
  started: number;
  deadline: number;
}
