// Follows one deployment, ours, by the id that UpdateService answered with, to its end.
// Whether the service is stable is never asked: after a rollback it is, without our revision.
import { DescribeServicesCommand, type ECSClient, type Service, type ServiceDeployment } from "@aws-sdk/client-ecs";
import { goOnWithout, isTransient, toUserError, type RetryContext } from "../../aws.ts";
import { FailedError, messageOf } from "../../errors.ts";
import { oneLine } from "../../printable.ts";
import { evaluateDeployment, ourDeployment, type Decision, type DeploymentSnapshot } from "./evaluate-deployment.ts";
import { breakerThreshold, tasksNeeded } from "./completion.ts";
import { PollScheduler } from "./poll-scheduler.ts";
import { progressLine } from "./progress.ts";
import type { DeploymentRecord } from "./deployment-record.ts";
import { crashLoopPattern, isFailure, stoppedTasks } from "../tasks/stopped-tasks.ts";
import { describeStop, type StoppedTask } from "../tasks/stopped-task.ts";

export interface WatchOptions extends RetryContext {
  ecs: ECSClient;
  cluster: string;
  service: string;
  deploymentId: string;
  taskDefinitionArn: string;
  previousTaskDefinitionArn: string;
  /** Events that were there before ours began. */
  knownEvents: ReadonlySet<string>;
  record: DeploymentRecord;
}

export interface WatchResult extends Decision {
  failures: StoppedTask[];
  /** The service as it was last seen. */
  service: Service;
  record: ServiceDeployment | undefined;
  /** ECS events of the service since the deployment started, oldest first. */
  events: string[];
}

/** The other source is read less often, in milliseconds: each has information that the other lacks. */
const otherSourceEvery = 30_000;
/** ECS's record of a deployment appears within seconds, or never. */
const recordAppearsWithin = 3;

export async function watchDeployment(watch: WatchOptions): Promise<WatchResult> {
  const { clock, deadline } = watch;
  const watcher = new DeploymentWatcher(watch);
  for (let turn = 0; ; turn += 1) {
    await watcher.poll(turn);
    const ending = watcher.decision();
    if (ending) return watcher.toResult(ending);
    if (clock.now() >= deadline)
      return watcher.toResult({
        outcome: "timed-out",
        reason: `The time limit has passed. Last status: ${watcher.lastLine}`,
      });
    await clock.sleep(Math.min(watcher.nextDelay(), Math.max(deadline - clock.now(), 1)));
  }
}

/** What has been observed so far; logs what is new. */
class DeploymentWatcher {
  lastLine = "nothing yet";
  private readonly watch: WatchOptions;
  private readonly scheduler: PollScheduler;
  private readonly seenEvents: Set<string>;
  private readonly events: string[] = [];
  private service: Service | undefined;
  private record: ServiceDeployment | undefined;
  private failures: StoppedTask[] = [];
  private highestFailureCount = 0;
  private lastError = "";
  /** The role may not see tasks. */
  private isBlind = false;
  private collectedAt = 0;
  private bothAt = 0;
  private readAt = 0;

  constructor(watch: WatchOptions) {
    this.watch = watch;
    this.scheduler = new PollScheduler(watch.clock);
    this.seenEvents = new Set(watch.knownEvents);
  }

  /** One poll. Transient errors are logged once and waited out: the deployment continues meanwhile. */
  async poll(turn: number): Promise<void> {
    try {
      const isDue = this.watch.clock.now() - this.bothAt >= otherSourceEvery;
      if (isDue) this.bothAt = this.watch.clock.now();
      if (isDue || !this.recordLeads()) await this.pollService();
      if (this.readsRecord(turn, isDue)) await this.pollRecord();
      this.lastError = "";
    } catch (error) {
      if (!isTransient(error)) throw toUserError("ecs:DescribeServices", error);
      const trouble = `AWS calls are failing (${error instanceof Error ? error.name : ""}: ${messageOf(error)}); retrying`;
      if (trouble !== this.lastError) this.watch.log(trouble);
      this.lastError = trouble;
    }
    this.reportNews();
  }

  decision(): Decision | undefined {
    return this.service && evaluateDeployment(this.snapshot(this.service));
  }

  /** Milliseconds until the next look. */
  nextDelay(): number {
    return this.scheduler.nextDelay(this.lastError === "" && this.isNearEnd());
  }

  /** Final reads for the explanation: stopped tasks, and what is currently running. */
  async toResult(decision: Decision): Promise<WatchResult> {
    if (decision.outcome !== "succeeded") {
      if (this.watch.clock.now() - this.collectedAt > 1000) await this.collectFailures().catch(() => undefined);
      if (this.record && this.watch.clock.now() - this.readAt > 1000) await this.readService().catch(() => undefined);
    }
    const service = this.service;
    if (!service) throw new FailedError(`${decision.reason} ${this.lastError}`, { outcome: decision.outcome });
    return { ...decision, failures: this.failures, service, record: this.record, events: this.events };
  }

  private snapshot(service: Service): DeploymentSnapshot {
    const { deploymentId, previousTaskDefinitionArn } = this.watch;
    return {
      deploymentId,
      previousTaskDefinitionArn,
      service,
      record: this.record,
      failures: this.failures,
      isBlind: this.isBlind,
    };
  }

  private readsRecord(turn: number, isDue: boolean): boolean {
    return !this.watch.record.isAbsent && (isDue || this.recordLeads() || (!this.record && turn < recordAppearsWithin));
  }

  /**
   * Where traffic is shifted or alarms are watched the record alone knows; else the service leads, which has the
   * events.
   */
  private recordLeads(): boolean {
    return (
      this.record !== undefined &&
      ((this.service?.deploymentConfiguration?.strategy ?? "ROLLING") !== "ROLLING" ||
        this.record.alarms?.status === "MONITORING")
    );
  }

  private async pollRecord(): Promise<void> {
    this.record = (await this.watch.record.look(() => this.scheduler.recordCall())) ?? this.record;
    if (this.record?.deploymentCircuitBreaker?.failureCount)
      await this.noteFailureCount(this.record.deploymentCircuitBreaker.failureCount);
    // Why it was stopped shows in what has taken its place.
    if (this.record?.status === "STOPPED") await this.readService();
  }

  private async readService(): Promise<Service> {
    const { ecs, cluster, service } = this.watch;
    this.scheduler.recordCall();
    const { services = [], failures = [] } = await ecs.send(
      new DescribeServicesCommand({ cluster, services: [service] }),
    );
    if (!services[0]) {
      if (failures.length > 0)
        throw new FailedError(`The service ${service} was deleted while the deployment was watched.`);
      throw Object.assign(new Error("the answer names no service"), { name: "SyntaxError" });
    }
    this.service = services[0];
    this.readAt = this.watch.clock.now();
    return services[0];
  }

  private async pollService(): Promise<void> {
    const service = await this.readService();
    const ours = ourDeployment({ service, deploymentId: this.watch.deploymentId });
    // ECS counts consecutive failures and starts again after a success: only a rise is news.
    if (!ours || ours.rolloutState === "FAILED") await this.collectFailures();
    else await this.noteFailureCount(ours.failedTasks ?? 0);
    // Close to the end, the record decides which outcome it is.
    if (this.record && (!ours || ours.rolloutState !== "IN_PROGRESS" || ours.status !== "PRIMARY"))
      await this.pollRecord();
  }

  /**
   * With a circuit breaker, the first failure is reported when it happens and the others at the end; without one, each may decide.
   */
  private async noteFailureCount(count: number): Promise<void> {
    if (count <= this.highestFailureCount) return;
    if (this.highestFailureCount === 0 || !this.hasBreaker()) await this.collectFailures();
    this.highestFailureCount = count;
  }

  private async collectFailures(): Promise<void> {
    this.scheduler.recordCall();
    this.scheduler.recordCall();
    const found = await this.readStoppedTasks();
    this.collectedAt = this.watch.clock.now();
    // A failure that was seen counts, even after ECS has forgotten it.
    const known = new Set(found.map(({ id }) => id));
    if (this.failures.length === 0 && found[0]) this.watch.log(`  ${describeStop(found[0])}`);
    this.failures = [...this.failures.filter(({ id }) => !known.has(id)), ...found];
  }

  /** Reasons only explain; without them the failures that ECS counts decide (evaluate-deployment.ts). */
  private async readStoppedTasks(): Promise<StoppedTask[]> {
    try {
      return (await stoppedTasks(this.watch.ecs, this.watch)).filter(isFailure);
    } catch (error) {
      goOnWithout(this.watch, "ecs:ListTasks", error, "why tasks of the deployment stop is unknown");
      this.isBlind = true;
      return [];
    }
  }

  /** Whether one more step may end it: all tasks are running, or one more failure decides. */
  private isNearEnd(): boolean {
    if (!this.service) return false;
    const ours = ourDeployment({ service: this.service, deploymentId: this.watch.deploymentId });
    if (!ours) return true;
    const { runningCount = 0, desiredCount = 0, failedTasks = 0 } = ours;
    const breaker = this.record?.deploymentCircuitBreaker;
    const configuration = this.service.deploymentConfiguration?.deploymentCircuitBreaker;
    const failed = Math.max(breaker?.failureCount ?? 0, failedTasks);
    return (
      runningCount >= tasksNeeded(this.service, desiredCount) ||
      (this.hasBreaker() || this.isBlind
        ? failed >= (breaker?.threshold ?? breakerThreshold(configuration, desiredCount)) - 1
        : crashLoopPattern(this.failures, 1) !== undefined)
    );
  }

  private hasBreaker(): boolean {
    return this.service?.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true;
  }

  private reportNews(): void {
    if (!this.service) return;
    const line = progressLine(
      ourDeployment({ service: this.service, deploymentId: this.watch.deploymentId }),
      this.record,
    );
    if (line !== this.lastLine) this.watch.log(line);
    this.lastLine = line;
    for (const { id, message = "" } of (this.service.events ?? []).toReversed()) {
      if (!id || this.seenEvents.has(id)) continue;
      this.seenEvents.add(id);
      const text = oneLine(message);
      this.events.push(text);
      this.watch.log(`  ${text}`);
    }
  }
}
