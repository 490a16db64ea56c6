import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Check {
  path: string;
  method: string;
  body: unknown;
  status: number;
  /** Dotted path in the JSON answer → value that must be there. */
  json: Map<string, unknown>;
}

export interface Inputs {
  /** Ends in "/", so that a path adds to it. */
  url: string;
  checks: Check[];
  /** How many times in a row each check must pass: several tasks stand behind one address. */
  consecutive: number;
  /** Seconds for everything. */
  timeout: number;
  /** The version that must answer. */
  version: string | undefined;
  /** Revision that is marked as verified when all has passed. */
  taskDefinitionArn: string | undefined;
}

const known = new Set(["path", "method", "body", "status", "json"]);

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const url = read.required("url", "https://rainbow.example.com/");
  if (url !== "" && !/^https?:\/\/[^\s/]+/.test(url)) read.problem(`url: must be an http or https address, not "${url}"`);
  const version = read.optional("version");
  const listed = read.structured("checks");
  const checks = parseChecks(listed, read);
  if (version !== undefined) checks.push({ path: "version", method: "GET", body: undefined, status: 200, json: new Map([["commit", version]]) });
  if (checks.length === 0 && listed === undefined) checks.push({ path: "health", method: "GET", body: undefined, status: 200, json: new Map() });
  const inputs: Inputs = {
    url: url.endsWith("/") ? url : `${url}/`,
    checks,
    consecutive: read.whole("consecutive", 3, { min: 1, max: 100 }),
    timeout: read.number("timeout", 120, { min: 1, max: 3600, unit: "seconds" }),
    version,
    taskDefinitionArn: read.optional("task-definition-arn"),
  };
  read.finish();
  return inputs;
}

function parseChecks(listed: unknown, read: InputReader): Check[] {
  if (listed === undefined) return [];
  if (!Array.isArray(listed) || listed.length === 0) {
    read.problem("checks: must be a list, for example\n    - path: health\n    - path: ready\n      json: { checks.database.ok: true }");
    return [];
  }
  return listed.flatMap((entry: unknown, index) => {
    const check = parseCheck(entry, `checks[${index}]`, read);
    return check ? [check] : [];
  });
}

function parseCheck(entry: unknown, where: string, read: InputReader): Check | undefined {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    read.problem(`${where}: must be an object with path`);
    return undefined;
  }
  const { path, method = "GET", body, status = 200, json = {} } = entry as Record<string, unknown>;
  for (const name of Object.keys(entry)) if (!known.has(name)) read.problem(`${where}: ${name} is not one of ${[...known].join(", ")}`);
  if (typeof path !== "string") read.problem(`${where}.path: must be text such as health`);
  else if (/^\w+:\/\//.test(path)) read.problem(`${where}.path: is added to url and cannot be an address of its own`);
  if (typeof method !== "string" || !/^[A-Z]+$/.test(method)) read.problem(`${where}.method: must be a method such as GET or POST`);
  if (!Number.isInteger(status) || Number(status) < 100 || Number(status) > 599) read.problem(`${where}.status: must be a status such as 200`);
  if (typeof json !== "object" || json === null || Array.isArray(json)) read.problem(`${where}.json: must be an object of dotted paths and the values expected there`);
  return { path: String(path).replace(/^\//, ""), method: String(method), body, status: Number(status), json: new Map(Object.entries(json as object)) };
}
