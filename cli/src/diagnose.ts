// Turns the facts about a service into findings and advice. Pure.
import type { Deployment } from "@aws-sdk/client-ecs";
import { commandLine } from "../../actions/shared/src/command-line.ts";
import { adviceFor } from "../../actions/shared/src/ecs/report/advice.ts";
import { primaryOf } from "../../actions/shared/src/ecs/deployment/completion.ts";
import { tagOf } from "../../actions/shared/src/ecs/service.ts";
import { isFailure } from "../../actions/shared/src/ecs/tasks/stopped-tasks.ts";
import { describeStop, taskId } from "../../actions/shared/src/ecs/tasks/stopped-task.ts";
import { shortName } from "../../actions/shared/src/ecs/task-definition/task-definition.ts";
import type { Facts } from "./gather.ts";

export interface Finding {
  title: string;
  lines: string[];
  advice?: string;
}

export function isStable({ service }: Facts): boolean {
  const { rolloutState, runningCount = 0, desiredCount = 0 } = primaryOf(service) ?? {};
  return (
    service.status === "ACTIVE" &&
    (rolloutState === undefined || rolloutState === "COMPLETED") &&
    runningCount >= desiredCount &&
    (service.deployments ?? []).length <= 1
  );
}

export function diagnose(facts: Facts): Finding[] {
  return [
    headline(facts),
    ...emergency(facts),
    ...rollouts(facts),
    ...pendingTasks(facts),
    ...failures(facts),
    ...records(facts),
    ...events(facts),
    ...nextStep(facts),
    ...gaps(facts),
  ];
}

const listed = (parts: (string | undefined)[]): string => parts.filter(Boolean).join(", ");

function headline(facts: Facts): Finding {
  const { service, running, cluster } = facts;
  const state = isStable(facts)
    ? service.desiredCount === 0
      ? "is stable, with a desired count of 0: no task runs"
      : "is stable"
    : "is not stable";
  const verified = running.tags.get("deploy:verified-at");
  const rolledBack = running.tags.get("deploy:rolled-back-at");
  const lines = [
    listed([
      `${service.runningCount} of ${service.desiredCount} tasks running`,
      service.pendingCount ? `${service.pendingCount} starting` : undefined,
    ]),
    listed([
      `revision ${shortName(running.arn)}`,
      verified && `verified ${verified}`,
      rolledBack && `rolled back at ${rolledBack}`,
    ]),
    ...(running.definition.containerDefinitions ?? []).map(({ name, image }) => `container ${name}: ${image}`),
  ];
  const advice =
    service.status === "ACTIVE"
      ? service.desiredCount === 0
        ? "Set a desired count, or let autoscaling do so."
        : undefined
      : `The service is ${service.status}: it is being or has been deleted.`;
  return { title: `${service.serviceName} in ${cluster} ${state}.`, lines, ...(advice ? { advice } : {}) };
}

function emergency({ service, cluster }: Facts): Finding[] {
  const reason = tagOf(service, "emergency:reason");
  if (reason === undefined) return [];
  return [
    {
      title: `It is in emergency mode: ${reason}`,
      lines: [
        listed([
          `since ${tagOf(service, "emergency:at") ?? "an unknown time"}`,
          `by ${tagOf(service, "emergency:by") ?? "an unknown user"}`,
        ]),
      ],
      advice:
        "It stays at 0 until the emergency is over: rainbow-deploy service-control resume --cluster " +
        `${cluster} --service ${service.serviceName} --reason …`,
    },
  ];
}

/** Deployments of a service that is not stable. */
function rollouts(facts: Facts): Finding[] {
  const { service } = facts;
  const deployments = service.deployments ?? [];
  if (isStable(facts)) return [];
  const lines = deployments.map(deploymentLine);
  const breaker = service.deploymentConfiguration?.deploymentCircuitBreaker;
  const primary = primaryOf(service);
  const isCrashLoop = (primary?.failedTasks ?? 0) > 2 && !breaker?.enable;
  return [
    {
      title: "Deployments:",
      lines,
      ...(isCrashLoop
        ? {
            advice:
              "ECS keeps restarting failing tasks because the service has no circuit breaker " +
              "(deploymentCircuitBreaker with rollback).",
          }
        : {}),
    },
  ];
}

function deploymentLine(deployment: Deployment): string {
  const { runningCount = 0, desiredCount = 0, pendingCount = 0, failedTasks = 0, rolloutStateReason } = deployment;
  const counts = `${runningCount} of ${desiredCount} running, ${pendingCount} pending, ${failedTasks} failed`;
  const state = deployment.rolloutState ?? "no rollout state";
  const line = `${deployment.status} ${shortName(deployment.taskDefinition)}: ${counts} (${state})`;
  return rolloutStateReason ? `${line} ${rolloutStateReason}` : line;
}

/** Tasks that are not running yet, or are unhealthy. */
function pendingTasks({ tasks }: Facts): Finding[] {
  const lines = tasks
    .filter(({ lastStatus, healthStatus }) => lastStatus !== "RUNNING" || healthStatus === "UNHEALTHY")
    .map(({ taskArn = "", lastStatus, healthStatus, containers = [] }) =>
      [
        `task ${taskId(taskArn)}: ${lastStatus}${healthStatus === "UNHEALTHY" ? ", unhealthy" : ""}`,
        ...containers.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : [])),
      ].join("; "),
    );
  if (lines.length === 0) return [];
  const unhealthy = lines.some((line) => line.includes("unhealthy"));
  return [
    {
      title: "Tasks that are not running or unhealthy:",
      lines: lines.slice(0, 5),
      ...(unhealthy
        ? {
            advice:
              "The container health check fails: check its command, interval and startPeriod, and the container's log.",
          }
        : {}),
    },
  ];
}

function failures({ stopped, lastLines }: Facts): Finding[] {
  const failed = stopped.filter(isFailure);
  const last = failed[0];
  if (!last) return [];
  const advice = adviceFor(last);
  const time = last.stoppedAt ? ` at ${last.stoppedAt.toISOString()}` : "";
  const count = failed.length === 1 ? "One task has" : `${failed.length} tasks have`;
  const logLines = lastLines
    ? [`last log lines of container ${lastLines.container}:`, ...lastLines.lines.map((line) => `  ${line}`)]
    : [];
  return [
    {
      title: `${count} failed within the last hour; the last${time}, of ${shortName(last.taskDefinitionArn)}:`,
      lines: [describeStop(last), ...logLines],
      ...(advice ? { advice } : {}),
    },
  ];
}

/** A deployment that waits for a lifecycle hook, and the last one that did not succeed, as recorded by ECS. */
function records({ records: all }: Facts): Finding[] {
  const failed = all.find(({ status }) => status !== "SUCCESSFUL" && status !== "IN_PROGRESS" && status !== "PENDING");
  const failedAt = failed?.createdAt ? ` (${failed.createdAt.toISOString()})` : "";
  const [newest] = all;
  const hooks = newest?.lifecycleHookDetails?.filter(({ status }) => status === "AWAITING_ACTION") ?? [];
  return [
    ...(hooks.length > 0
      ? [
          {
            title: "A deployment waits for a manual decision:",
            lines: hooks.map(({ hookId }) => `hook ${hookId}`),
            advice:
              `aws ecs continue-service-deployment --service-deployment-arn ${newest?.serviceDeploymentArn} ` +
              `--hook-id ${hooks[0]?.hookId} --action CONTINUE (or ROLLBACK)`,
          },
        ]
      : []),
    ...(failed
      ? [
          {
            title: `The last deployment that did not succeed${failedAt}: ${failed.status}`,
            lines: [
              failed.rollback?.reason ?? failed.statusReason ?? "no reason given",
              ...(failed.alarms?.triggeredAlarmNames?.length
                ? [`alarms that fired: ${failed.alarms.triggeredAlarmNames.join(", ")}`]
                : []),
            ],
          },
        ]
      : []),
  ];
}

const eventAdvices: [RegExp, string][] = [
  [
    /is unhealthy in \(?target-group/i,
    "The load balancer's health check fails: check its path, port and expected status, the security groups, " +
      "and healthCheckGracePeriodSeconds.",
  ],
  [
    /unable to place a task.*(no container instance|insufficient)/i,
    "No container instance has enough resources: add instances, or reduce the task's CPU and memory.",
  ],
  [
    /unable to assume the role|unable to assume role/i,
    "ECS cannot assume the role of the service or task: check its trust policy and iam:PassRole.",
  ],
  [
    /Capacity is unavailable|RESOURCE:|reached the limit/i,
    "There is no capacity: use other subnets or zones, another task size, FARGATE in addition to FARGATE_SPOT, " +
      "or request a higher quota.",
  ],
  [
    /unable to consistently start tasks|has started and stopped/i,
    "Its tasks stop soon after they start: see the failed tasks.",
  ],
];

function events(facts: Facts): Finding[] {
  const messages = (facts.service.events ?? [])
    .slice(0, 5)
    .map(({ createdAt, message = "" }) => `${createdAt ? `${createdAt.toISOString()} ` : ""}${message}`);
  if (isStable(facts) || messages.length === 0) return [];
  const advice = eventAdvices.find(([pattern]) => messages.some((message) => pattern.test(message)))?.[1];
  return [{ title: "Recent ECS events:", lines: messages, ...(advice ? { advice } : {}) }];
}

function nextStep(facts: Facts): Finding[] {
  const { service, cluster } = facts;
  const failing = (primaryOf(service)?.failedTasks ?? 0) > 0 || primaryOf(service)?.rolloutState === "FAILED";
  if (isStable(facts) || !failing) return [];
  return [
    {
      title: "To roll back to the last healthy revision:",
      lines: [commandLine("rollback", { cluster, service: service.serviceName, "dry-run": "true" })],
    },
  ];
}

const gaps = ({ gaps: all }: Facts): Finding[] =>
  all.length === 0 ? [] : [{ title: "Not checked, because of missing permissions:", lines: [...new Set(all)] }];
