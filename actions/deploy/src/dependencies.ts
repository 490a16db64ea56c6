import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { Clock } from "../../shared/src/clock.ts";
import type { Outcome } from "../../shared/src/outcome.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";
import type { ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import type { ExistingService } from "../../shared/src/ecs/service.ts";
import type { PreflightClients } from "../../shared/src/ecs/preflight/check.ts";

export interface Dependencies extends PreflightClients {
  ecs: ECSClient;
  /** Made when they are needed: most services have no use for them. */
  autoscaling: () => ApplicationAutoScalingClient;
  codeDeploy: () => CodeDeployClient;
  cloudWatch: () => CloudWatchClient;
  clock: Clock;
  log: Log;
  /** undefined: warnings are lines of the log. */
  annotate?: Annotate | undefined;
  /** Of a run that this one is a part of. */
  missing?: MissingPermissions | undefined;
  setOutputs: (outputs: Record<string, string | number>) => void;
  /** What the post step of a cancelled run needs: called as soon as there is something to roll back. */
  onStarted: (started: StartedDeployment) => void;
}

/** A deployment that was started, for the post step after a cancellation. */
export interface StartedDeployment {
  cluster: string;
  service: string;
  deploymentId: string;
  taskDefinitionArn: string;
  previousTaskDefinitionArn: string;
  codeDeployId?: string;
}

/** Everything that one run works with. */
export interface Run extends Dependencies {
  inputs: Inputs;
  /** Milliseconds since the epoch. */
  started: number;
  deadline: number;
}

/** What is to be deployed, and where: as ECS describes it. */
export interface Found {
  wanted: ResolvedTaskDefinition;
  services: NamedService[];
}

export interface NamedService {
  /** As the inputs name it. */
  name: string;
  service: ExistingService;
}

/** What a run leaves behind, for the root action. */
export interface DeployResult {
  outcome: Outcome | "";
  taskDefinitionArn: string;
  previousTaskDefinitionArn: string;
  /** An emergency keeps a service at 0. */
  isStopped: boolean;
}
