// What a deployment needs and would otherwise miss half-way: images, secrets, log groups. All that is missing in one
// message.
import { DescribeLogGroupsCommand, type CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeImagesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { DescribeSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { goOnWithout, withRetry, type RetryContext } from "../aws.ts";
import type { TaskDefinitionInput } from "./task-definition/task-definition.ts";
import { ConfigurationError } from "../errors.ts";

export interface PreflightClients {
  logs: CloudWatchLogsClient;
  /** Of a region: images and secrets may lie in another than the service. */
  ecr: (region: string) => ECRClient;
  ssm: (region?: string) => SSMClient;
  secretsManager: (region?: string) => SecretsManagerClient;
}

/** @returns what is missing. */
export type Check = () => Promise<string | undefined>;

/**
 * @throws ConfigurationError that names everything that is missing. What the role may not read is left to ECS, and
 * said.
 */
export async function preflight(
  session: RetryContext & PreflightClients,
  definition: TaskDefinitionInput,
  more: Check[] = [],
): Promise<void> {
  const containers = definition.containerDefinitions ?? [];
  const checks = [
    ...unique(containers.map(({ image = "" }) => image)).map((image) => imageCheck(session, image)),
    ...unique(containers.flatMap(({ secrets = [] }) => secrets.map(({ valueFrom = "" }) => valueFrom))).map((source) =>
      secretCheck(session, source),
    ),
    ...unique(containers.flatMap(logGroup)).map((group) => logGroupCheck(session, group)),
    ...more,
  ];
  const problems = await Promise.all(
    checks.map((check) =>
      check().catch((error: unknown) => {
        goOnWithout(session, "the preflight", error, unchecked);
        return undefined;
      }),
    ),
  );
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0)
    throw new ConfigurationError(
      `${definition.family} cannot run; nothing was changed.\n${found.map((problem) => `  ${problem}`).join("\n")}`,
    );
}

const unchecked = "it was not checked before the deployment that what the task definition refers to exists";

const unique = (values: string[]): string[] => [...new Set(values)];

/**
 * `ACCOUNT.dkr.ecr.REGION.amazonaws.com/repository@sha256:…` or `:tag`; other registries cannot be asked by this role.
 */
const ecrImage =
  /^(\d{12})\.dkr[.-]ecr\.([\w-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\/([^@:]+)(?:@(sha256:[0-9a-f]{64})|:([\w.-]+))?$/;

export interface EcrImage {
  registryId: string;
  region: string;
  repositoryName: string;
  imageDigest: string | undefined;
  /** Where there is no digest. */
  imageTag: string;
}

/** undefined for images elsewhere. */
export function parseEcrImage(image: string): EcrImage | undefined {
  const matched = ecrImage.exec(image);
  if (!matched) return undefined;
  const [, registryId = "", region = "", repositoryName = "", imageDigest, imageTag = "latest"] = matched;
  return { registryId, region, repositoryName, imageDigest, imageTag };
}

function imageCheck(session: RetryContext & PreflightClients, image: string): Check {
  const parsed = parseEcrImage(image);
  if (!parsed) return async () => undefined;
  const { registryId, region, repositoryName, imageDigest, imageTag } = parsed;
  const command = new DescribeImagesCommand({
    registryId,
    repositoryName,
    imageIds: [imageDigest ? { imageDigest } : { imageTag }],
  });
  return async () => {
    try {
      await withRetry(session, "ecr:DescribeImages", () => session.ecr(region).send(command));
      return undefined;
    } catch (error) {
      return missing(
        error,
        /ImageNotFound|RepositoryNotFound/,
        `image ${image}: is not in ECR. Was it pushed, and has no lifecycle policy removed it?`,
      );
    }
  };
}

function secretCheck(session: RetryContext & PreflightClients, source: string): Check {
  const [, service, region, resource] = /^arn:[\w-]+:(ssm|secretsmanager):([\w-]*):\d*:(.+)$/.exec(source) ?? [];
  return async () => {
    if (service === "secretsmanager") {
      // Behind the name may follow key, stage and version.
      const [arn] = /^arn:[^:]+:[^:]+:[^:]*:[^:]*:secret:[^:]+/.exec(source) ?? [source];
      try {
        const { DeletedDate } = await withRetry(session, "secretsmanager:DescribeSecret", () =>
          session.secretsManager(region).send(new DescribeSecretCommand({ SecretId: arn })),
        );
        return DeletedDate === undefined ? undefined : `secret ${source}: is being deleted`;
      } catch (error) {
        return missing(error, /ResourceNotFound/, `secret ${source}: does not exist`);
      }
    }
    const name = resource?.replace(/^parameter/, "") ?? source;
    // A parameter without a path has no slash in its name, but one in its ARN.
    const names = name.lastIndexOf("/") === 0 ? [name, name.slice(1)] : [name];
    const command = new DescribeParametersCommand({
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: names }],
    });
    const { Parameters = [] } = await withRetry(session, "ssm:DescribeParameters", () =>
      session.ssm(region).send(command),
    );
    return Parameters.length > 0 ? undefined : `secret ${source}: there is no such parameter in this region`;
  };
}

function missing(error: unknown, name: RegExp, problem: string): string {
  if (error instanceof Error && error.cause instanceof Error && name.test(error.cause.name)) return problem;
  throw error;
}

function logGroup({ logConfiguration }: ContainerDefinition): string[] {
  const { "awslogs-group": group, "awslogs-create-group": creates } = logConfiguration?.options ?? {};
  return logConfiguration?.logDriver === "awslogs" && group && creates !== "true" ? [group] : [];
}

function logGroupCheck(session: RetryContext & PreflightClients, group: string): Check {
  return async () => {
    const { logGroups = [] } = await withRetry(session, "logs:DescribeLogGroups", () =>
      session.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group })),
    );
    return logGroups.some(({ logGroupName }) => logGroupName === group)
      ? undefined
      : `log group ${group}: does not exist, and awslogs-create-group is not "true"`;
  };
}
