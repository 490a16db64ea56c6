// Rewrites a file such as github-api.json: what GitHub's OpenAPI description says of the calls that are its keys, without
// descriptions, and without parts of answers that are neither required nor read. After
// `npm install --no-save @octokit/openapi`: node actions/github-report/test/extract-api.ts
// node_modules/@octokit/openapi/generated/api.github.com.deref.json actions/github-report/test/github-api.json
import { readFileSync, writeFileSync } from "node:fs";

type Schema = { [key: string]: unknown };
interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const alsoRead = new Set([
  "body",
  "pull_request",
  "state_reason",
  "message",
  "documentation_url",
  "status",
  "immutable",
  "digest",
]);
const words = new Set(["description", "example", "examples", "title", "deprecated", "x-github", "externalDocs"]);

function pruned(value: unknown, isAnswer: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => pruned(one, isAnswer));
  if (typeof value !== "object" || value === null) return value;
  const { properties, required = [], ...rest } = value as Schema & { properties?: Schema; required?: string[] };
  const kept = Object.entries(rest).filter(([key, inner]) => !words.has(key) || typeof inner === "object");
  const named = Object.entries(properties ?? {}).filter(
    ([key]) => !isAnswer || required.includes(key) || alsoRead.has(key),
  );
  return {
    ...Object.fromEntries(
      kept.filter(([key]) => !words.has(key)).map(([key, inner]) => [key, pruned(inner, isAnswer)]),
    ),
    ...(properties
      ? { properties: Object.fromEntries(named.map(([key, inner]) => [key, pruned(inner, isAnswer)])) }
      : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** `nullable` of OpenAPI 3.0 as JSON Schema has it. */
function nullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullable);
  if (typeof value !== "object" || value === null) return value;
  const { nullable: isNullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, nullable(inner)]),
  );
  return isNullable === true ? { anyOf: [rest, { type: "null" }] } : rest;
}

const [source = "", file = ""] = process.argv.slice(2);
const calls = Object.keys(JSON.parse(readFileSync(file, "utf8")) as object);
const { paths } = JSON.parse(readFileSync(source, "utf8")) as {
  paths: Record<string, Record<string, Operation>>;
};
const schemaOf = (part: { content?: Record<string, { schema: Schema }> } | undefined) =>
  part?.content?.["application/json"]?.schema ?? null;
const result = Object.fromEntries(
  calls.map((call) => {
    const [method = "", path = ""] = call.split(" ");
    const operation = paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`The description has no ${call}.`);
    const query = (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
    const answers = Object.entries(operation.responses).map(([status, answer]) => [
      status,
      pruned(schemaOf(answer), true),
    ]);
    return [
      call,
      {
        query: query.map(({ name }) => name),
        request: pruned(schemaOf(operation.requestBody), false),
        answers: Object.fromEntries(answers),
      },
    ];
  }),
);
writeFileSync(file, `${JSON.stringify(nullable(result), null, 2)}\n`);
