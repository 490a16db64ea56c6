// The OpenAPI 3.1 document, from the descriptions that check the requests.
import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import type { Description, Endpoint } from "../../http/endpoint.ts";
import { type ProblemCode, problems } from "../../http/problems.ts";

const problem = z
  .object({
    type: z.string().meta({ description: "Where the problem is explained." }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    success: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.unknown().optional().meta({ description: "For `invalid`: a list of `in`, `field` and `message`." }),
    }),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details, with the members that all answers here have." });

const jsonBody: ProblemCode[] = ["invalid", "malformed", "too-large", "unsupported-media-type"];

/** What follows from a description, besides the problems that it names itself. */
export function problemsOf(description: Description): ProblemCode[] {
  const { access, params, query, body, method, path } = description;
  const usesDatabase = path.startsWith("/api/");
  return [
    ...new Set<ProblemCode>([
      ...description.problems,
      ...(access === "anyone" ? [] : (["not-logged-in"] as const)),
      ...(access === "owner" ? (["not-yours"] as const) : []),
      ...(params ? (["not-found", "bad-request"] as const) : []),
      ...(query ? (["invalid"] as const) : []),
      ...(body ? jsonBody : []),
      ...(usesDatabase ? (["internal", "database-unavailable"] as const) : []),
      ...(usesDatabase && method !== "get" ? (["read-only"] as const) : []),
    ]),
  ];
}

function responsesOf(description: Description): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, { description: text, schema, jsonType = "application/json", types = [] }] of Object.entries(
    description.answers,
  )) {
    const others = types.map((type) => [type, { schema: { type: "string" as const } }]);
    responses[status as "200"] = {
      description: text,
      content: { ...(schema ? { [jsonType]: { schema } } : {}), ...Object.fromEntries(others) },
    };
  }
  const codes = problemsOf(description);
  for (const status of new Set(codes.map((code) => problems[code].status))) {
    const ofStatus = codes.filter((code) => problems[code].status === status);
    responses[String(status) as "400"] = {
      description: ofStatus.map((code) => `\`${code}\`: ${problems[code].title.en}`).join(" "),
      content: { "application/problem+json": { schema: problem } },
    };
  }
  return responses;
}

const bearer = [{ bearer: [] }];
const security = { anyone: [], "anyone-or-user": [{}, ...bearer], user: bearer, owner: bearer, own: bearer };

function operationOf(description: Description): ZodOpenApiOperationObject {
  const { method, path, tag, summary, access, params, query, body } = description;
  const words = path.split(/[^a-z]+/i).filter((word) => word !== "" && word !== "api");
  return {
    operationId: [method, ...words].join("-"),
    tags: [tag],
    summary,
    ...(description.description ? { description: description.description } : {}),
    security: security[access],
    "x-access": access,
    requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) },
    ...(body
      ? {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { "application/json": { schema: body } },
          },
        }
      : {}),
    responses: responsesOf(description),
  };
}

export type OpenApiDocument = ReturnType<typeof createDocument>;

export function openApiDocument(endpoints: Endpoint[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const { description } of endpoints)
    (paths[description.path] ??= {})[description.method] = operationOf(description);
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Rainbow Seeker",
      version,
      description:
        "Where rainbows are and have been. Answers are in English or Japanese (Accept-Language). Each answer of /api " +
        "is `success` with `data`, or a problem with `error`.",
    },
    servers: [{ url: "/" }],
    paths,
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
  });
}
