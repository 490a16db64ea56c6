// Deployments that a scripted ECS plays for several tests, in simulated time.
import { simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario, type Stop } from "../../shared/test/scripted-ecs.ts";
import { runDeploy, type DeployRun } from "./run-deploy.ts";

export const crash: Stop = {
  stopCode: "EssentialContainerExited",
  reason: "Essential container in task exited",
  exitCode: 78,
};
export const unpullable: Stop = {
  stopCode: "TaskFailedToStart",
  reason:
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref repo@sha256:1234567890: not found",
};
export const unreadable: Stop = {
  stopCode: "TaskFailedToStart",
  reason:
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: AccessDeniedException: not authorized to perform: secretsmanager:GetSecretValue",
};
export const rollsBack = { enable: true, rollback: true };

export interface Scenario {
  play: EcsScenario;
  inputs?: Record<string, string>;
  outcome: string;
  /** Parts of the message. */
  says?: string[];
  /** Seconds within which we must know, from the last act on. */
  within?: number;
  /** At most so many calls in any minute of the wait. */
  calls?: number;
  /** Seconds that the runner's clock is ahead of ECS's. */
  clockError?: number;
}

export const success: Scenario = {
  play: {
    steps: [
      { at: 5, pending: 3 },
      { at: 40, pending: 0, running: 3 },
      { at: 70, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
    ],
  },
  outcome: "succeeded",
};

export const breakerWithRollback: Scenario = {
  play: {
    breaker: rollsBack,
    steps: [
      { at: 5, pending: 3 },
      {
        at: 20,
        failed: 1,
        stops: [crash],
        record: {
          status: "IN_PROGRESS",
          deploymentCircuitBreaker: { status: "MONITORING", failureCount: 1, threshold: 3 },
        },
      },
      { at: 40, failed: 3, stops: [crash, crash] },
      {
        at: 45,
        state: "FAILED",
        replacedBy: 1,
        reason: "ECS deployment circuit breaker: tasks failed to start.",
        record: {
          status: "ROLLBACK_REQUESTED",
          rollback: { reason: "Service deployment rolled back because the circuit breaker threshold was exceeded." },
          deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
        },
      },
    ],
  },
  outcome: "rolled-back",
  says: [
    "circuit breaker",
    "container api exited with code 78",
    "DB_HOST: is missing",
    "Currently running: api:1 (3 tasks)",
  ],
};

export const crashLoop: Scenario = {
  play: {
    steps: [
      { at: 10, failed: 1, stops: [crash] },
      { at: 30, failed: 2, stops: [crash] },
      { at: 50, failed: 3, stops: [crash] },
    ],
  },
  outcome: "failed",
  says: ["no circuit breaker", "3 times EssentialContainerExited"],
  within: 3,
  calls: 35,
};

let runs: DeployRun[] = [];

/** After each test. */
export async function stopAll(): Promise<void> {
  await Promise.all(runs.map(({ aws }) => aws.stop()));
  runs = [];
}

export interface ScenarioResult extends DeployRun {
  ecs: ScriptedEcs;
  /** Seconds between the last act and our end. */
  late: number;
  /** The most calls in any minute of the wait, from UpdateService on. */
  busiest: number;
}

/** Plays it to the end. `change` breaks what a test wants broken. */
export async function runScenario(
  scenario: Pick<Scenario, "play" | "inputs" | "clockError">,
  change: (handlers: Handlers) => Handlers = (handlers) => handlers,
): Promise<ScenarioResult> {
  const clock = simulatedClock();
  const timeOfEcs = () => clock.now() - (scenario.clockError ?? 0) * 1000;
  const ecs = new ScriptedEcs(timeOfEcs, scenario.play);
  const times: number[] = [];
  const timed = Object.fromEntries(
    Object.entries(change(ecs.handlers)).map(([action, handler]) => [
      action,
      (input: unknown, call: number) => {
        if (ecs.begun) times.push(clock.now());
        return handler(input, call);
      },
    ]),
  );
  const run = await runDeploy(timed, scenario.inputs, clock);
  runs.push(run);
  const busiest = Math.max(
    0,
    ...times.map((time, index) => times.slice(index).filter((other) => other < time + 60_000).length),
  );
  const late = ecs.begun ? (timeOfEcs() - ecs.endedAt) / 1000 : 0;
  return { ...run, ecs, late, busiest };
}
