// Every error in one shape: {"success": false, "error": {"code", "message", "details"?}}.
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "pino";
import { ZodError } from "zod";
import type { Trace } from "./trace.ts";

interface Details {
  status: number;
  code: string;
  message: string;
  details?: unknown;
}

function describe(error: unknown): Details {
  if (error instanceof ZodError) {
    const details = error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
    return {
      status: 422,
      code: "invalid",
      message: `Not accepted: ${details.map(({ field, message }) => `${field}: ${message}`).join("; ")}`,
      details,
    };
  }
  // body-parser marks what the client did wrong with a status below 500.
  const { status = 500, type, message } = error as { status?: number; type?: string; message?: string };
  if (status < 500)
    return { status, code: type ?? "bad-request", message: message ?? "The request could not be read." };
  return {
    status: 500,
    code: "internal",
    message: "Something went wrong here; the request id leads to it in the log.",
  };
}

export const notFound: RequestHandler = (request, response) => {
  response
    .status(404)
    .json({ success: false, error: { code: "not-found", message: `There is no ${request.method} ${request.path}.` } });
};

export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const { status, ...rest } = describe(error);
    if (status >= 500)
      log.error({ err: error, ...(response.locals["trace"] as Trace), path: request.path }, "request failed");
    response.status(status).json({ success: false, error: rest });
  };
}
