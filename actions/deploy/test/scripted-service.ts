// A service as ECS describes it, before and during a deployment.
import type { Handlers } from "../../shared/test/scripted-aws.ts";
import { definition, pinned } from "./run-deploy.ts";

export const arn = (revision: number, family = "api") =>
  `arn:aws:ecs:ap-northeast-1:123456789012:task-definition/${family}:${revision}`;

interface Rollout {
  rolloutState?: string;
  rolloutStateReason?: string;
  runningCount?: number;
  failedTasks?: number;
}

/** A service that runs revision 1; after UpdateService the script plays, one step for each look. */
export function service(
  options: { before?: object; steps?: Rollout[]; deployments?: (ours: object) => object[]; handlers?: Handlers } = {},
): Handlers {
  const steady = {
    id: "ecs-svc/1",
    status: "PRIMARY",
    taskDefinition: arn(1),
    desiredCount: 3,
    runningCount: 3,
    rolloutState: "COMPLETED",
  };
  const base = {
    serviceName: "api",
    status: "ACTIVE",
    taskDefinition: arn(1),
    desiredCount: 3,
    runningCount: 3,
    deployments: [steady],
    events: [],
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
    ...options.before,
  };
  let updated: { taskDefinition: string; desiredCount: number } | undefined;
  let looks = 0;
  const now = () => {
    if (!updated) return base;
    const steps = options.steps ?? [{ rolloutState: "COMPLETED", runningCount: updated.desiredCount }];
    const step = steps[Math.min(looks, steps.length - 1)]!;
    const ours = {
      id: "ecs-svc/2",
      status: "PRIMARY",
      taskDefinition: updated.taskDefinition,
      desiredCount: updated.desiredCount,
      rolloutState: "IN_PROGRESS",
      runningCount: 0,
      ...step,
    };
    return {
      ...base,
      desiredCount: updated.desiredCount,
      deployments: options.deployments?.(ours) ?? [ours, { ...steady, status: "ACTIVE" }],
    };
  };
  return {
    "ecs:DescribeServices": () => {
      const answer = { services: [now()] };
      if (updated) looks += 1;
      return answer;
    },
    "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
      taskDefinition: {
        ...definition(pinned("old")),
        taskDefinitionArn: taskDefinition.startsWith("arn:")
          ? taskDefinition
          : arn(Number(taskDefinition.split(":")[1] ?? 1)),
      },
      tags: [],
    }),
    "ecs:RegisterTaskDefinition": (input) => ({
      taskDefinition: { ...input, taskDefinitionArn: arn(2, input.family) },
    }),
    "ecs:UpdateService": (input) => {
      updated = { taskDefinition: input.taskDefinition, desiredCount: input.desiredCount ?? base.desiredCount };
      return { service: now() };
    },
    "ecs:ListTasks": () => ({ taskArns: [] }),
    "ecs:ListServiceDeployments": () => ({ serviceDeployments: [] }),
    ...options.handlers,
  };
}
