// The checks as users write them: YAML or JSON. checks.schema.json is the same for editors; a test compares the two.
import { isObject } from "../../shared/src/fields.ts";
import { nearest } from "../../shared/src/nearest.ts";
import { partsOf } from "./json.ts";
import { splitUserInfo, withoutUserInfo } from "./user-info.ts";

export interface ResponseTime {
  /** 1 to 100. */
  percentile: number;
  maxMs: number;
  requests: number;
  /** Requests in flight at the same time. */
  concurrency: number;
}

export interface Check {
  name: string;
  /** Appended to the input url. */
  path: string | undefined;
  /** A complete URL, without user and password; exactly one of the two is set. */
  url: string | undefined;
  method: string;
  headers: Record<string, string>;
  /** As sent. */
  body: string | undefined;
  /** Any of these is accepted. */
  status: number[];
  /** Response header → text that its value must contain. */
  responseHeaders: Map<string, string>;
  /** Path in the JSON response → expected value. */
  json: Map<string, unknown>;
  /** Texts that the response must contain. */
  text: string[];
  /** Expected target of the redirect. */
  redirect: string | undefined;
  followRedirects: boolean;
  /** Whether the response of a cache counts. */
  allowCached: boolean;
  responseTime: ResponseTime | undefined;
  /** Days for which the certificate must still be valid. */
  certificateDays: number | undefined;
  /** How many times in a row the check must pass; undefined: as the input says. */
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
  "allow-cached",
  "response-time",
  "certificate-days",
  "consecutive",
  "warn-only",
] as const;

const redirectStatuses = [301, 302, 303, 307, 308];

type Problem = (text: string) => void;

const example = "\n    - path: health\n    - path: ready\n      json: { checks.database.ok: true }";

/** @returns the valid checks; everything that is wrong with the others is passed to `problem` */
export function parseChecks(list: unknown, where: string, problem: Problem): Check[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length === 0) {
    problem(`${where}: must be a list, for example${example}`);
    return [];
  }
  return list.flatMap((entry: unknown, index) => {
    const position = `${where}[${index}]`;
    if (!isObject(entry)) {
      problem(`${position}: must be an object with path or url`);
      return [];
    }
    return [parseCheck(entry, position, problem)];
  });
}

export function parseCheck(entry: Record<string, unknown>, where: string, problem: Problem): Check {
  for (const key of Object.keys(entry))
    if (!(checkKeys as readonly string[]).includes(key))
      problem(`${where}: unknown field ${key}${nearest(key, [...checkKeys])}`);
  const field = new FieldReader(entry, where, problem);
  const { path, url, authorization } = readTarget(field, where, problem);
  const { body, contentType } = readBody(entry["body"]);
  const redirect = field.text("redirect");
  const method = field.text("method") ?? "GET";
  if (!/^[A-Z]+$/.test(method)) problem(`${where}.method: must be a method such as GET or POST`);
  const json = field.object("json");
  const headers = field.texts("headers");
  if (authorization !== undefined && headers["authorization"] !== undefined)
    problem(
      `${where}: has the header authorization, and user and password in url, which are the same header; keep one`,
    );
  const check: Check = {
    name: field.text("name") ?? nameOf({ path, url, method, json }),
    path,
    url,
    method,
    body,
    redirect,
    // Like all headers of a check, for its own scheme, host and port only.
    headers: { ...contentType, ...(authorization === undefined ? {} : { authorization }), ...headers },
    status: readStatus(entry["status"], redirect, where, problem),
    responseHeaders: new Map(Object.entries(field.texts("response-headers"))),
    json: new Map(Object.entries(json)),
    text: readTexts(entry["text"], where, problem),
    followRedirects: field.boolean("follow-redirects"),
    allowCached: field.boolean("allow-cached"),
    responseTime: readResponseTime(entry["response-time"], where, problem),
    certificateDays: field.number("certificate-days", 0, 3650),
    consecutive: field.number("consecutive", 1, 1000),
    warnOnly: field.boolean("warn-only"),
  };
  for (const key of check.json.keys())
    if (partsOf(key) === undefined) problem(`${where}.json: "${key}" is not a path such as data.items[0].id`);
  if (redirect !== undefined && check.followRedirects)
    problem(`${where}: redirect and follow-redirects exclude each other: a redirect is either compared or followed`);
  if ((check.responseTime?.concurrency ?? 1) > 1 && !isReadOnly(method))
    problem(
      `${where}.response-time.concurrency: is for GET and HEAD: load must change nothing, and this is a ${method}`,
    );
  if (check.certificateDays !== undefined && url?.startsWith("http:"))
    problem(`${where}.certificate-days: ${url} has no certificate`);
  return check;
}

/** Reads fields of the simple types. A value of another type is a problem, and is read as if it were missing. */
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
    this.problem(`${this.where}.${key}: must be a string`);
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
    for (const [name, item] of Object.entries(value))
      if (!["string", "number", "boolean"].includes(typeof item))
        this.problem(`${this.where}.${key}.${name}: must be a string`);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name.toLowerCase(), String(item)]));
  }
}

function readTarget(
  field: FieldReader,
  where: string,
  problem: Problem,
): Pick<Check, "path" | "url"> & { authorization: string | undefined } {
  const [path, url] = [field.text("path"), field.text("url")];
  if ((path === undefined) === (url === undefined))
    problem(`${where}: requires either path, which is appended to the input url, or url, a complete URL`);
  if (path !== undefined && /^\w+:\/\//.test(path))
    problem(`${where}.path: is appended to the input url; put a complete URL into url`);
  if (url !== undefined && !isHttpUrl(url))
    problem(`${where}.url: must be an http or https URL, not "${withoutUserInfo(url)}"`);
  const plain = url === undefined ? undefined : splitUserInfo(url);
  return { path: path?.replace(/^\//, ""), url: plain?.url, authorization: plain?.authorization };
}

export const isReadOnly = (method: string): boolean => method === "GET" || method === "HEAD";

export const isHttpUrl = (text: string): boolean => /^https?:\/\/[^\s/]+/.test(text) && URL.canParse(text);

/** A string is sent as it is, anything else as JSON. */
function readBody(body: unknown): { body: string | undefined; contentType: Record<string, string> } {
  if (body === undefined) return { body: undefined, contentType: {} };
  return typeof body === "string"
    ? { body, contentType: { "content-type": "text/plain; charset=utf-8" } }
    : { body: JSON.stringify(body), contentType: { "content-type": "application/json" } };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

const isStatus = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;

function readStatus(value: unknown, redirect: string | undefined, where: string, problem: Problem): number[] {
  if (value === undefined) return redirect === undefined ? [200] : redirectStatuses;
  const statuses = listOf(value);
  if (statuses.length > 0 && statuses.every(isStatus)) return statuses;
  problem(`${where}.status: must be a status such as 200, or a list of them`);
  return [200];
}

function readTexts(value: unknown, where: string, problem: Problem): string[] {
  const texts = value === undefined ? [] : listOf(value);
  if (texts.every((text): text is string => typeof text === "string" && text !== "")) return texts;
  problem(`${where}.text: must be a string that the response contains, or a list of them`);
  return [];
}

function readResponseTime(value: unknown, parent: string, problem: Problem): ResponseTime | undefined {
  if (value === undefined) return undefined;
  const where = `${parent}.response-time`;
  if (!isObject(value)) {
    problem(`${where}: must be an object such as { percentile: 95, max-ms: 300, requests: 20 }`);
    return undefined;
  }
  const keys = ["percentile", "max-ms", "requests", "concurrency"];
  for (const key of Object.keys(value))
    if (!keys.includes(key)) problem(`${where}: unknown field ${key}${nearest(key, keys)}`);
  const field = new FieldReader(value, where, problem);
  const maxMs = field.number("max-ms", 1, 600_000);
  if (value["max-ms"] === undefined) problem(`${where}.max-ms: is required`);
  return {
    percentile: field.number("percentile", 1, 100) ?? 95,
    maxMs: maxMs ?? 1,
    requests: field.number("requests", 1, 1000) ?? 20,
    concurrency: field.number("concurrency", 1, 50) ?? 1,
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
