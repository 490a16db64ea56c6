// The source of a secret as users write it → valueFrom as ECS expects it. The value itself is never read.
import { DescribeSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { goOnWithout, isAccessDenied, withAwsErrorContext } from "../../shared/src/aws.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { isMissing } from "../../shared/src/ecs/look.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Log } from "../../shared/src/report.ts";

export interface SecretStores {
  /** Created on demand: most task definitions have only ARNs and paths. */
  ssm: () => SSMClient;
  secretsManager: () => SecretsManagerClient;
  log: Log;
  missing?: MissingPermissions | undefined;
}

/**
 * ARNs and parameter paths (`/a/b`) are kept: ECS accepts both. A plain name is looked up in Secrets Manager, for which
 * ECS requires the full ARN (`name:key:stage:version` selects a part of the secret), then in Parameter Store. The
 * prefixes `ssm:` and `secretsmanager:` select one of the two.
 * Source: Amazon ECS developer guide, "Pass sensitive data to an ECS container".
 */
export async function resolveSecret(name: string, text: string, stores: SecretStores): Promise<string> {
  // No name or ARN begins or ends with a blank.
  const source = text.trim();
  if (source === "") throw new ConfigurationError(`secrets: ${name} has no source after the =.`);
  if (source.startsWith("arn:") || source.startsWith("/")) return source;
  if (source.startsWith("ssm:")) return source.slice("ssm:".length);
  const isExplicit = source.startsWith("secretsmanager:");
  const [secret = "", ...part] = (isExplicit ? source.slice("secretsmanager:".length) : source).split(":");
  const arn = await findSecretArn(secret, { isExplicit }, stores);
  if (arn !== undefined)
    return part.length === 0 ? arn : [arn, ...part, ...Array<string>(3 - Math.min(part.length, 3)).fill("")].join(":");
  if (part.length === 0 && (await isParameter(source, stores))) return source;
  throw new ConfigurationError(
    `secrets: ${name} refers to "${source}", ` +
      "which is neither a Secrets Manager secret nor an SSM parameter in this region. " +
      "Use the ARN, or the path of a parameter (/a/b).",
  );
}

async function findSecretArn(
  secret: string,
  { isExplicit }: { isExplicit: boolean },
  { secretsManager, log, missing }: SecretStores,
): Promise<string | undefined> {
  try {
    const { ARN } = await withAwsErrorContext(
      "secretsmanager:DescribeSecret",
      secretsManager().send(new DescribeSecretCommand({ SecretId: secret })),
    );
    return ARN;
  } catch (error) {
    if (isMissing(error, /^(ResourceNotFoundException|InvalidRequestException)$/)) return undefined;
    if (isExplicit || !isAccessDenied(error)) throw error;
    const consequence = `"${secret}" in secrets is not looked up and is taken for the name of a parameter, as ECS does`;
    goOnWithout({ log, missing }, "secretsmanager:DescribeSecret", error, consequence);
    return undefined;
  }
}

async function isParameter(parameter: string, { ssm, log, missing }: SecretStores): Promise<boolean> {
  try {
    const command = new DescribeParametersCommand({
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [parameter] }],
    });
    const { Parameters = [] } = await withAwsErrorContext("ssm:DescribeParameters", ssm().send(command));
    return Parameters.length > 0;
  } catch (error) {
    // Without the permission the name is left to ECS, which reads the parameter.
    const consequence = `whether there is a parameter ${parameter}, which secrets refers to, is not checked`;
    goOnWithout({ log, missing }, "ssm:DescribeParameters", error, consequence);
    return true;
  }
}
