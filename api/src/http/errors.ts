// Errors that are reported to the caller carry their status; all others are internal and stay in the log.
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "pino";
import { ZodError } from "zod";

export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(answer: {
    status: number;
    code: string;
    message: string;
    details?: unknown;
    retryAfter?: number;
    cause?: unknown;
  }) {
    super(answer.message, { cause: answer.cause });
    this.status = answer.status;
    this.code = answer.code;
    this.details = answer.details;
    this.retryAfter = answer.retryAfter;
  }
}

export const notFound: RequestHandler = (request) => {
  throw new ApiError({ status: 404, code: "not-found", message: `There is no ${request.method} ${request.path}.` });
};

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ZodError) {
    const details = error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
    const message = `Not accepted: ${details.map((detail) => `${detail.field}: ${detail.message}`).join("; ")}`;
    return new ApiError({ status: 422, code: "invalid", message, details });
  }
  // body-parser and the router mark what the client did wrong with a status below 500.
  const { status = 500, type, message } = error as { status?: number; type?: string; message?: string };
  if (status < 500)
    return new ApiError({ status, code: type ?? "bad-request", message: message ?? "The request could not be read." });
  return new ApiError({
    status: 500,
    code: "internal",
    message: "Something went wrong here; the request id leads to it in the log.",
    cause: error,
  });
}

export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const { status, code, message, details, retryAfter, cause } = asApiError(error);
    if (status >= 500)
      log.error({ err: cause ?? error, requestId: response.locals["requestId"], path: request.path }, "request failed");
    if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
    response
      .status(status)
      .json({ success: false, error: { code, message, ...(details === undefined ? {} : { details }) } });
  };
}
