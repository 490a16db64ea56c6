// Every error in one shape: {"success": false, "error": {"code", "message", "details"?}}.
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { Logger } from "pino";
import { InvalidRequest } from "./issues.ts";
import { Problem, type ProblemCode, problems } from "./problems.ts";
import type { Trace } from "./trace.ts";

/** What body-parser calls what the client did wrong; https://github.com/expressjs/body-parser#errors */
const ofExpress: Record<string, ProblemCode> = {
  "entity.parse.failed": "malformed",
  "entity.too.large": "too-large",
  "encoding.unsupported": "unsupported-media-type",
  "charset.unsupported": "unsupported-media-type",
};

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { status = 500, type = "" } = error as { status?: number; type?: string };
  return new Problem(status < 500 ? (ofExpress[type] ?? "bad-request") : "internal", { cause: error });
}

function describe(error: unknown): { status: number; code: ProblemCode; message: string; details?: unknown } {
  if (error instanceof InvalidRequest)
    return { status: problems.invalid.status, code: "invalid", message: error.message, details: error.details };
  const { code, message } = asProblem(error);
  return { status: problems[code].status, code, message };
}

export const notFound: RequestHandler = () => {
  throw new Problem("not-found");
};

export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const { status, ...rest } = describe(error);
    if (status >= 500)
      log.error({ err: error, ...(response.locals["trace"] as Trace), path: request.path }, "request failed");
    // Half an answer cannot be taken back: Express closes the connection.
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(status).json({ success: false, error: rest });
  };
}
