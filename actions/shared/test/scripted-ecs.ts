// ECS as a play in acts: a service that runs revision 1, and after UpdateService goes through what a test says, by the
// clock.
// As on AWS there are deployments, events, tasks that stopped, and ECS's own record of each deployment (left out as
// emulators do).
import type { Handlers } from "./scripted-aws.ts";

export const account = "123456789012";
export const arnOf = (revision: number, family = "api"): string =>
  `arn:aws:ecs:ap-northeast-1:${account}:task-definition/${family}:${revision}`;
const taskArn = (id: string) => `arn:aws:ecs:ap-northeast-1:${account}:task/cluster/${id}`;
const recordArn = (number: number) => `arn:aws:ecs:ap-northeast-1:${account}:service-deployment/cluster/api/${number}`;
const serviceRevision = (number: number) =>
  `arn:aws:ecs:ap-northeast-1:${account}:service-revision/cluster/api/${number}`;

export interface Stop {
  stopCode: string;
  reason: string;
  exitCode?: number;
  containerReason?: string;
}

/** What is so from a moment on; what is not said stays as before. */
export interface ScenarioStep {
  /** Seconds after UpdateService. */
  at: number;
  running?: number;
  pending?: number;
  failed?: number;
  state?: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  reason?: string;
  /** The deployment that takes the first place instead: an old revision (rollback) or another. */
  replacedBy?: number;
  /** Ours is no longer listed. */
  gone?: boolean;
  /** ECS's own record: of DescribeServiceDeployments. */
  record?: object;
  event?: string;
  stops?: Stop[];
}

export interface EcsScenario {
  steps: ScenarioStep[];
  desired?: number;
  /** ECS's own records of deployments, or none as on emulators. */
  records?: boolean;
  breaker?: { enable: boolean; rollback: boolean };
  strategy?: "ROLLING" | "BLUE_GREEN" | "CANARY" | "LINEAR";
  logLines?: string[];
  /** Digests of the running tasks' containers, by name, for each task that runs before. */
  runningImages?: Record<string, string>[];
  /** Fields of the service, as it is before. */
  service?: object;
  /** Tags and other fields of registered revisions, by number. */
  revisions?: Record<number, { tags?: Record<string, string>; image?: string; status?: string }>;
  /** Records of deployments before, oldest first: revision and status. */
  history?: { revision: number; status: string }[];
}

interface Deployed {
  number: number;
  taskDefinition: string;
  desired: number;
  at: number;
}

/** State and handlers of one such service; `now` is the clock of the test, in milliseconds. */
export class ScriptedEcs {
  readonly scenario: EcsScenario;
  readonly running: string;
  private readonly now: () => number;
  private readonly updates: Deployed[] = [];
  private registered: number;

  constructor(now: () => number, scenario: EcsScenario) {
    this.now = now;
    this.scenario = scenario;
    this.running = (scenario.service as { taskDefinition?: string } | undefined)?.taskDefinition ?? arnOf(1);
    this.registered = Math.max(
      1,
      Number(this.running.split(":").at(-1)),
      ...Object.keys(scenario.revisions ?? {}).map(Number),
    );
  }

  /** Whether UpdateService was called. */
  get begun(): boolean {
    return this.updates.length > 0;
  }

  /** Milliseconds of the test's clock at which UpdateService was called. */
  get begunAt(): number {
    return this.updates[0]!.at;
  }

  /** Milliseconds of the test's clock at which the last act began. */
  get endedAt(): number {
    return this.begunAt + Math.max(...this.scenario.steps.map(({ at }) => at)) * 1000;
  }

  get handlers(): Handlers {
    return {
      "ecs:DescribeServices": () => ({ services: [this.service()] }),
      "ecs:DescribeTaskDefinition": ({ taskDefinition }) => this.describeRevision(taskDefinition),
      "ecs:RegisterTaskDefinition": (input) => ({
        taskDefinition: { ...input, taskDefinitionArn: arnOf((this.registered += 1), input.family) },
      }),
      "ecs:UpdateService": ({ taskDefinition, desiredCount }) => {
        this.updates.push({
          number: this.updates.length + 2,
          taskDefinition,
          desired: desiredCount ?? this.scenario.desired ?? 3,
          at: this.now(),
        });
        return { service: this.service() };
      },
      "ecs:ListTasks": ({ desiredStatus }) => ({
        taskArns: (desiredStatus === "RUNNING" ? this.runningTasks() : this.tasks()).map(({ taskArn: arn }) => arn),
      }),
      "ecs:DescribeTasks": ({ tasks }) => ({
        tasks: [...this.tasks(), ...this.runningTasks()].filter(({ taskArn: arn }) => tasks.includes(arn)),
      }),
      "ecs:ListServiceDeployments": () => ({
        serviceDeployments: this.records().map(({ serviceDeploymentArn, status }) => ({
          serviceDeploymentArn,
          status,
        })),
      }),
      "ecs:DescribeServiceDeployments": ({ serviceDeploymentArns }) => ({
        serviceDeployments: this.records().filter(({ serviceDeploymentArn }) =>
          serviceDeploymentArns.includes(serviceDeploymentArn),
        ),
      }),
      "ecs:DescribeServiceRevisions": ({ serviceRevisionArns }) => ({
        serviceRevisions: this.records()
          .filter(({ targetServiceRevision: { arn } }) => serviceRevisionArns.includes(arn))
          .map(({ targetServiceRevision: { arn }, taskDefinition }) => ({ serviceRevisionArn: arn, taskDefinition })),
      }),
      "ecs:ListTaskDefinitions": () => ({
        taskDefinitionArns: Object.keys(this.scenario.revisions ?? {})
          .map(Number)
          .toSorted((a, b) => b - a)
          .map((revision) => arnOf(revision)),
      }),
      "ecs:TagResource": () => ({}),
      "logs:GetLogEvents": () => ({
        events: (this.scenario.logLines ?? ["reading settings", "DB_HOST: is missing"]).map((message) => ({ message })),
      }),
    };
  }

  private acts(): ScenarioStep[] {
    const [update] = this.updates;
    return update ? this.scenario.steps.filter(({ at }) => update.at + at * 1000 <= this.now()) : [];
  }

  private latest<K extends keyof ScenarioStep>(key: K): ScenarioStep[K] | undefined {
    return this.acts().findLast((act) => act[key] !== undefined)?.[key];
  }

  /** Stops so far, with the time of each as ECS sends it: in seconds, by ECS's own clock. */
  private stops(): (Stop & { stoppedAt: number })[] {
    return this.acts().flatMap(({ stops = [], at }) => stops.map((stop) => ({ ...stop, stoppedAt: this.timeOf(at) })));
  }

  private timeOf(at: number): number {
    return this.begunAt / 1000 + at;
  }

  /** Of the deployment before ours. */
  private runningTasks(): { taskArn: string }[] {
    return (this.scenario.runningImages ?? []).map((images, index) => ({
      taskArn: taskArn(`running${index + 1}`),
      taskDefinitionArn: this.running,
      lastStatus: "RUNNING",
      startedBy: "ecs-svc/1",
      containers: Object.entries(images).map(([name, imageDigest]) => ({ name, imageDigest })),
    }));
  }

  private tasks(): { taskArn: string }[] {
    return this.stops().map(({ stopCode, reason, exitCode, containerReason, stoppedAt }, index) => ({
      taskArn: taskArn(`task${index + 1}`),
      taskDefinitionArn: this.updates[0]?.taskDefinition,
      lastStatus: "STOPPED",
      startedBy: "ecs-svc/2",
      stopCode,
      stoppedReason: reason,
      createdAt: this.timeOf(0),
      stoppedAt,
      containers: [
        {
          name: "api",
          ...(exitCode === undefined ? {} : { exitCode }),
          ...(containerReason ? { reason: containerReason } : {}),
        },
      ],
    }));
  }

  service(): object {
    const desired = this.scenario.desired ?? 3;
    const steady = {
      id: "ecs-svc/1",
      status: "PRIMARY",
      taskDefinition: this.running,
      desiredCount: desired,
      runningCount: desired,
      pendingCount: 0,
      failedTasks: 0,
      rolloutState: "COMPLETED",
    };
    const base = {
      serviceName: "api",
      status: "ACTIVE",
      taskDefinition: this.running,
      desiredCount: desired,
      runningCount: desired,
      events: [] as object[],
      deployments: [steady] as object[],
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      deploymentConfiguration: {
        strategy: this.scenario.strategy ?? "ROLLING",
        ...(this.scenario.breaker ? { deploymentCircuitBreaker: this.scenario.breaker } : {}),
      },
      ...this.scenario.service,
    };
    const last = this.updates.at(-1);
    if (!last) return base;
    const events = this.acts()
      .flatMap(({ event, at }) => (event ? [{ id: `event-${at}`, createdAt: this.timeOf(at), message: event }] : []))
      .toReversed();
    // A second update (a rollback of ours) goes well at once.
    const again = this.updates.length > 1 ? { rolloutState: "COMPLETED", runningCount: last.desired } : undefined;
    const state = {
      desiredCount: last.desired,
      runningCount: this.latest("running") ?? 0,
      pendingCount: this.latest("pending") ?? 0,
      failedTasks: this.latest("failed") ?? 0,
      rolloutState: this.latest("state") ?? "IN_PROGRESS",
      rolloutStateReason: this.latest("reason"),
      ...again,
    };
    const other = again ? undefined : this.latest("replacedBy");
    const ours = {
      id: `ecs-svc/${last.number}`,
      createdAt: last.at / 1000,
      status: other === undefined ? "PRIMARY" : "ACTIVE",
      taskDefinition: last.taskDefinition,
      ...state,
    };
    const primary =
      other === undefined ? [] : [{ ...steady, id: `ecs-svc/${last.number + 1}`, taskDefinition: arnOf(other) }];
    const old = other === undefined && state.rolloutState !== "COMPLETED" ? [{ ...steady, status: "ACTIVE" }] : [];
    return {
      ...base,
      taskDefinition: other === undefined ? last.taskDefinition : arnOf(other),
      desiredCount: last.desired,
      events,
      deployments: [...primary, ...(this.latest("gone") && !again ? [] : [ours]), ...old],
    };
  }

  /** Newest first, as ECS lists them. */
  private records(): {
    serviceDeploymentArn: string;
    status: string;
    targetServiceRevision: { arn: string };
    taskDefinition: string;
  }[] {
    if (!this.scenario.records) return [];
    const past = (this.scenario.history ?? [{ revision: 1, status: "SUCCESSFUL" }]).map(
      ({ revision, status }, index) => ({
        number: index - 100,
        status,
        taskDefinition: arnOf(revision),
      }),
    );
    const ours = this.updates.map(({ number, taskDefinition, at }, index) => ({
      number,
      taskDefinition,
      createdAt: at / 1000,
      status: index > 0 ? "SUCCESSFUL" : "IN_PROGRESS",
      ...(index > 0 ? {} : this.latest("record")),
    }));
    return [...past, ...ours].toReversed().map(({ number, ...rest }) => ({
      serviceDeploymentArn: recordArn(number),
      targetServiceRevision: { arn: serviceRevision(number) },
      deploymentConfiguration: { strategy: this.scenario.strategy ?? "ROLLING" },
      ...rest,
    }));
  }

  private describeRevision(asked: string): object {
    const name = asked.split("/").at(-1)!;
    const [family = "api", revision] = name.split(":");
    const number = Number(revision ?? this.registered);
    const { tags = {}, image = `old:${number}`, status = "ACTIVE" } = this.scenario.revisions?.[number] ?? {};
    const logConfiguration = {
      logDriver: "awslogs",
      options: { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "ecs", "awslogs-create-group": "true" },
    };
    return {
      taskDefinition: {
        family,
        memory: "512",
        executionRoleArn: "arn:aws:iam::123456789012:role/execution",
        status,
        containerDefinitions: [{ name: family, image, logConfiguration }],
        taskDefinitionArn: asked.startsWith("arn:") ? asked : arnOf(number, family),
      },
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    };
  }
}
