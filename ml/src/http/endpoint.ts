// An endpoint is its description and what it does. The description checks each request, and is what the OpenAPI document
// is made of: nothing can be served that it does not say.
import express, { type Express, type Request, type RequestHandler } from "express";
import type { z } from "zod";
import { parse } from "./issues.ts";
import { Problem } from "./problems.ts";
import type { FindContradictions } from "./schemas.ts";

/** What an answer holds, besides problems. */
export interface Content {
  description: string;
  /** Of its JSON. */
  schema?: z.ZodType;
  /** Media types besides JSON. */
  types?: string[];
}

export interface Description {
  method: "get" | "post";
  path: string;
  tag: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Of the body, in bytes. */
  limit?: number;
  answers: Record<number, Content>;
}

export interface Endpoint {
  description: Description;
  handler: RequestHandler;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

interface Call<Q, B> {
  query: Output<Q>;
  body: Output<B>;
}

type AnsweredDescription<A, Q, B> = Omit<Description, "tag" | "query" | "body" | "answers"> & {
  query?: Q;
  body?: B;
  /** What in the body cannot be, beyond its schema. */
  contradictions?: FindContradictions;
  answer: A;
};

/** An endpoint of the model: what `handle` returns is the answer. */
export function endpoint<
  A extends z.ZodType,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  { query, body, contradictions, answer, ...rest }: AnsweredDescription<A, Q, B>,
  handle: (call: Call<Q, B>) => z.output<A> | Promise<z.output<A>>,
): Endpoint {
  return {
    description: {
      ...rest,
      tag: "rainbows",
      ...(query ? { query } : {}),
      ...(body ? { body } : {}),
      answers: { 200: { description: "Done.", schema: answer } },
    },
    handler: async (request, response) => {
      const call = {
        query: query && parse("query", query, request.query),
        body: body && parse("body", body, bodyOf(request), contradictions),
      } as Call<Q, B>;
      response.json(await handle(call));
    },
  };
}

/** An endpoint with answers of its own, which `handler` gives. */
export function plainEndpoint(description: Omit<Description, "tag">, handler: RequestHandler): Endpoint {
  return { description: { tag: "operations", ...description }, handler };
}

/** Serves the endpoints; other methods on their paths are refused with those that there are. */
export function serve(app: Express, endpoints: Endpoint[]): void {
  for (const { description, handler } of endpoints) {
    const { method, path, body, limit = 65_536 } = description;
    app[method](path, ...(body ? [express.json({ limit })] : []), handler);
  }
  for (const [path, all] of Map.groupBy(endpoints, ({ description }) => description.path)) {
    const allow = all.map(({ description }) => (description.method === "get" ? "GET, HEAD" : "POST")).join(", ");
    app.all(path, (request, response) => {
      response.set("allow", allow);
      if (request.method !== "OPTIONS") throw new Problem("method-not-allowed");
      response.status(204).end();
    });
  }
}

/** Of a body in another type, express.json takes nothing: that must not look like a body without its fields. */
function bodyOf(request: Request): unknown {
  if (request.is("json") === false) throw new Problem("unsupported-media-type");
  return request.body;
}
