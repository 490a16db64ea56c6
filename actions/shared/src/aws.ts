// AWS clients, and what their errors mean for the person who reads them.
import { ConfigurationError, FailedError, messageOf } from "./errors.ts";

/**
 * Settings of every client. Region, credentials and endpoints come from the standard chain (AWS_REGION, AWS_ENDPOINT_URL, …).
 * Adaptive retries slow down under throttling instead of giving up.
 */
export const clientSettings = { maxAttempts: 8, retryMode: "adaptive" } as const;

const explanations: Record<string, string> = {
  ExpiredToken: "The AWS credentials have expired. Log in again (aws-actions/configure-aws-credentials) right before this step, or give the role a longer session.",
  ExpiredTokenException: "The AWS credentials have expired. Log in again (aws-actions/configure-aws-credentials) right before this step, or give the role a longer session.",
  UnrecognizedClientException: "AWS does not know these credentials. Check the role of the login step, and that they belong to this partition.",
  InvalidSignatureException: "AWS does not accept the signature of these credentials. Check the secret key and the clock of the runner.",
  CredentialsProviderError: "There are no AWS credentials. Put a login step (aws-actions/configure-aws-credentials) before this one.",
  ClusterNotFoundException: "The cluster does not exist in this region. Check the inputs cluster and AWS_REGION.",
  ServiceNotFoundException: "The service does not exist in this cluster. Check the inputs service and cluster.",
  RepositoryNotFoundException: "The image repository does not exist in this region. Create it (infra/modules/registry), or check the inputs repository and AWS_REGION.",
};

/** Runs one AWS call; its error comes out as a ConfigurationError where we know what the user must change. */
export async function explained<T>(call: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw explain(call, error);
  }
}

const refusals = /AccessDenied|NotAuthorized|UnauthorizedOperation/;

/** Whether AWS has refused a call for want of a permission; of an explained error its cause decides. */
export function isRefused(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && refusals.test(cause.name);
}

function explain(call: string, error: unknown): Error {
  const name = error instanceof Error ? error.name : "";
  const message = messageOf(error);
  if (refusals.test(name)) {
    const action = /perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? call;
    return new ConfigurationError(`The role of this job may not ${action}. Allow it in the role's policy.\n  AWS says: ${message}`, { cause: error });
  }
  if (/^Region (is missing|not accepted)/i.test(message)) return new ConfigurationError("No AWS region is set. Set AWS_REGION, for example through the login step.", { cause: error });
  const explanation = explanations[name];
  if (explanation) return new ConfigurationError(`${explanation}\n  ${call}: ${message}`, { cause: error });
  return new FailedError(`${call} failed: ${name} ${message}`, { cause: error });
}
