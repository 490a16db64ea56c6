// Errors that are reported to the caller are RFC 9457 problem details, in the caller's language, which carry the
// members `success` and `error` that every answer of this service has. All others are internal and stay in the log.
import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import type { Logger } from "pino";
import { describeIssues, InvalidRequest, summarize } from "./issues.ts";
import { type Language, languages, type ProblemCode, problems, problemType } from "./problems.ts";
import { traceOf } from "./trace.ts";

export class ApiError extends Error {
  override name = "ApiError";
  readonly code: ProblemCode;
  readonly details: unknown;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(code: ProblemCode, more: { details?: unknown; retryAfter?: number; cause?: unknown } = {}) {
    super(problems[code].title.en, { cause: more.cause });
    this.code = code;
    this.details = more.details;
    this.retryAfter = more.retryAfter;
  }
}

/** What another service of ours refused: handed on as it said it. */
export class ForwardedRefusal extends Error {
  override name = "ForwardedRefusal";
  readonly status: number;
  readonly answer: { code: string; message: string; details?: unknown };

  constructor(status: number, answer: { code: string; message: string; details?: unknown }) {
    super(answer.message);
    this.status = status;
    this.answer = answer;
  }
}

export const notFound: RequestHandler = () => {
  throw new ApiError("not-found");
};

/** English where the caller names no language that we have. */
export const languageOf = (request: Request): Language => {
  const accepted = request.acceptsLanguages([...languages]);
  return accepted === "ja" ? "ja" : "en";
};

/** What body-parser and the router call what the client did wrong; https://github.com/expressjs/body-parser#errors */
const ofExpress: Record<string, ProblemCode> = {
  "entity.parse.failed": "malformed",
  "entity.too.large": "too-large",
  "encoding.unsupported": "unsupported-media-type",
  "charset.unsupported": "unsupported-media-type",
};

/**
 * Those of PostgreSQL, by code (https://www.postgresql.org/docs/17/errcodes-appendix.html), and of the way to it. A
 * role that may not write is one in an emergency (docs/emergency-runbook.md).
 */
const databaseCodes: [RegExp, ProblemCode][] = [
  [/^(25006|42501)$/, "read-only"],
  [/^(08|53|57P0[1-3])|^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|28P01)/, "database-unavailable"],
];
const lostConnection = /^(Connection terminated|timeout exceeded when trying to connect)/;
const retryDatabaseAfter = 5;

type Thrown = { status?: number; type?: string; code?: string; message?: string };

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { status = 500, type = "", code = "", message = "" } = error as Thrown;
  if (status < 500) return new ApiError(ofExpress[type] ?? "bad-request", { cause: error });
  const ofDatabase = lostConnection.test(message)
    ? "database-unavailable"
    : databaseCodes.find(([pattern]) => pattern.test(String(code)))?.[1];
  if (ofDatabase) return new ApiError(ofDatabase, { retryAfter: retryDatabaseAfter, cause: error });
  return new ApiError("internal", { cause: error });
}

interface Answer {
  status: number;
  code: string;
  title: string;
  message: string;
  details?: unknown;
  retryAfter?: number | undefined;
}

function answerTo(error: unknown, language: Language): Answer {
  if (error instanceof InvalidRequest) {
    const { status, title } = problems.invalid;
    const details = describeIssues(error, language);
    return { status, code: "invalid", title: title[language], message: summarize(details), details };
  }
  if (error instanceof ForwardedRefusal)
    return { status: error.status, title: problems.invalid.title[language], ...error.answer };
  const { code, details, retryAfter } = asApiError(error);
  const { status, title } = problems[code];
  return { status, code, title: title[language], message: title[language], details, retryAfter };
}

export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const language = languageOf(request);
    const { status, code, title, message, details, retryAfter } = answerTo(error, language);
    if (status >= 500)
      log.error({ err: (error as Error).cause ?? error, ...traceOf(response), path: request.path }, "request failed");
    // Half an answer cannot be taken back: Express closes the connection.
    if (response.headersSent) {
      next(error);
      return;
    }
    if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
    if (status === 401) response.setHeader("www-authenticate", "Bearer");
    response
      .status(status)
      .set("content-language", language)
      .vary("accept-language")
      .type("application/problem+json")
      .send(
        JSON.stringify({
          type: problemType(code),
          title,
          status,
          detail: message,
          success: false,
          error: { code, message, ...(details === undefined ? {} : { details }) },
        }),
      );
  };
}
