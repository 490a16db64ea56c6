// The state of a service in the emergency procedure, read from ECS alone: actions/service-control/README.md has the table.
import { describeService, type ExistingService } from "../../shared/src/ecs/service.ts";
import { allOrNothing } from "../../shared/src/all-or-nothing.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { required } from "../../shared/src/required.ts";
import type { Run } from "./dependencies.ts";
import { lookAtMaintenance, type Maintenance } from "./maintenance.ts";
import { recordOf, type EmergencyRecord } from "./record.ts";

/**
 * `empty`: it has 0 tasks, and no emergency is the reason. `changing`: a stop or resume is under way, or was interrupted
 * and is to be run again.
 */
export type State = "running" | "empty" | "stopping" | "stopped" | "changing";

export interface ServiceState {
  name: string;
  arn: string;
  state: State;
  desired: number;
  running: number;
  /** Running and pending tasks. */
  tasks: number;
  /** undefined: no emergency. */
  record: EmergencyRecord | undefined;
  /** Whether requests of a load balancer reach it. */
  isBehindLoadBalancer: boolean;
  /** Of the load balancer before it, in reports; undefined: there is none. */
  maintenance?: Maintenance | "unknown" | undefined;
}

/** Its rule with the maintenance answer: the one that is given belongs to the first service. */
export function ruleOf({ inputs }: Pick<Run, "inputs">, { name, record }: ServiceState): string | undefined {
  return (name === inputs.services[0] ? inputs.maintenanceRule : undefined) ?? record?.maintenanceRule;
}

/** The state with that of its maintenance answer, for reports. */
export async function withMaintenance(run: Run, state: ServiceState): Promise<ServiceState> {
  const rule = ruleOf(run, state);
  return rule === undefined ? state : { ...state, maintenance: await lookAtMaintenance(run, rule) };
}

export async function readState(run: Run, name: string): Promise<ServiceState> {
  const service = await describeService(run, { cluster: run.inputs.cluster, service: name });
  return stateOf(name, service);
}

export function stateOf(name: string, service: ExistingService): ServiceState {
  const field = (what: "serviceArn" | "desiredCount" | "runningCount" | "pendingCount") =>
    required(service[what], `ecs:DescribeServices: ${what}`);
  const desired = Number(field("desiredCount"));
  const running = Number(field("runningCount"));
  const tasks = running + Number(field("pendingCount"));
  const record = recordOf(service);
  const arn = String(field("serviceArn"));
  return {
    name,
    arn,
    desired,
    running,
    tasks,
    record,
    isBehindLoadBalancer: (service.loadBalancers ?? []).length > 0,
    state: named({ desired, tasks, isEmergency: record !== undefined }),
  };
}

function named({ desired, tasks, isEmergency }: { desired: number; tasks: number; isEmergency: boolean }): State {
  if (!isEmergency) return desired === 0 ? "empty" : "running";
  if (desired > 0) return "changing";
  return tasks > 0 ? "stopping" : "stopped";
}

/**
 * All services or none: what is wrong with one is reported together with what is wrong with the others.
 *
 * @throws ConfigurationError before anything is changed.
 */
export async function readAll(run: Run): Promise<ServiceState[]> {
  const read = async (name: string): Promise<ServiceState> => {
    const service = await describeService(run, { cluster: run.inputs.cluster, service: name });
    if (run.inputs.mode !== "status") assertCountCanBeSet(name, service);
    return stateOf(name, service);
  };
  return allOrNothing(run.inputs.services.map(read));
}

/** ECS refuses a desired count for both (API reference, "UpdateService"). */
function assertCountCanBeSet(name: string, { schedulingStrategy, deploymentController }: ExistingService): void {
  if (schedulingStrategy === "DAEMON")
    throw new ConfigurationError(
      `${name} is a daemon service: it has one task on each container instance and no desired count. Drain the instances, or delete the service.`,
    );
  if (deploymentController?.type === "EXTERNAL")
    throw new ConfigurationError(`${name} is deployed by an external controller: scale its task sets there.`);
}
