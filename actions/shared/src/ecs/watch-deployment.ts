// Follows one deployment, ours, by the id that UpdateService answered with, to its end.
// "The service is steady" is never asked: after a rollback it is, and our revision is gone.
import { DescribeServicesCommand, type Deployment, type ECSClient, type Service } from "@aws-sdk/client-ecs";
import { explained } from "../aws.ts";
import type { Clock } from "../clock.ts";
import { FailedError } from "../errors.ts";
import type { Log } from "../report.ts";
import { isFailure, isHopeless, stoppedTasks, type StoppedTask } from "./stopped-tasks.ts";
import { shortName } from "./task-definition.ts";

export type Outcome = "succeeded" | "failed" | "rolled-back" | "superseded" | "timed-out";

export interface Ending {
  outcome: Outcome;
  /** In ECS's words where it has any. */
  reason: string;
  /** Stops of our revision's tasks that speak against it, oldest first. */
  failures: StoppedTask[];
  /** The service as it was last seen. */
  service: Service;
}

export interface Watch {
  ecs: ECSClient;
  clock: Clock;
  log: Log;
  cluster: string;
  service: string;
  deploymentId: string;
  taskDefinitionArn: string;
  /** Events that were there before ours began. */
  knownEvents: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  deadline: number;
}

/** One look every two seconds is 30 calls a minute. */
const interval = 2000;

export async function watchDeployment(watch: Watch): Promise<Ending> {
  const { clock, log } = watch;
  const seenEvents = new Set(watch.knownEvents);
  let lastLine = "";
  let mostFailed = 0;
  let failures: StoppedTask[] = [];

  for (;;) {
    const service = await look(watch);
    const ours = service.deployments?.find(({ id }) => id === watch.deploymentId);

    const line = ours ? progressLine(ours) : "our deployment is no longer listed";
    if (line !== lastLine) log(line);
    lastLine = line;
    for (const event of (service.events ?? []).toReversed()) {
      if (!event.id || seenEvents.has(event.id)) continue;
      seenEvents.add(event.id);
      log(`  ${event.message}`);
    }

    // ECS counts consecutive failures and starts again after a success: only a rise is news.
    const failed = ours?.failedTasks ?? 0;
    if (failed > mostFailed || !ours || ours.rolloutState === "FAILED") {
      failures = (await stoppedTasks(watch.ecs, watch)).filter(isFailure);
      mostFailed = Math.max(mostFailed, failed);
    }

    const ending = judge(watch, service, ours, failures);
    if (ending) return { ...ending, failures, service };
    if (clock.now() >= watch.deadline) return { outcome: "timed-out", reason: `The time limit has passed. Last seen: ${line}`, failures, service };
    await clock.sleep(Math.min(interval, Math.max(watch.deadline - clock.now(), 1)));
  }
}

async function look({ ecs, cluster, service }: Watch): Promise<Service> {
  const { services = [] } = await explained("ecs:DescribeServices", ecs.send(new DescribeServicesCommand({ cluster, services: [service] })));
  if (services[0]) return services[0];
  throw new FailedError(`The service ${service} was deleted while the deployment was watched.`);
}

function judge(watch: Watch, service: Service, ours: Deployment | undefined, failures: StoppedTask[]): Pick<Ending, "outcome" | "reason"> | undefined {
  const primary = service.deployments?.find(({ status }) => status === "PRIMARY");
  const replaced = primary !== undefined && primary.id !== watch.deploymentId;

  if (ours?.rolloutState === "FAILED") {
    const reason = ours.rolloutStateReason ?? "ECS gives no reason.";
    return { outcome: replaced || rollsBack(service) ? "rolled-back" : "failed", reason };
  }
  if (!ours || replaced) {
    if (failures.length > 0) return { outcome: "rolled-back", reason: "ECS has gone back to another revision after tasks failed." };
    return { outcome: "superseded", reason: `Another deployment (${shortName(primary?.taskDefinition)}) has taken the place of this one.` };
  }
  if (ours.rolloutState === "COMPLETED" && (ours.runningCount ?? 0) >= (ours.desiredCount ?? 0)) {
    return { outcome: "succeeded", reason: ours.rolloutStateReason ?? "" };
  }
  // With a circuit breaker ECS ends it, and knows what to go back to; without one nobody would.
  if (!service.deploymentConfiguration?.deploymentCircuitBreaker?.enable && isHopeless(failures)) {
    return { outcome: "failed", reason: "Its tasks stop again and again in the same way, and the service has no circuit breaker that would end it." };
  }
  return undefined;
}

const rollsBack = (service: Service) => service.deploymentConfiguration?.deploymentCircuitBreaker?.rollback === true;

function progressLine({ desiredCount = 0, runningCount = 0, pendingCount = 0, failedTasks = 0, rolloutState }: Deployment): string {
  const failed = failedTasks > 0 ? `, ${failedTasks} failed` : "";
  return `${runningCount} of ${desiredCount} running, ${pendingCount} pending${failed} (${rolloutState ?? "no rollout state"})`;
}
