// An endpoint is its description and what it does. The description checks each request, decides who may call, and is
// what the OpenAPI document is made of: nothing can be served that it does not say.
import type { Express, Request, RequestHandler, Response } from "express";
import { z } from "zod";
import type { Caller } from "../features/auth/tokens.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./issues.ts";
import type { ProblemCode } from "./problems.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * - `anyone`: a token is not looked at;
 * - `anyone-or-user`: without a token too; one that is sent must be valid;
 * - `user`: whoever is logged in;
 * - `owner`: the user that the thing named by the path belongs to; others are refused;
 * - `own`: the same for what nobody else knows of; for others it is not there.
 */
export type Access = "anyone" | "anyone-or-user" | "user" | "owner" | "own";

/** What an answer holds, besides problems. */
export interface Content {
  description: string;
  /** Of its JSON. */
  schema?: z.ZodType;
  /** Of that JSON: application/json, unless it is another one. */
  jsonType?: string;
  /** Media types besides JSON. */
  types?: string[];
}

export interface Description {
  method: Method;
  /** As OpenAPI writes it: /api/things/{id}. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  /** Refused values of the path are things that do not exist. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  answers: Record<number, Content>;
  /** Besides those that follow from the rest: see `problemsOf`. */
  problems: ProblemCode[];
}

export interface Endpoint {
  description: Description;
  handler: (caller: Caller | undefined) => RequestHandler;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type CallerFor<A extends Access> = A extends "anyone"
  ? undefined
  : A extends "anyone-or-user"
    ? Caller | undefined
    : Caller;

/** What a handler is given: checked values, and who asks. */
export interface Call<A extends Access, P, Q, B> {
  caller: CallerFor<A>;
  params: Output<P>;
  query: Output<Q>;
  body: Output<B>;
  request: Request;
  response: Response;
}

type ApiDescription<A, P, Q, B, D> = Omit<
  Description,
  "access" | "params" | "query" | "body" | "answers" | "problems"
> & {
  access: A;
  params?: P;
  query?: Q;
  body?: B;
  status?: 200 | 201;
  /** Of `{"success": true, "data": …}`. */
  data: D;
  problems?: ProblemCode[];
};

/** An endpoint of the API: what `handle` returns is the `data` of the answer. */
export function endpoint<
  A extends Access,
  D extends z.ZodType,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(description: ApiDescription<A, P, Q, B, D>, handle: (call: Call<A, P, Q, B>) => Promise<z.output<D>>): Endpoint {
  const { status = 200, data, problems = [], params, query, body, ...rest } = description;
  return {
    description: {
      ...rest,
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(body ? { body } : {}),
      problems,
      answers: { [status]: { description: "Done.", schema: enveloped(data) } },
    },
    handler: (caller) => async (request, response) => {
      const call = {
        caller,
        params: params && parsePath(params, request.params),
        query: query && parse("query", query, request.query),
        body: body && parse("body", body, bodyOf(request)),
        request,
        response,
      } as Call<A, P, Q, B>;
      response.status(status).json({ success: true, data: await handle(call) });
    },
  };
}

/** An endpoint with answers of its own shape, which `handler` gives. */
export function plainEndpoint(
  description: Omit<Description, "tag" | "access" | "problems"> & { tag?: string; problems?: ProblemCode[] },
  handler: RequestHandler,
): Endpoint {
  return { description: { tag: "operations", problems: [], ...description, access: "anyone" }, handler: () => handler };
}

/** Serves the endpoints; other methods on their paths are refused with those that there are. */
export function serve(
  app: Express,
  endpoints: Endpoint[],
  callerOf: (request: Request) => Promise<Caller | undefined>,
): void {
  const methods = new Map<string, Method[]>();
  for (const { description, handler } of endpoints) {
    const { method, access } = description;
    const path = description.path.replaceAll(/\{(\w+)\}/g, ":$1");
    methods.set(path, [...(methods.get(path) ?? []), method]);
    app[method](path, async (request, response, next) => {
      const caller = access === "anyone" ? undefined : await callerOf(request);
      if (caller === undefined && access !== "anyone" && access !== "anyone-or-user")
        throw new ApiError("not-logged-in");
      await handler(caller)(request, response, next);
    });
  }
  for (const [path, allowed] of methods) {
    const allow = allowed.flatMap((method) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])).join(", ");
    app.all(path, (request, response) => {
      response.set("allow", allow);
      if (request.method !== "OPTIONS") throw new ApiError("method-not-allowed");
      response.status(204).end();
    });
  }
}

function parsePath(schema: z.ZodObject, params: Request["params"]): unknown {
  const result = schema.safeParse(params);
  if (!result.success) throw new ApiError("not-found");
  return result.data;
}

/** Of a body in another type, express.json takes nothing: that must not look like a body without its fields. */
function bodyOf(request: Request): unknown {
  if (request.is("json") === false) throw new ApiError("unsupported-media-type");
  return request.body;
}

const enveloped = (data: z.ZodType) => z.object({ success: z.literal(true), data });
