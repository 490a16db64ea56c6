// Containers, each for itself: names, variables, health checks and limits.
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { nameProblem, outside, repeated, type Notices, type PlacedContainer, type Rule } from "./task.ts";

export const containerRules: Rule[] = [
  ({ containers, later }) => containers.flatMap((one) => identity(one, later)),
  ({ names }) =>
    repeated(names.filter((name) => name !== "")).map(
      (name) => `containerDefinitions: more than one container is called ${name}`,
    ),
  // API reference, ContainerDefinition, essential.
  ({ containers }) =>
    containers.length > 0 && containers.every(({ container }) => container.essential === false)
      ? ["containerDefinitions: no container is essential; ECS requires one"]
      : [],
  // Developer guide, "Amazon ECS service quotas": containers in each task definition.
  ({ containers }) =>
    containers.length > 10 ? [`containerDefinitions: has ${containers.length} containers; ECS takes 10`] : [],
  ({ containers }) => containers.flatMap(({ container, path }) => variables(container, path)),
  executionRole,
  ({ containers }) => containers.flatMap(({ container, path }) => healthCheck(container, path)),
  ({ containers }) => containers.flatMap(({ container, path }) => limits(container, path)),
];

function identity({ container: { name, image }, path }: PlacedContainer, later: boolean): string[] {
  return [
    ...(name === undefined ? [`${path}.name: is missing`] : nameProblem(`${path}.name`, name)),
    ...(image === undefined && !later
      ? [`${path}.image: is missing${name ? `; the container ${name} needs one` : ""}`]
      : []),
  ];
}

/** Developer guide, "Pass sensitive data": a secret's name is its own among secrets and variables. */
function variables({ environment = [], secrets = [] }: ContainerDefinition, path: string): string[] {
  const set = new Set(environment.map(({ name }) => name));
  return [
    ...environment.flatMap(({ name }, index) => (name ? [] : [`${path}.environment[${index}].name: is missing`])),
    ...repeated(secrets.map(({ name = "" }) => name)).map((name) => `${path}.secrets: ${name} is there more than once`),
    ...secrets
      .filter(({ name }) => name && set.has(name))
      .map(({ name }) => `${path}: ${name} is in environment and in secrets; ECS takes it from one of the two`),
  ];
}

/**
 * ECS takes a variable that is given twice. A health check must begin with CMD or CMD-SHELL (API reference,
 * HealthCheck), yet AWS itself publishes definitions in which it does not.
 */
export const containerNotices: Notices = ({ containers }) =>
  containers.flatMap(({ container: { environment = [], healthCheck: check }, path }) => [
    ...(["CMD", "CMD-SHELL", "NONE", undefined].includes(check?.command?.[0])
      ? []
      : [`${path}.healthCheck.command: should begin with CMD or CMD-SHELL`]),
    ...repeated(environment.flatMap(({ name }) => name ?? [])).map(
      (name) => `${path}.environment: ${name} is there more than once; the container gets one of the values`,
    ),
  ]);

/**
 * Who fetches secrets, images and log groups before the container runs (developer guide, "Task execution IAM role").
 */
function executionRole({ definition, containers, fargate, later }: Parameters<Rule>[0]): string[] {
  if (definition.executionRoleArn !== undefined || later) return [];
  const needs = [
    [({ secrets }: ContainerDefinition) => secrets !== undefined, "secrets"],
    [({ logConfiguration }: ContainerDefinition) => logConfiguration?.secretOptions !== undefined, "secretOptions"],
    [({ repositoryCredentials }: ContainerDefinition) => repositoryCredentials !== undefined, "repositoryCredentials"],
    [({ image = "" }: ContainerDefinition) => fargate && ecrImage.test(image), "an image in ECR on Fargate"],
    [
      ({ logConfiguration }: ContainerDefinition) => fargate && logConfiguration?.logDriver === "awslogs",
      "the log driver awslogs on Fargate",
    ],
  ] as const;
  const needed = needs.filter(([isNeeded]) => containers.some(({ container }) => isNeeded(container)));
  if (needed.length === 0) return [];
  return [`executionRoleArn: is missing; ECS requires it for ${needed.map(([, what]) => what).join(" and ")}`];
}

const ecrImage = /^\d{12}\.dkr[.-]ecr\./;

/** API reference, HealthCheck. */
function healthCheck({ healthCheck: check }: ContainerDefinition, path: string): string[] {
  if (!check) return [];
  const at = `${path}.healthCheck`;
  return [
    ...outside(`${at}.interval`, check.interval, { from: 5, to: 300, unit: "seconds" }),
    ...outside(`${at}.timeout`, check.timeout, { from: 2, to: 60, unit: "seconds" }),
    ...outside(`${at}.retries`, check.retries, { from: 1, to: 10 }),
    ...outside(`${at}.startPeriod`, check.startPeriod, { from: 0, to: 300, unit: "seconds" }),
  ];
}

/** API reference, ContainerDefinition, ContainerRestartPolicy, EnvironmentFile and LinuxParameters. */
function limits(container: ContainerDefinition, path: string): string[] {
  const { restartPolicy, environmentFiles = [], linuxParameters, credentialSpecs = [] } = container;
  return [
    ...outside(`${path}.restartPolicy.restartAttemptPeriod`, restartPolicy?.restartAttemptPeriod, {
      from: 60,
      to: 1800,
      unit: "seconds",
    }),
    ...atMost(`${path}.restartPolicy.ignoredExitCodes`, restartPolicy?.ignoredExitCodes, 50),
    ...atMost(`${path}.environmentFiles`, environmentFiles, 10),
    ...environmentFiles.flatMap(({ value }, index) =>
      value === undefined || value.endsWith(".env")
        ? []
        : [`${path}.environmentFiles[${index}].value: must be the ARN of a file with the extension .env`],
    ),
    ...outside(`${path}.linuxParameters.swappiness`, linuxParameters?.swappiness, { from: 0, to: 100 }),
    ...atMost(`${path}.credentialSpecs`, credentialSpecs, 1),
    ...credentialSpecs.flatMap((spec, index) =>
      /^credentialspec(?:domainless)?:/.test(spec)
        ? []
        : [`${path}.credentialSpecs[${index}]: must begin with credentialspec: or credentialspecdomainless:`],
    ),
  ];
}

const atMost = (path: string, list: unknown[] | undefined, most: number): string[] =>
  list && list.length > most ? [`${path}: has ${list.length} entries; ECS takes ${most}`] : [];
