import type { Outcome } from "./outcome.ts";

/**
 * The user's mistake, or something that the user can fix: what, where, and what to change. Anything else is our bug.
 */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

/** The work was tried and did not succeed; `message` explains it for the person who reads the annotation. */
export class FailedError extends Error {
  override name = "FailedError";
  readonly outcome: Outcome;

  constructor(message: string, options: { cause?: unknown; outcome?: Outcome } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.outcome = options.outcome ?? "failed";
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
