// The OpenAPI 3.1 document, from the descriptions that check the requests; made when it is first asked for.
import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import { type Description, type Endpoint, plainEndpoint } from "./endpoint.ts";
import { type ProblemCode, problems } from "./problems.ts";

const problem = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z
        .array(z.object({ in: z.enum(["body", "query"]), field: z.string(), message: z.string() }))
        .optional()
        .meta({ description: "For `invalid`: every problem, of a batch the first hundred." }),
    }),
  })
  .meta({ id: "Problem" });

const problemsOf = ({ query, body }: Description): ProblemCode[] => [
  ...(query ? (["invalid"] as const) : []),
  ...(body ? (["invalid", "malformed", "bad-request", "too-large", "unsupported-media-type"] as const) : []),
  "internal",
];

function responsesOf(description: Description): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, { description: text, schema, types = [] }] of Object.entries(description.answers)) {
    const others = types.map((type) => [type, { schema: { type: "string" as const } }]);
    responses[status as "200"] = {
      description: text,
      content: { ...(schema ? { "application/json": { schema } } : {}), ...Object.fromEntries(others) },
    };
  }
  for (const [status, codes] of Map.groupBy(problemsOf(description), (code) => problems[code].status)) {
    responses[String(status) as "400"] = {
      description: codes.map((code) => `\`${code}\`: ${problems[code].message}`).join(" "),
      content: { "application/json": { schema: problem } },
    };
  }
  return responses;
}

function operationOf(description: Description): ZodOpenApiOperationObject {
  const { method, path, tag, summary, query, body } = description;
  const words = path.split(/[^a-z]+/i).filter((word) => word !== "" && word !== "v");
  return {
    operationId: [method, ...words].join("-"),
    tags: [tag],
    summary,
    ...(description.description ? { description: description.description } : {}),
    requestParams: query ? { query } : {},
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: body } } } } : {}),
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
      title: "Rainbow Seeker ml",
      version,
      description:
        "The probability of rain and sunshine within one hour, with the sun where a rainbow is possible. A proxy, " +
        "trained on Dutch weather: `GET /v1/model` has its figures and limits.",
    },
    servers: [{ url: "/" }],
    paths,
  });
}

export function documentEndpoint(parts: { endpoints: () => Endpoint[]; version: string }): Endpoint {
  let document: OpenApiDocument | undefined;
  return plainEndpoint(
    {
      method: "get",
      path: "/openapi.json",
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) } },
    },
    (_request, response) => {
      response.json((document ??= openApiDocument(parts.endpoints(), parts.version)));
    },
  );
}
