// Containers, each for itself.
import {
  container,
  role,
  ecrImage,
  ec2,
  withContainers,
  onEc2,
  onFargate,
  two,
  health,
  logs,
  awslogs,
  times,
  c0,
  type Refusal,
} from "./definitions.ts";

export const containerRefusals: Refusal[] = [
  ["a container without a name", { ...ec2, containerDefinitions: [{ image: "i" }] }, `${c0}.name: is missing`, ec2],
  [
    "a container's name with other characters",
    withContainers(ec2, { name: "a b" }),
    `${c0}.name: must be 1 to 255 letters`,
    withContainers(ec2, { name: "a-b" }),
  ],
  [
    "no image",
    { ...ec2, containerDefinitions: [{ name: "api" }] },
    `${c0}.image: is missing; the container api needs one`,
    ec2,
  ],
  [
    "a name twice",
    { ...ec2, containerDefinitions: [container, container] },
    "containerDefinitions: more than one container is called api",
    two({}, {}),
  ],
  [
    "nothing essential",
    onEc2({ essential: false }),
    "containerDefinitions: no container is essential",
    two({ essential: false }, {}),
  ],
  [
    "11 containers",
    withContainers(ec2, ...times(11, {})),
    "containerDefinitions: has 11 containers; ECS takes 10",
    withContainers(ec2, ...times(10, {})),
  ],
  [
    "a variable without a name",
    onEc2({ environment: [{ value: "1" }] }),
    `${c0}.environment[0].name: is missing`,
    onEc2({ environment: [{ name: "A" }] }),
  ],
  [
    "a secret without a source",
    onEc2({ secrets: [{ name: "A" }] }, { executionRoleArn: role }),
    `${c0}.secrets[0].valueFrom: is missing`,
    onEc2({ secrets: [{ name: "A", valueFrom: "s" }] }, { executionRoleArn: role }),
  ],
  [
    "a secret twice",
    onEc2(
      {
        secrets: [
          { name: "A", valueFrom: "s" },
          { name: "A", valueFrom: "t" },
        ],
      },
      { executionRoleArn: role },
    ),
    `${c0}.secrets: A is there more than once`,
    onEc2(
      {
        secrets: [
          { name: "A", valueFrom: "s" },
          { name: "B", valueFrom: "t" },
        ],
      },
      { executionRoleArn: role },
    ),
  ],
  [
    "a name as variable and secret",
    onEc2(
      { environment: [{ name: "A", value: "1" }], secrets: [{ name: "A", valueFrom: "s" }] },
      { executionRoleArn: role },
    ),
    `${c0}: A is in environment and in secrets`,
    onEc2(
      { environment: [{ name: "B", value: "1" }], secrets: [{ name: "A", valueFrom: "s" }] },
      { executionRoleArn: role },
    ),
  ],
  [
    "secrets without an execution role",
    onEc2({ secrets: [{ name: "A", valueFrom: "s" }] }),
    "executionRoleArn: is missing; ECS requires it for secrets",
    onEc2({ secrets: [{ name: "A", valueFrom: "s" }] }, { executionRoleArn: role }),
  ],
  [
    "a private registry without an execution role",
    onEc2({ repositoryCredentials: { credentialsParameter: "p" } }),
    "executionRoleArn: is missing; ECS requires it for repositoryCredentials",
    onEc2({ repositoryCredentials: { credentialsParameter: "p" } }, { executionRoleArn: role }),
  ],
  [
    "an image in ECR on Fargate without an execution role",
    onFargate({ image: ecrImage }),
    "executionRoleArn: is missing; ECS requires it for an image in ECR on Fargate",
    onEc2({ image: ecrImage }),
  ],
  [
    "awslogs on Fargate without an execution role",
    onFargate(logs("awslogs", awslogs)),
    "executionRoleArn: is missing; ECS requires it for the log driver awslogs on Fargate",
    onEc2(logs("awslogs", awslogs)),
  ],
  [
    "a health check without a command",
    onEc2({ healthCheck: { interval: 30 } }),
    `${c0}.healthCheck.command: is missing`,
    onEc2(health({ interval: 30 })),
  ],
  [
    "a short health check interval",
    onEc2(health({ interval: 4 })),
    `${c0}.healthCheck.interval: must be 5 to 300 seconds, not 4`,
    onEc2(health({ interval: 5 })),
  ],
  [
    "a long health check interval",
    onEc2(health({ interval: 301 })),
    `${c0}.healthCheck.interval: must be 5 to 300`,
    onEc2(health({ interval: 300 })),
  ],
  [
    "a short health check timeout",
    onEc2(health({ timeout: 1 })),
    `${c0}.healthCheck.timeout: must be 2 to 60`,
    onEc2(health({ timeout: 2 })),
  ],
  [
    "a long health check timeout",
    onEc2(health({ timeout: 61 })),
    `${c0}.healthCheck.timeout: must be 2 to 60`,
    onEc2(health({ timeout: 60 })),
  ],
  [
    "no health check retry",
    onEc2(health({ retries: 0 })),
    `${c0}.healthCheck.retries: must be 1 to 10, not 0`,
    onEc2(health({ retries: 1 })),
  ],
  [
    "11 health check retries",
    onEc2(health({ retries: 11 })),
    `${c0}.healthCheck.retries: must be 1 to 10`,
    onEc2(health({ retries: 10 })),
  ],
  [
    "a long start period",
    onEc2(health({ startPeriod: 301 })),
    `${c0}.healthCheck.startPeriod: must be 0 to 300`,
    onEc2(health({ startPeriod: 0 })),
  ],
  [
    "a short restart period",
    onEc2({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    `${c0}.restartPolicy.restartAttemptPeriod: must be 60 to 1800`,
    onEc2({ restartPolicy: { enabled: true, restartAttemptPeriod: 60 } }),
  ],
  [
    "a restart policy that is not said to be enabled",
    onEc2({ restartPolicy: { restartAttemptPeriod: 60 } }),
    `${c0}.restartPolicy.enabled: is missing`,
    onEc2({ restartPolicy: { enabled: false } }),
  ],
  [
    "51 ignored exit codes",
    onEc2({ restartPolicy: { enabled: true, ignoredExitCodes: times(51, 0) } }),
    `${c0}.restartPolicy.ignoredExitCodes: has 51 entries`,
    onEc2({ restartPolicy: { enabled: true, ignoredExitCodes: times(50, 0) } }),
  ],
  [
    "an environment file with another extension",
    onEc2({ environmentFiles: [{ value: "arn:aws:s3:::b/a.txt", type: "s3" }] }),
    `${c0}.environmentFiles[0].value: must be the ARN of a file with the extension .env`,
    onEc2({ environmentFiles: [{ value: "arn:aws:s3:::b/a.env", type: "s3" }] }),
  ],
  [
    "11 environment files",
    onEc2({ environmentFiles: times(11, { value: "arn:aws:s3:::b/a.env", type: "s3" }) }),
    `${c0}.environmentFiles: has 11 entries`,
    onEc2({ environmentFiles: times(10, { value: "arn:aws:s3:::b/a.env", type: "s3" }) }),
  ],
  [
    "swappiness above 100",
    onEc2({ linuxParameters: { maxSwap: 1, swappiness: 101 } }),
    `${c0}.linuxParameters.swappiness: must be 0 to 100`,
    onEc2({ linuxParameters: { maxSwap: 1, swappiness: 100 } }),
  ],
  [
    "two credential specs",
    onEc2({ credentialSpecs: ["credentialspec:a", "credentialspec:b"] }),
    `${c0}.credentialSpecs: has 2 entries; ECS takes 1`,
    onEc2({ credentialSpecs: ["credentialspecdomainless:a"] }),
  ],
  [
    "a credential spec without its prefix",
    onEc2({ credentialSpecs: ["arn:aws:s3:::a"] }),
    `${c0}.credentialSpecs[0]: must begin with credentialspec:`,
    onEc2({ credentialSpecs: ["credentialspec:arn:aws:s3:::a"] }),
  ],
];
