// From what is known of a service to what a person should know and do. Pure.
import { commandLine } from "../../actions/shared/src/command-line.ts";
import { adviceFor } from "../../actions/shared/src/ecs/report/advice.ts";
import { primaryOf } from "../../actions/shared/src/ecs/deployment/evaluate-deployment.ts";
import { tagOf } from "../../actions/shared/src/ecs/task-definition/resolve.ts";
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
    ...waiting(facts),
    ...failures(facts),
    ...records(facts),
    ...events(facts),
    ...nextStep(facts),
    ...gaps(facts),
  ];
}

function headline(facts: Facts): Finding {
  const { service, running, cluster } = facts;
  const state = isStable(facts)
    ? service.desiredCount === 0
      ? "is stable, with a desired count of 0: nothing is running"
      : "is stable"
    : "is not stable";
  const verified = running.tags.get("deploy:verified-at");
  const rolledBack = running.tags.get("deploy:rolled-back-at");
  const lines = [
    `${service.runningCount} of ${service.desiredCount} tasks running${service.pendingCount ? `, ${service.pendingCount} starting` : ""}`,
    `revision ${shortName(running.arn)}${verified ? `, verified ${verified}` : ""}${rolledBack ? `, rolled back from ${rolledBack}` : ""}`,
    ...(running.definition.containerDefinitions ?? []).map(({ name, image }) => `container ${name}: ${image}`),
  ];
  const advice =
    service.status === "ACTIVE"
      ? service.desiredCount === 0
        ? "Give it a desired count, or let autoscaling do so."
        : undefined
      : `The service is ${service.status}: it is being deleted or was.`;
  return { title: `${service.serviceName} in ${cluster} ${state}.`, lines, ...(advice ? { advice } : {}) };
}

function emergency({ service }: Facts): Finding[] {
  const reason = tagOf(service, "emergency:reason");
  if (reason === undefined) return [];
  return [
    {
      title: `It is under emergency: ${reason}`,
      lines: [
        `since ${tagOf(service, "emergency:at") ?? "an unknown time"}, by ${tagOf(service, "emergency:by") ?? "unknown"}`,
      ],
    },
  ];
}

/** Deployments, where there is more than the one that runs. */
function rollouts(facts: Facts): Finding[] {
  const { service } = facts;
  const deployments = service.deployments ?? [];
  if (isStable(facts)) return [];
  const lines = deployments.map(
    ({
      status,
      taskDefinition,
      runningCount = 0,
      desiredCount = 0,
      pendingCount = 0,
      failedTasks = 0,
      rolloutState,
      rolloutStateReason,
    }) =>
      [
        `${status} ${shortName(taskDefinition)}: ${runningCount} of ${desiredCount} run, ${pendingCount} pending, ${failedTasks} failed (${rolloutState ?? "no rollout state"})`,
        rolloutStateReason,
      ]
        .filter(Boolean)
        .join(" "),
  );
  const breaker = service.deploymentConfiguration?.deploymentCircuitBreaker;
  const primary = primaryOf(service);
  const loops = (primary?.failedTasks ?? 0) > 2 && !breaker?.enable;
  return [
    {
      title: "Deployments:",
      lines,
      ...(loops
        ? {
            advice:
              "ECS keeps starting failing tasks, because the service has no circuit breaker (deploymentCircuitBreaker with rollback).",
          }
        : {}),
    },
  ];
}

/** Tasks that should be running and are not yet, or are unhealthy. */
function waiting({ tasks }: Facts): Finding[] {
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
      title: "Tasks that are not healthy:",
      lines: lines.slice(0, 5),
      ...(unhealthy
        ? {
            advice:
              "Their container health check fails: look at its command, interval and startPeriod, and at the log.",
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
  const when = last.stoppedAt ? ` at ${last.stoppedAt.toISOString()}` : "";
  const words = lastLines
    ? [`last log lines of container ${lastLines.container}:`, ...lastLines.lines.map((line) => `  ${line}`)]
    : [];
  return [
    {
      title: `${failed.length === 1 ? "One task has" : `${failed.length} tasks have`} failed within the last hour; the last${when}, of ${shortName(last.taskDefinitionArn)}:`,
      lines: [describeStop(last), ...words],
      ...(advice ? { advice } : {}),
    },
  ];
}

/** The last unsuccessful deployment, in ECS's words. */
function records({ records: all }: Facts): Finding[] {
  const bad = all.find(({ status }) => status !== "SUCCESSFUL" && status !== "IN_PROGRESS" && status !== "PENDING");
  const [newest] = all;
  const hooks = newest?.lifecycleHookDetails?.filter(({ status }) => status === "AWAITING_ACTION") ?? [];
  return [
    ...(hooks.length > 0
      ? [
          {
            title: "A deployment is waiting for a decision:",
            lines: hooks.map(({ hookId }) => `hook ${hookId}`),
            advice: `aws ecs continue-service-deployment --service-deployment-arn ${newest?.serviceDeploymentArn} --hook-id ${hooks[0]?.hookId} --action CONTINUE (or ROLLBACK)`,
          },
        ]
      : []),
    ...(bad
      ? [
          {
            title: `The last unsuccessful deployment${bad.createdAt ? ` (${bad.createdAt.toISOString()})` : ""}: ${bad.status}`,
            lines: [
              bad.rollback?.reason ?? bad.statusReason ?? "no reason given",
              ...(bad.alarms?.triggeredAlarmNames?.length
                ? [`alarms that fired: ${bad.alarms.triggeredAlarmNames.join(", ")}`]
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
    "The load balancer's health check fails: look at its path, port and expected status, at the security group between them, and at healthCheckGracePeriodSeconds.",
  ],
  [
    /unable to place a task.*(no container instance|insufficient)/i,
    "No container instance has room: add instances, or request less CPU and memory.",
  ],
  [
    /unable to assume the role|unable to assume role/i,
    "ECS cannot assume the role of the service or task: check its trust policy and iam:PassRole.",
  ],
  [
    /Capacity is unavailable|RESOURCE:|reached the limit/i,
    "There is no capacity: other subnets or zones, another size, FARGATE beside FARGATE_SPOT, or a higher quota.",
  ],
  [
    /unable to consistently start tasks|has started and stopped/i,
    "Its tasks stop soon after they start: see the tasks that failed.",
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
  all.length === 0 ? [] : [{ title: "Not read, because of missing permissions:", lines: [...new Set(all)] }];
