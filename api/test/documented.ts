// Holds real answers against the OpenAPI document: their status, their media type and their body.
import { Ajv2020 } from "ajv/dist/2020.js";

export interface Operation {
  operationId: string;
  security: object[];
  "x-access": "anyone" | "anyone-or-user" | "user" | "owner" | "own";
  parameters?: { name: string; in: string }[];
  requestBody?: object;
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

export interface Answered {
  method: string;
  path: string;
  status: number;
  type: string;
  body: unknown;
}

export const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

/** @returns what throws where an answer is not what the document says; paths that it does not have are let through. */
export function answersOf(document: Document): (answer: Answered) => void {
  // Formats are annotations in JSON Schema 2020-12, and other keywords of OpenAPI are none of its.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, "document");
  const operations = operationsOf(document).map((each) => ({
    ...each,
    // Those without parameters come first, as in Express.
    pattern: new RegExp(`^${each.path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));
  operations.sort((a, b) => Number(a.path.includes("{")) - Number(b.path.includes("{")));

  return ({ method, path, status, type, body }) => {
    const found = operations.find((each) => each.method === method && each.pattern.test(path));
    if (!found) return;
    const what = `${method} ${path} answered ${status} (${type})`;
    const content = found.operation.responses[status]?.content;
    const media = type.split(";")[0] ?? "";
    if (!content || !(media in content)) throw new Error(`${what}, which is not in the OpenAPI document.`);
    const pointer = [
      "paths",
      found.path,
      method.toLowerCase(),
      "responses",
      String(status),
      "content",
      media,
      "schema",
    ];
    const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
    const validate = ajv.getSchema(`document#/${escaped.join("/")}`);
    if (!validate) throw new Error(`The OpenAPI document has no schema for ${what}.`);
    if (!validate(body)) throw new Error(`${what}, not as documented: ${ajv.errorsText(validate.errors)}`);
  };
}
