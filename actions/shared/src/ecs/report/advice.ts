// What to do about a stopped task, by the reason that ECS gives. Sources: Amazon ECS developer guide, "Stopped task error
// codes" and "Troubleshooting".
import type { StoppedTask } from "../tasks/stopped-task.ts";

const adviceByReason: [RegExp, string][] = [
  [
    /CannotPullContainer.*(not found|manifest unknown|does not exist)/i,
    "The image does not exist (any more). Check its tag or digest, and whether a lifecycle policy has removed it.",
  ],
  [
    /CannotPullContainer.*(denied|unauthorized|403|no basic auth)/i,
    [
      "The execution role may not pull the image: it needs ecr:GetAuthorizationToken, ecr:BatchGetImage and",
      "ecr:GetDownloadUrlForLayer; a repository in another account must allow it too.",
    ].join(" "),
  ],
  [
    /CannotPullContainer.*(platform|exec format)/i,
    "The image is for another architecture: build it for runtimePlatform.cpuArchitecture of the task definition.",
  ],
  [
    /CannotPullContainer.*(toomanyrequests|rate limit)/i,
    "The registry limits pulls. Pull through ECR (pull-through cache) instead.",
  ],
  [
    /CannotPullContainer/i,
    [
      "The image could not be pulled. A task in a private subnet needs a NAT gateway or VPC endpoints for ECR (api, dkr)",
      "and S3, and a security group that allows outbound traffic on port 443.",
    ].join(" "),
  ],
  [
    /(ResourceInitializationError|CannotStart).*(secret|ssm|parameter)[^]*(AccessDenied|not authorized)/i,
    [
      "The execution role may not read a secret: it needs secretsmanager:GetSecretValue or ssm:GetParameters on it, and",
      "kms:Decrypt on a customer managed key.",
    ].join(" "),
  ],
  [
    /ResourceInitializationError.*(secret|ssm|parameter)/i,
    [
      "A secret could not be read. Check that the one in valueFrom exists in this region, and that the task can reach",
      "Secrets Manager or SSM (NAT gateway or VPC endpoint).",
    ].join(" "),
  ],
  [
    /ResourceInitializationError.*(log|cloudwatch)/i,
    [
      "The log group does not exist, or the execution role may not write to it: create it, or set awslogs-create-group",
      "and allow logs:CreateLogGroup.",
    ].join(" "),
  ],
  [
    /ResourceInitializationError.*efs/i,
    "The file system could not be mounted: check its mount targets, their security group, and the task role.",
  ],
  [
    /unable to assume the role|assume.*role.*(ecs-tasks|denied)/i,
    [
      "ECS cannot assume the task's role: its trust policy must name ecs-tasks.amazonaws.com, and iam:PassRole must be",
      "allowed for it.",
    ].join(" "),
  ],
  [
    /OutOfMemory|exit(ed)?( with)? code:? 137.*memory/i,
    "It ran out of memory: raise the memory of the container or the task, or find out what uses it.",
  ],
  [
    /failed (container|ELB|load balancer|target group).*health check|health check/i,
    [
      "Its health check failed. Check its path, port and grace period (healthCheckGracePeriodSeconds), and how long the",
      "service takes to start.",
    ].join(" "),
  ],
  [
    /RESOURCE:(CPU|MEMORY|ENI|FARGATE)|Capacity is unavailable/i,
    "There is no capacity for it: use another subnet or another size, or request a higher quota.",
  ],
];

const adviceByExitCode: Record<number, string> = {
  126: "The command cannot be run: it is not executable, or was built for another architecture.",
  127: "The command was not found in the image: check command and entryPoint.",
  134: "It aborted (SIGABRT).",
  137: "It was killed (SIGKILL): out of memory, or it did not stop within stopTimeout after SIGTERM.",
  139: "It crashed (segmentation fault): often a library for another architecture or system.",
  143: "It was stopped (SIGTERM), by ECS or after a failed health check.",
  255: "Its start script failed, or the image is for another architecture.",
};

/** The next step, where the reason is a known one. */
export function adviceFor(task: StoppedTask): string | undefined {
  const words = [task.stopCode, task.reason, ...task.containers.map(({ reason }) => reason ?? "")].join(" ");
  const found = adviceByReason.find(([pattern]) => pattern.test(words));
  const code = task.containers.find(({ exitCode }) => exitCode !== undefined && exitCode !== 0)?.exitCode;
  return found?.[1] ?? (code === undefined ? undefined : adviceByExitCode[code]);
}
