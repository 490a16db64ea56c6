import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Clock } from "../../shared/src/clock.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";

export interface Dependencies {
  ecs: ECSClient;
  autoscaling: ApplicationAutoScalingClient;
  loadBalancing: ElasticLoadBalancingV2Client;
  clock: Clock;
  log: Log;
  /** undefined: warnings are lines of the log. */
  annotate?: Annotate | undefined;
  setOutputs: (outputs: Record<string, string>) => void;
}

/** Everything that one run works with. */
export interface Run extends Dependencies {
  inputs: Inputs;
  missing: MissingPermissions;
  /** Milliseconds since the epoch. */
  deadline: number;
}
