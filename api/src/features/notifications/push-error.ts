// Why a message did not go out.

export type PushFailure =
  /** Google does not accept the key, or the key may not send for this project. */
  | "credentials"
  /** Too many messages for now. */
  | "quota"
  /** It answered an error of its own. */
  | "unavailable"
  /** No connection came about: nothing was sent. */
  | "unreachable"
  /** It did not answer in time: the message may have arrived. */
  | "timeout"
  /** The connection broke: the message may have arrived. */
  | "connection-lost"
  /** It answered what nobody can read. */
  | "garbage"
  /** It does not take the message. */
  | "invalid-message"
  /** The device belongs to an app of another project. */
  | "sender-mismatch"
  /** What the project has for Apple's or the web's push service is not valid. */
  | "third-party-auth"
  /** It failed too often and is left alone. */
  | "paused"
  /** The service stops, or the run has used up its time. */
  | "stopped";

/** Messages have neither keys nor tokens in them. */
export class PushError extends Error {
  override name = "PushError";
  readonly reason: PushFailure;
  /** Seconds after which trying again makes sense, as the service says. */
  readonly retryAfter: number | undefined;

  constructor(
    reason: PushFailure,
    message: string,
    options: { retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.retryAfter = options.retryAfter;
  }
}
