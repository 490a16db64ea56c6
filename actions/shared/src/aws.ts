// AWS clients, what their errors mean for the person who reads them, and which of them pass by themselves.
import { formatDuration, type Clock } from "./clock.ts";
import { ConfigurationError, FailedError, messageOf } from "./errors.ts";
import { deniedOf, MissingPermissions, remedyFor } from "./permissions.ts";
import type { Log } from "./report.ts";

/**
 * Settings of every client. Region, credentials and endpoints come from the standard chain (AWS_REGION,
 * AWS_ENDPOINT_URL, …).
 * Adaptive retries slow down under throttling instead of giving up.
 */
export const clientSettings = { maxAttempts: 8, retryMode: "adaptive" } as const;

/**
 * For callers of `withRetry`, which knows the time limit: the SDK retries briefly and then gives up. Without these
 * limits
 * (milliseconds) it would wait for ever on a silent connection.
 */
export const shortRetryClientSettings = {
  maxAttempts: 3,
  retryMode: "adaptive",
  requestHandler: { connectionTimeout: 5000, requestTimeout: 20_000, throwOnRequestTimeout: true },
} as const;

const credentialsExpired =
  "The AWS credentials have expired. Log in again (aws-actions/configure-aws-credentials) right before this step, or give the role a longer session.";

const errorExplanations: Record<string, string> = {
  ExpiredToken: credentialsExpired,
  ExpiredTokenException: credentialsExpired,
  UnrecognizedClientException:
    "AWS does not know these credentials. Check the role of the login step, and that they belong to this partition.",
  InvalidClientTokenId:
    "AWS does not know these credentials. Check the role of the login step, and that they belong to this partition.",
  InvalidSignatureException:
    "AWS does not accept the signature of these credentials. Check the secret key and the clock of the runner.",
  CredentialsProviderError:
    "There are no AWS credentials. Put a login step (aws-actions/configure-aws-credentials) before this one.",
  ClusterNotFoundException: "The cluster does not exist in this region. Check the inputs cluster and AWS_REGION.",
  ServiceNotFoundException: "The service does not exist in this cluster. Check the inputs service and cluster.",
  RepositoryNotFoundException:
    "The image repository does not exist in this region. Create it (infra/modules/registry), or check the inputs repository and AWS_REGION.",
};

/** Runs one AWS call; its error comes out as a ConfigurationError where we know what the user must change. */
export async function withAwsErrorContext<T>(call: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw toUserError(call, error);
  }
}

const accessDenied = /AccessDenied|NotAuthorized|UnauthorizedOperation/;
/** Some calls answer with an error of their own when what they do on the caller's behalf is refused. */
const notAuthorized = /^User: \S+ is not authorized to perform: /;

/** Whether AWS refused a call because of a missing permission; for a wrapped error its cause decides. */
export function isAccessDenied(error: unknown): boolean {
  const { name, message } = rootCause(error);
  return accessDenied.test(name) || notAuthorized.test(message);
}

/** Whether a call is not available here: refused, or not known to this AWS (an emulator, a partition that lacks it). */
export function isUnavailable(error: unknown): boolean {
  return (
    isAccessDenied(error) ||
    /UnknownOperation|InvalidAction|NotImplemented|UnsupportedOperation|UnsupportedFeature/.test(rootCause(error).name)
  );
}

/** Whether a call was refused because the session of the credentials has ended. */
export function isCredentialsExpired(error: unknown): boolean {
  const { name, message } = rootCause(error);
  return /^ExpiredToken(Exception)?$/.test(name) || /security token included in the request is expired/i.test(message);
}

/** The same error with one more line, if it is about a missing permission. */
export function withNote(error: unknown, note: string): unknown {
  if (!(error instanceof ConfigurationError) || !isAccessDenied(error)) return error;
  return Object.assign(new ConfigurationError(`${error.message}\n${note}`, { cause: error.cause }), {
    call: callOf(error),
  });
}

const rootCause = (error: unknown): Error =>
  error instanceof Error ? (error.cause instanceof Error ? error.cause : error) : new Error(String(error));

export function toUserError(call: string, error: unknown): Error {
  if (error instanceof ConfigurationError || error instanceof FailedError) return error;
  const name = error instanceof Error ? error.name : "";
  const message = messageOf(error);
  call = callOf(error) ?? call;
  if (isAccessDenied(error)) {
    const denied = deniedOf(call, message);
    const explained = new ConfigurationError(
      `Missing permission: the job's role lacks ${denied.action}. ${remedyFor(denied)}\n  AWS says: ${message}`,
      { cause: error },
    );
    return Object.assign(explained, { call: denied.action });
  }
  if (/^Region (is missing|not accepted)/i.test(message))
    return new ConfigurationError("No AWS region is set. Set AWS_REGION, for example through the login step.", {
      cause: error,
    });
  if (codeOf(error) === "ENOTFOUND")
    return new ConfigurationError(
      `AWS is not at this address: ${message}. Is AWS_REGION right (and AWS_ENDPOINT_URL, where it is set)?`,
      { cause: error },
    );
  const explanation = errorExplanations[name];
  if (explanation) return new ConfigurationError(`${explanation}\n  ${call}: ${message}`, { cause: error });
  return new FailedError(`${call} failed: ${[name, message].filter(Boolean).join(": ")}`, { cause: error });
}

/** The same error, tagged with the call: for callers that make several calls and explain errors in one place. */
export async function tagError<T>(call: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { call }) : error;
  }
}

/** The call that `tagError` or `toUserError` has noted. */
const callOf = (error: unknown): string | undefined => (error as { call?: string } | undefined)?.call;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

const throttles = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceededException$/;

export const isThrottled = (error: unknown): boolean => throttles.test(rootCause(error).name);

/** Transient errors: server errors, cut connections, unreadable responses. */
export function isTransient(error: unknown): boolean {
  if (isThrottled(error)) return true;
  if (isUnavailable(error)) return false;
  const cause = rootCause(error);
  const status = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status !== undefined && status >= 500) return true;
  return (
    /^(TimeoutError|SyntaxError|RequestTimeout(Exception)?|ServerException|ServiceUnavailable)/.test(cause.name) ||
    /^(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_HTTP2)/.test(
      String(codeOf(cause)),
    )
  );
}

/** Clock, log and time limit of one piece of work. */
export interface RetryContext {
  clock: Clock;
  log: Log;
  /** Milliseconds since the epoch, after which nothing is retried. */
  deadline: number;
  /** Where permissions are reported that a run goes on without; undefined: in the log. */
  missing?: MissingPermissions | undefined;
}

/**
 * For calls that only inform: a missing permission is reported with what is unknown because of it, and the work goes on.
 *
 * @throws the error, if it is another one.
 */
export function goOnWithout(
  session: Pick<RetryContext, "log" | "missing">,
  call: string,
  error: unknown,
  consequence: string,
): void {
  if (!isUnavailable(error)) throw error;
  if (!isAccessDenied(error)) return session.log(`${call} is not available here: ${consequence}`);
  const missing = session.missing ?? new MissingPermissions(session);
  missing.note(deniedOf(callOf(error) ?? call, rootCause(error).message), consequence);
}

/** An AWS that has not responded for this long will not soon; throttling is a response. Milliseconds. */
const outageLimit = 60_000;

/**
 * Runs one AWS call that may be repeated, until it is answered or the time is up; what does not pass by itself
 * (`passes`) fails at once.
 */
export async function withRetry<T>(
  session: RetryContext,
  call: string,
  send: () => Promise<T>,
  passes: (error: unknown) => boolean = isTransient,
): Promise<T> {
  const { clock, log, deadline } = session;
  const began = clock.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const wait = backoffDelay(attempt);
      const limit = isThrottled(error) ? deadline : Math.min(deadline, began + outageLimit);
      if (!passes(error)) throw toUserError(call, error);
      if (clock.now() + wait >= limit) {
        throw new FailedError(
          `${call} did not succeed for ${formatDuration(clock.now() - began)}, ${attempt} attempts: ${rootCause(error).name}: ${messageOf(error)}`,
          { cause: error, outcome: limit === deadline ? "timed-out" : "failed" },
        );
      }
      if (attempt === 1) log(`${call}: ${rootCause(error).name}; retrying`);
      await clock.sleep(wait);
    }
  }
}

/** Full jitter, so that clients that were throttled together do not retry together. Milliseconds. */
const backoffDelay = (attempt: number): number => 500 + Math.random() * Math.min(20_000, 1000 * 2 ** attempt);
