// Whether the parameters and secrets exist that containers get their secrets from.
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import {
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  type ParameterMetadata,
} from "@aws-sdk/client-ssm";
import { withRetry } from "../../aws.ts";
import { isMissing } from "../look.ts";
import type { Check, CheckContext, Finding } from "./check.ts";

/**
 * An ARN of Secrets Manager, with key, stage and version behind it; an ARN of a parameter, or its name if it is in the
 * service's region. Source: Amazon ECS API reference, Secret.
 */
export function secretCheck(context: CheckContext, source: string): Check {
  const [, service, region = "", account = "", resource = ""] =
    /^arn:[\w-]+:([\w-]+):([\w-]*):(\d*):(.+)$/.exec(source) ?? [];
  // Without an account of the service's own, any ARN may be one of another account.
  const isShared = account !== "" && account !== context.account;
  const place = { source, region: region || undefined, isShared };
  if (service === "secretsmanager") return () => findSecret(context, place);
  if (service === undefined) return () => findParameter(context, place, source);
  if (service === "ssm") return () => findParameter(context, place, resource.replace(/^parameter/, ""));
  return async () => undefined;
}

interface Place {
  source: string;
  /** undefined: that of the service. */
  region: string | undefined;
  /** It belongs to another account, or may. */
  isShared: boolean;
}

async function findSecret(context: CheckContext, { source, region, isShared }: Place): Promise<Finding | undefined> {
  const [arn] = /^arn:[^:]+:[^:]+:[^:]*:[^:]*:secret:[^:]+/.exec(source) ?? [source];
  try {
    const { DeletedDate } = await withRetry(context, "secretsmanager:DescribeSecret", () =>
      context.secretsManager(region).send(new DescribeSecretCommand({ SecretId: arn })),
    );
    return DeletedDate === undefined ? undefined : { isCertain: true, text: `secret ${source}: is being deleted` };
  } catch (error) {
    if (!isMissing(error, /ResourceNotFound/)) throw error;
    if (!isShared) return { isCertain: true, text: `secret ${source}: does not exist` };
    return {
      isCertain: false,
      text: `secret ${source}: was not found in its account, which may hide it from this role`,
    };
  }
}

/** AWS's own: public parameters, and references to Secrets Manager. They are in nobody's list. */
const isOfAws = (name: string): boolean => /^\/?aws\//.test(name);

async function findParameter(context: CheckContext, place: Place, text: string): Promise<Finding | undefined> {
  // A version or a label may follow; names have no colon.
  const [name = ""] = text.split(":");
  if (isOfAws(name)) return undefined;
  const { source, region, isShared } = place;
  // A parameter without a path has no slash in its name, but one in its ARN.
  const names = name.lastIndexOf("/") === 0 ? [name, name.slice(1)] : [name];
  const own = { ParameterFilters: [{ Key: "Name", Option: "Equals", Values: names }] };
  const where = region === undefined ? "this region" : region;
  if (!isShared) {
    if (await someParameter(context, region, own, () => true)) return undefined;
    return { isCertain: true, text: `secret ${source}: there is no such parameter in ${where}` };
  }
  const arn = source.slice(0, source.length - text.length + name.length);
  if (context.account === undefined && (await someParameter(context, region, own, ({ ARN }) => ARN === arn)))
    return undefined;
  if (await someParameter(context, region, { Shared: true, MaxResults: 50 }, ({ ARN }) => ARN === arn))
    return undefined;
  return {
    isCertain: false,
    text: `secret ${source}: is not among the parameters that other accounts share with this one, as far as this role can see`,
  };
}

/** A page may be empty although another one follows (API reference of DescribeParameters). */
const mostPages = 20;

async function someParameter(
  context: CheckContext,
  region: string | undefined,
  query: DescribeParametersCommandInput,
  isIt: (parameter: ParameterMetadata) => boolean,
): Promise<boolean> {
  let NextToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const command = new DescribeParametersCommand({ ...query, ...(NextToken === undefined ? {} : { NextToken }) });
    const answer = await withRetry(context, "ssm:DescribeParameters", () => context.ssm(region).send(command));
    if (answer.Parameters?.some(isIt)) return true;
    NextToken = answer.NextToken;
    if (NextToken === undefined) return false;
  }
  // Whoever gives up knows of nothing that is missing.
  return true;
}
