// Follows one deployment, ours, by the id that UpdateService answered with, to its end.
// "The service is steady" is never asked: after a rollback it is, and our revision is gone.
import { DescribeServicesCommand, type ECSClient, type Service, type ServiceDeployment } from "@aws-sdk/client-ecs";
import { explain, isRefused, isTransient, type Session } from "../aws.ts";
import { FailedError, messageOf } from "../errors.ts";
import { judge, ourDeployment, type Seen, type Verdict } from "./judge.ts";
import { Pace } from "./pace.ts";
import { progressLine } from "./progress.ts";
import type { RolloutRecord } from "./rollout-record.ts";
import { hopelessPattern, isFailure, stoppedTasks } from "./stopped-tasks.ts";
import { describeStop, type StoppedTask } from "./task-ending.ts";

export interface Watch extends Session {
  ecs: ECSClient;
  cluster: string;
  service: string;
  deploymentId: string;
  taskDefinitionArn: string;
  previousTaskDefinitionArn: string;
  /** Events that were there before ours began. */
  knownEvents: ReadonlySet<string>;
  record: RolloutRecord;
}

export interface Ending extends Verdict {
  failures: StoppedTask[];
  /** The service as it was last seen. */
  service: Service;
  record: ServiceDeployment | undefined;
  /** What ECS has said of the service since we began, oldest first. */
  events: string[];
}

/** Failures after which ECS's breaker ends a deployment. Source: Amazon ECS developer guide, deployment circuit breaker. */
const breakerThreshold = (desiredCount: number): number => Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));

/** The source that does not lead is asked less often, in milliseconds: each knows something that the other does not. */
const otherSourceEvery = 30_000;
/** ECS's record of a deployment appears within seconds, or never. */
const recordAppearsWithin = 3;

export async function watchDeployment(watch: Watch): Promise<Ending> {
  const { clock, deadline } = watch;
  const follower = new Follower(watch);
  for (let turn = 0; ; turn += 1) {
    await follower.look(turn);
    const ending = follower.ending();
    if (ending) return follower.conclude(ending);
    if (clock.now() >= deadline)
      return follower.conclude({
        outcome: "timed-out",
        reason: `The time limit has passed. Last seen: ${follower.lastLine}`,
      });
    await clock.sleep(Math.min(follower.wait(), Math.max(deadline - clock.now(), 1)));
  }
}

/** What has been seen so far; says what is new of it. */
class Follower {
  lastLine = "nothing yet";
  private readonly watch: Watch;
  private readonly pace: Pace;
  private readonly seenEvents: Set<string>;
  private readonly events: string[] = [];
  private service: Service | undefined;
  private record: ServiceDeployment | undefined;
  private failures: StoppedTask[] = [];
  private mostFailed = 0;
  private trouble = "";
  private refusalTold = false;
  private collectedAt = 0;
  private bothAt = 0;
  private readAt = 0;

  constructor(watch: Watch) {
    this.watch = watch;
    this.pace = new Pace(watch.clock);
    this.seenEvents = new Set(watch.knownEvents);
  }

  /** One look. Trouble that passes by itself is told once and waited out: the deployment goes on without us. */
  async look(turn: number): Promise<void> {
    try {
      const isDue = this.watch.clock.now() - this.bothAt >= otherSourceEvery;
      if (isDue) this.bothAt = this.watch.clock.now();
      if (isDue || !this.recordLeads()) await this.lookAtService();
      if (this.asksRecord(turn, isDue)) await this.lookAtRecord();
      this.trouble = "";
    } catch (error) {
      if (!isTransient(error)) throw explain("ecs:DescribeServices", error);
      const trouble = `AWS does not answer as it should (${error instanceof Error ? error.name : ""}: ${messageOf(error)}); asking on`;
      if (trouble !== this.trouble) this.watch.log(trouble);
      this.trouble = trouble;
    }
    this.tell();
  }

  ending(): Verdict | undefined {
    return this.service && judge(this.seen(this.service));
  }

  /** Milliseconds until the next look. */
  wait(): number {
    return this.pace.wait(this.trouble === "" && this.isNear());
  }

  /** The last looks around: what stopped, for the explanation, and what runs now. */
  async conclude(verdict: Verdict): Promise<Ending> {
    if (verdict.outcome !== "succeeded") {
      if (this.watch.clock.now() - this.collectedAt > 1000) await this.collectFailures().catch(() => undefined);
      if (this.record && this.watch.clock.now() - this.readAt > 1000) await this.readService().catch(() => undefined);
    }
    const service = this.service;
    if (!service) throw new FailedError(`${verdict.reason} ${this.trouble}`, { outcome: verdict.outcome });
    return { ...verdict, failures: this.failures, service, record: this.record, events: this.events };
  }

  private seen(service: Service): Seen {
    const { deploymentId, previousTaskDefinitionArn } = this.watch;
    return { deploymentId, previousTaskDefinitionArn, service, record: this.record, failures: this.failures };
  }

  private asksRecord(turn: number, isDue: boolean): boolean {
    return !this.watch.record.isAbsent && (isDue || this.recordLeads() || (!this.record && turn < recordAppearsWithin));
  }

  /** Where traffic is shifted or alarms are watched the record alone knows; else the service leads, which has the events. */
  private recordLeads(): boolean {
    return (
      this.record !== undefined &&
      ((this.service?.deploymentConfiguration?.strategy ?? "ROLLING") !== "ROLLING" ||
        this.record.alarms?.status === "MONITORING")
    );
  }

  private async lookAtRecord(): Promise<void> {
    this.record = (await this.watch.record.look(() => this.pace.called())) ?? this.record;
    if (this.record?.deploymentCircuitBreaker?.failureCount)
      await this.failuresUpTo(this.record.deploymentCircuitBreaker.failureCount);
    // Why it was stopped shows in what has taken its place.
    if (this.record?.status === "STOPPED") await this.readService();
  }

  private async readService(): Promise<void> {
    const { ecs, cluster, service } = this.watch;
    this.pace.called();
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
  }

  private async lookAtService(): Promise<void> {
    await this.readService();
    const ours = ourDeployment({ service: this.service!, deploymentId: this.watch.deploymentId });
    // ECS counts consecutive failures and starts again after a success: only a rise is news.
    if (!ours || ours.rolloutState === "FAILED") await this.collectFailures();
    else await this.failuresUpTo(ours.failedTasks ?? 0);
    // Near an end that the service shows, the record tells which end it is.
    if (this.record && (!ours || ours.rolloutState !== "IN_PROGRESS" || ours.status !== "PRIMARY"))
      await this.lookAtRecord();
  }

  /** Where a breaker counts, the first failure is told when it happens and the others at the end; else each may decide. */
  private async failuresUpTo(count: number): Promise<void> {
    if (count <= this.mostFailed) return;
    if (this.mostFailed === 0 || !this.hasBreaker()) await this.collectFailures();
    this.mostFailed = count;
  }

  private async collectFailures(): Promise<void> {
    this.pace.called();
    this.pace.called();
    const found = await this.readStops();
    this.collectedAt = this.watch.clock.now();
    // What was seen once counts, also when ECS has forgotten it.
    const known = new Set(found.map(({ id }) => id));
    if (this.failures.length === 0 && found[0]) this.watch.log(`  ${describeStop(found[0])}`);
    this.failures = [...this.failures.filter(({ id }) => !known.has(id)), ...found];
  }

  /** Reasons are worth much, but the outcome does not hang on them: unless nobody but us would ever end the deployment. */
  private async readStops(): Promise<StoppedTask[]> {
    try {
      return (await stoppedTasks(this.watch.ecs, this.watch)).filter(isFailure);
    } catch (error) {
      if (!isRefused(error) || !this.hasBreaker()) throw error;
      if (!this.refusalTold)
        this.watch.log(
          `${explain("ecs:ListTasks", error).message.split("\n")[0]} Until then nobody can say why tasks stopped.`,
        );
      this.refusalTold = true;
      return [];
    }
  }

  /** Whether one more step may end it: all tasks run, or one more failure decides. */
  private isNear(): boolean {
    if (!this.service) return false;
    const ours = ourDeployment({ service: this.service, deploymentId: this.watch.deploymentId });
    if (!ours) return true;
    const { runningCount = 0, desiredCount = 0, failedTasks = 0 } = ours;
    const breaker = this.record?.deploymentCircuitBreaker;
    const failed = Math.max(breaker?.failureCount ?? 0, failedTasks);
    return (
      runningCount >= desiredCount ||
      (this.hasBreaker()
        ? failed >= (breaker?.threshold ?? breakerThreshold(desiredCount)) - 1
        : hopelessPattern(this.failures, 1) !== undefined)
    );
  }

  private hasBreaker(): boolean {
    return this.service?.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true;
  }

  private tell(): void {
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
      this.events.push(message);
      this.watch.log(`  ${message}`);
    }
  }
}
