// Where a secret comes from, as people write it → as ECS takes it in valueFrom. No value is ever read.
import { DescribeSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { withAwsErrorContext, isAccessDenied } from "../../shared/src/aws.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";

export interface SecretStores {
  /** Made when they are needed: most definitions name ARNs or paths. */
  ssm: () => SSMClient;
  secretsManager: () => SecretsManagerClient;
  log: Log;
}

/**
 * ARNs and paths of parameters (`/a/b`) stay: ECS takes both. A bare name is looked for in Secrets Manager, of which ECS wants
 * the whole ARN (`name:key:stage:version` picks a part of it), then among the parameters. `ssm:` and `secretsmanager:` in front
 * of a name say which.
 * Source: Amazon ECS developer guide, "Pass sensitive data to an ECS container".
 */
export async function resolveSecret(name: string, source: string, stores: SecretStores): Promise<string> {
  if (source.trim() === "") throw new ConfigurationError(`secrets: ${name} has no source behind the =.`);
  if (source.startsWith("arn:") || source.startsWith("/")) return source;
  if (source.startsWith("ssm:")) return source.slice("ssm:".length);
  const asked = source.startsWith("secretsmanager:");
  const [secret = "", ...part] = (asked ? source.slice("secretsmanager:".length) : source).split(":");
  const arn = await secretArn(secret, asked, stores);
  if (arn !== undefined)
    return part.length === 0 ? arn : [arn, ...part, ...Array<string>(3 - Math.min(part.length, 3)).fill("")].join(":");
  if (part.length === 0 && (await isParameter(source, stores))) return source;
  throw new ConfigurationError(
    `secrets: ${name} comes from "${source}", which is neither a secret of Secrets Manager nor a parameter of SSM in this region. Write its ARN, or the path of a parameter (/a/b).`,
  );
}

async function secretArn(
  secret: string,
  asked: boolean,
  { secretsManager, log }: SecretStores,
): Promise<string | undefined> {
  try {
    const { ARN } = await withAwsErrorContext(
      "secretsmanager:DescribeSecret",
      secretsManager().send(new DescribeSecretCommand({ SecretId: secret })),
    );
    return ARN;
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (asked || !isAccessDenied(error)) throw error;
    log(
      `secrets: this role may not ask Secrets Manager for "${secret}"; it is taken for the name of a parameter, as ECS does`,
    );
    return undefined;
  }
}

async function isParameter(parameter: string, { ssm }: SecretStores): Promise<boolean> {
  try {
    const command = new DescribeParametersCommand({
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [parameter] }],
    });
    const { Parameters = [] } = await withAwsErrorContext("ssm:DescribeParameters", ssm().send(command));
    return Parameters.length > 0;
  } catch (error) {
    // What may not be asked is left to ECS, which reads it.
    if (isAccessDenied(error)) return true;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    /^(ResourceNotFoundException|InvalidRequestException)$/.test(error.cause.name)
  );
}
