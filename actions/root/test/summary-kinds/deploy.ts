// Summaries of deploy.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterCancel } from "../../../deploy/src/cancel.ts";
import { deployClients } from "../../../deploy/src/clients.ts";
import { readInputs as readDeploy } from "../../../deploy/src/inputs.ts";
import { main as deploy } from "../../../deploy/src/main.ts";
import type { Handlers } from "../../../shared/test/scripted-aws.ts";
import { account, arnOf, ScriptedEcs, type EcsScenario } from "../../../shared/test/scripted-ecs.ts";
import {
  digest,
  folderOf,
  quiet,
  repository,
  revisions,
  sourceOf,
  withEcs,
  type Given,
  type Kinds,
  type Setting,
} from "./scripted.ts";

const newDefinition = {
  family: "api",
  cpu: "512",
  memory: "1024",
  containerDefinitions: [
    {
      name: "api",
      image: `${repository}@${digest("b")}`,
      environment: [{ name: "LOG_LEVEL", value: "info" }],
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": "/ecs/rainbow-seeker-api",
          "awslogs-stream-prefix": "ecs",
          "awslogs-create-group": "true",
        },
      },
    },
  ],
};
const crash = { stopCode: "EssentialContainerExited", reason: "Essential container in task exited", exitCode: 78 };
const pull = {
  stopCode: "TaskFailedToStart",
  reason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${repository}@${digest("b")}: not found`,
};
const definitionFile = () => {
  const path = join(folderOf(), "task-definition.json");
  writeFileSync(path, JSON.stringify(newDefinition));
  return path;
};

const deployed = (setting: Setting, given: Given = {}) =>
  withEcs(setting, ({ aws, clock }) => {
    const inputs: Given = {
      cluster: "rainbow-seeker-cluster",
      service: "api",
      "task-definition": definitionFile(),
      "wait-for-service-stability": "true",
      ...given,
    };
    return deploy(readDeploy(sourceOf(inputs)), { ...deployClients(aws.client), clock, ...quiet });
  });

export const stable: EcsScenario["steps"] = [
  { at: 20, pending: 2, running: 1 },
  { at: 64, running: 3, pending: 0, state: "COMPLETED", record: { status: "SUCCESSFUL" } },
];
export const rollsBack: EcsScenario = {
  breaker: { enable: true, rollback: true },
  records: true,
  steps: [
    { at: 20, failed: 1, stops: [crash] },
    { at: 40, failed: 3, stops: [crash, crash] },
    {
      at: 45,
      state: "FAILED",
      replacedBy: 1,
      record: {
        status: "ROLLBACK_IN_PROGRESS",
        rollback: { reason: "Service deployment rolled back because the circuit breaker threshold was exceeded." },
        deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
      },
    },
  ],
};

export const deployKinds: Kinds = {
  "deploy-succeeded": () => deployed({ scenario: { steps: stable } }),
  "deploy-unchanged": () => deployed({ scenario: { steps: stable } }, { "task-definition": "api:1" }),
  "deploy-nothing-runs": () =>
    deployed({ scenario: { desired: 0, steps: [{ at: 20, running: 0, state: "COMPLETED" }] } }),
  "deploy-rolled-back": () => deployed({ scenario: rollsBack }),
  "deploy-failed": () =>
    deployed({
      scenario: {
        steps: [
          { at: 10, failed: 1, stops: [pull] },
          { at: 30, failed: 2, stops: [pull] },
        ],
      },
    }),
  "deploy-timed-out": () =>
    deployed(
      {
        scenario: {
          steps: [
            {
              at: 5,
              pending: 3,
              event:
                "(service api) was unable to place a task because no container instance met all of its requirements.",
            },
          ],
        },
      },
      { "wait-for-minutes": "10" },
    ),
  "deploy-superseded": () =>
    deployed({
      scenario: { records: true, steps: [{ at: 20, replacedBy: 9, gone: true, record: { status: "STOPPED" } }] },
    }),
  "deploy-started": () => deployed({ scenario: { steps: stable } }, { "wait-for-service-stability": "false" }),
  "deploy-plan": () => deployed({ scenario: { steps: stable } }, { plan: "true" }),
  "deploy-registered": () =>
    deployed({ scenario: { steps: stable } }, { service: "", "wait-for-service-stability": "" }),
  "deploy-two-services": () => {
    let clock = 0;
    const second = new ScriptedEcs(() => clock, {
      steps: [{ at: 0, failed: 3, stops: [crash, crash, crash] }],
      revisions,
    });
    return withEcs({ scenario: { steps: stable } }, async (environment) => {
      const { handlers } = environment.ecs;
      const choose = (name: string): Handlers => ({
        [name]: (input, call) => {
          clock = environment.clock.now();
          const service = input.service ?? input.services?.[0] ?? input.serviceName;
          const answer = (service === "ml" ? second.handlers : handlers)[name]!(input, call) as Record<string, any>;
          return JSON.parse(JSON.stringify(answer).replaceAll('"serviceName":"api"', `"serviceName":"${service}"`));
        },
      });
      environment.aws.handlers = {
        ...environment.aws.handlers,
        ...choose("ecs:DescribeServices"),
        ...choose("ecs:UpdateService"),
        ...choose("ecs:ListTasks"),
        "ecs:DescribeTasks": second.handlers["ecs:DescribeTasks"]!,
      };
      const inputs: Given = {
        cluster: "rainbow-seeker-cluster",
        service: "api, ml",
        "task-definition": definitionFile(),
        "wait-for-service-stability": "true",
      };
      return deploy(readDeploy(sourceOf(inputs)), {
        ...deployClients(environment.aws.client),
        clock: environment.clock,
        ...quiet,
      });
    });
  },
  "deploy-migration-failed": () =>
    deployed(
      {
        scenario: { steps: stable },
        handlers: {
          "ecs:RunTask": () => ({ tasks: [{ taskArn: `arn:aws:ecs:ap-northeast-1:${account}:task/c/m1` }] }),
          "ecs:DescribeTasks": () => ({
            tasks: [
              {
                taskArn: `arn:aws:ecs:ap-northeast-1:${account}:task/c/m1`,
                lastStatus: "STOPPED",
                stopCode: "EssentialContainerExited",
                stoppedReason: "Essential container in task exited",
                containers: [{ name: "migrate", exitCode: 1 }],
              },
            ],
          }),
          "logs:FilterLogEvents": () => ({ events: [] }),
          "logs:GetLogEvents": () => ({ events: [{ message: 'relation "sightings" is locked' }] }),
        },
      },
      { "migration-task-definition": "migrate:1" },
    ),
  "deploy-cancelled": () =>
    withEcs({ scenario: { steps: stable } }, ({ aws, clock }) =>
      afterCancel(
        [
          {
            cluster: "rainbow-seeker-cluster",
            service: "api",
            deploymentId: "ecs-svc/1",
            taskDefinitionArn: arnOf(2),
            previousTaskDefinitionArn: arnOf(1),
          },
        ],
        "leave",
        { ...deployClients(aws.client), clock, ...quiet },
      ),
    ),
};
