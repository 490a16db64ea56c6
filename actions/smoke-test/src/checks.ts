// What must hold, as people write it: YAML or JSON. checks.schema.json says the same to editors; a test holds the two together.
import { nearest } from "../../shared/src/nearest.ts";

export interface ResponseTime {
  /** 1 to 100. */
  percentile: number;
  /** Milliseconds that it may take. */
  maxMs: number;
  requests: number;
}

export interface Check {
  name: string;
  /** Added to the input url, or a whole address. */
  path: string | undefined;
  url: string | undefined;
  method: string;
  headers: Record<string, string>;
  /** As it is sent. */
  body: string | undefined;
  /** Any of them is right. */
  status: number[];
  /** Header of the answer → text that its value contains. */
  responseHeaders: Map<string, string>;
  /** Path in the JSON answer → value that must be there. */
  json: Map<string, unknown>;
  /** Texts that the answer contains. */
  text: string[];
  /** Address that the answer leads to. */
  redirect: string | undefined;
  followRedirects: boolean;
  responseTime: ResponseTime | undefined;
  /** Days that the certificate must last. */
  certificateDays: number | undefined;
  /** Times in a row; undefined: the input's. */
  consecutive: number | undefined;
  warnOnly: boolean;
}

export const checkKeys = [
  "name",
  "path",
  "url",
  "method",
  "headers",
  "body",
  "status",
  "response-headers",
  "json",
  "text",
  "redirect",
  "follow-redirects",
  "response-time",
  "certificate-days",
  "consecutive",
  "warn-only",
] as const;

const redirects = [301, 302, 303, 307, 308];

type Problem = (text: string) => void;

/** @returns the checks that can be read; what is wrong with the others goes to `problem`, all of it. */
export function parseChecks(listed: unknown, where: string, problem: Problem): Check[] {
  if (listed === undefined) return [];
  if (!Array.isArray(listed) || listed.length === 0) {
    problem(
      `${where}: must be a list, for example\n    - path: health\n    - path: ready\n      json: { checks.database.ok: true }`,
    );
    return [];
  }
  return listed.flatMap((entry: unknown, index) => {
    const place = `${where}[${index}]`;
    if (!isObject(entry)) {
      problem(`${place}: must be an object with path or url`);
      return [];
    }
    return [parseCheck(entry, place, problem)];
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseCheck(entry: Record<string, unknown>, where: string, problem: Problem): Check {
  for (const key of Object.keys(entry))
    if (!(checkKeys as readonly string[]).includes(key))
      problem(`${where}: there is no ${key}${nearest(key, [...checkKeys])}`);
  const field = new FieldReader(entry, where, problem);
  const { path, url } = readPlace(field, where, problem);
  const { body, contentType } = readBody(entry["body"]);
  const redirect = field.text("redirect");
  const method = field.text("method") ?? "GET";
  if (!/^[A-Z]+$/.test(method)) problem(`${where}.method: must be a method such as GET or POST`);
  const json = field.object("json");
  const check: Check = {
    name: field.text("name") ?? nameOf({ path, url, method, json }),
    path,
    url,
    method,
    body,
    redirect,
    headers: { ...contentType, ...field.texts("headers") },
    status: readStatus(entry["status"], redirect, where, problem),
    responseHeaders: new Map(Object.entries(field.texts("response-headers"))),
    json: new Map(Object.entries(json)),
    text: readTexts(entry["text"], where, problem),
    followRedirects: field.boolean("follow-redirects"),
    responseTime: readResponseTime(entry["response-time"], where, problem),
    certificateDays: field.number("certificate-days", 0, 3650),
    consecutive: field.number("consecutive", 1, 1000),
    warnOnly: field.boolean("warn-only"),
  };
  for (const key of check.json.keys())
    if (partsOf(key) === undefined) problem(`${where}.json: "${key}" is no path such as data.items[0].id`);
  if (redirect !== undefined && check.followRedirects)
    problem(`${where}: redirect says where the answer leads, follow-redirects goes there; it is one or the other`);
  if (check.certificateDays !== undefined && url?.startsWith("http:"))
    problem(`${where}.certificate-days: ${url} has no certificate`);
  return check;
}

/** Fields of the simple kinds; a field of another kind is a problem, and read as if it were not there. */
class FieldReader {
  private readonly entry: Record<string, unknown>;
  private readonly where: string;
  private readonly problem: Problem;

  constructor(entry: Record<string, unknown>, where: string, problem: Problem) {
    this.entry = entry;
    this.where = where;
    this.problem = problem;
  }

  text(key: string): string | undefined {
    const value = this.entry[key];
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    this.problem(`${this.where}.${key}: must be text`);
    return undefined;
  }

  boolean(key: string): boolean {
    const value = this.entry[key] ?? false;
    if (typeof value !== "boolean") this.problem(`${this.where}.${key}: must be true or false`);
    return value === true;
  }

  number(key: string, min: number, max: number): number | undefined {
    const value = this.entry[key];
    if (value === undefined || (Number.isInteger(value) && Number(value) >= min && Number(value) <= max))
      return value as number | undefined;
    this.problem(`${this.where}.${key}: must be a whole number from ${min} to ${max}`);
    return undefined;
  }

  object(key: string): Record<string, unknown> {
    const value = this.entry[key] ?? {};
    if (isObject(value)) return value;
    this.problem(`${this.where}.${key}: must be an object`);
    return {};
  }

  texts(key: string): Record<string, string> {
    const value = this.object(key);
    for (const [name, one] of Object.entries(value))
      if (!["string", "number", "boolean"].includes(typeof one))
        this.problem(`${this.where}.${key}.${name}: must be text`);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name.toLowerCase(), String(one)]));
  }
}

function readPlace(field: FieldReader, where: string, problem: Problem): Pick<Check, "path" | "url"> {
  const [path, url] = [field.text("path"), field.text("url")];
  if ((path === undefined) === (url === undefined))
    problem(`${where}: needs either path, which is added to the input url, or url, a whole address`);
  if (path !== undefined && /^\w+:\/\//.test(path))
    problem(`${where}.path: is added to the input url; a whole address goes into url`);
  if (url !== undefined && !/^https?:\/\/[^\s/]+/.test(url))
    problem(`${where}.url: must be an http or https address, not "${url}"`);
  return { path: path?.replace(/^\//, ""), url };
}

/** Text is sent as it is, anything else as JSON. */
function readBody(body: unknown): { body: string | undefined; contentType: Record<string, string> } {
  if (body === undefined) return { body: undefined, contentType: {} };
  return typeof body === "string"
    ? { body, contentType: { "content-type": "text/plain; charset=utf-8" } }
    : { body: JSON.stringify(body), contentType: { "content-type": "application/json" } };
}

function readStatus(given: unknown, redirect: string | undefined, where: string, problem: Problem): number[] {
  const status =
    given === undefined
      ? redirect === undefined
        ? [200]
        : redirects
      : Array.isArray(given)
        ? (given as unknown[])
        : [given];
  if (status.length > 0 && status.every((one) => Number.isInteger(one) && Number(one) >= 100 && Number(one) <= 599))
    return status as number[];
  problem(`${where}.status: must be a status such as 200, or a list of them`);
  return [200];
}

function readTexts(given: unknown, where: string, problem: Problem): string[] {
  const texts = given === undefined ? [] : Array.isArray(given) ? (given as unknown[]) : [given];
  if (texts.every((one) => typeof one === "string" && one !== "")) return texts as string[];
  problem(`${where}.text: must be text that the answer contains, or a list of such`);
  return [];
}

function readResponseTime(given: unknown, where: string, problem: Problem): ResponseTime | undefined {
  if (given === undefined) return undefined;
  const place = `${where}.response-time`;
  if (!isObject(given)) {
    problem(`${place}: must be an object such as { percentile: 95, max-ms: 300, requests: 20 }`);
    return undefined;
  }
  const keys = ["percentile", "max-ms", "requests"];
  for (const key of Object.keys(given))
    if (!keys.includes(key)) problem(`${place}: there is no ${key}${nearest(key, keys)}`);
  const field = new FieldReader(given, place, problem);
  const maxMs = field.number("max-ms", 1, 600_000);
  if (given["max-ms"] === undefined) problem(`${place}.max-ms: is required`);
  return {
    percentile: field.number("percentile", 1, 100) ?? 95,
    maxMs: maxMs ?? 1,
    requests: field.number("requests", 1, 1000) ?? 20,
  };
}

function nameOf({
  path,
  url,
  method,
  json,
}: Pick<Check, "path" | "url" | "method"> & { json: Record<string, unknown> }): string {
  const expected = Object.entries(json)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
    .join(", ");
  return `${method === "GET" ? "" : `${method} `}${url ?? `/${path ?? ""}`}${expected ? ` (${expected})` : ""}`;
}

/** `$.data.items[0]["a.b"]` → its parts; undefined when it is no such path. */
export function partsOf(path: string): string[] | undefined {
  const rest = path.replace(/^\$\.?/, "");
  const part = /(?:^|\.)([^.[\]"']+)|\[(\d+)\]|\[("[^"]*"|'[^']*')\]/gy;
  const parts: string[] = [];
  while (part.lastIndex < rest.length) {
    const found = part.exec(rest);
    if (!found) return undefined;
    parts.push(found[1] ?? found[2] ?? found[3]?.slice(1, -1) ?? "");
  }
  return parts;
}

/** undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: string): unknown {
  return (partsOf(path) ?? []).reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}
