import { readFileSync } from "node:fs";
import { parseDocument } from "../../shared/src/document.ts";
import { messageOf } from "../../shared/src/errors.ts";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import { isHttpUrl, parseChecks, type Check } from "./checks.ts";
import { partsOf } from "./json.ts";
import { secretsIn, splitUserInfo, withoutUserInfo } from "./user-info.ts";

export interface ExpectedVersion {
  version: string;
  /** Appended to url. */
  path: string;
  /** Path of the version in the JSON response. */
  json: string;
  /** Required number of consecutive responses. */
  consecutive: number;
}

export interface Inputs {
  /** Without user and password; ends in "/", so that a path can be appended; undefined: every check has its own URL. */
  url: string | undefined;
  checks: Check[];
  expected: ExpectedVersion | undefined;
  /** How many times in a row each check must pass. */
  consecutive: number;
  /** Seconds for everything. */
  timeout: number;
  /** Seconds for one request. */
  requestTimeout: number;
  /** Host name for requests to url, which still connect to the host of url. */
  host: string | undefined;
  /** Host name → name or address to connect to. */
  resolve: Map<string, string>;
  /** Sent with every request to the host of url, and to no other. */
  headers: Record<string, string>;
  bearerToken: string | undefined;
  warnOnly: boolean;
  /** Revision to mark as verified when all checks have passed. */
  taskDefinitionArn: string | undefined;
}

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const { url, authorization } = readUrl(read);
  const expected = readExpected(read, url);
  const listed = [
    ...parseChecks(read.structured("checks"), "checks", (text) => read.problem(text)),
    ...readChecksFile(read),
  ];
  const hasChecks = read.optional("checks") !== undefined || read.optional("checks-file") !== undefined;
  const checks = hasChecks || expected ? listed : parseChecks([{ path: "health" }], "checks", () => undefined);
  if (url === undefined && (expected || checks.some(({ path }) => path !== undefined)))
    read.problem("url: is required unless every check has its own url, for example https://rainbow.example.com/");
  const inputs: Inputs = {
    url,
    checks,
    expected,
    consecutive: read.whole("consecutive", 3, { min: 1, max: 1000 }),
    timeout: read.number("timeout", 120, { min: 1, max: 3600, unit: "seconds" }),
    requestTimeout: read.number("request-timeout", 10, { min: 0.1, max: 600, unit: "seconds" }),
    host: read.optional("host"),
    resolve: read.pairs("resolve", "a line name=address"),
    headers: { ...(authorization === undefined ? {} : { authorization }), ...readHeaders(read) },
    bearerToken: read.optional("bearer-token"),
    warnOnly: read.boolean("warn-only", false),
    taskDefinitionArn: read.optional("task-definition-arn"),
  };
  if (inputs.host !== undefined && !/^[\w.-]+(:\d+)?$/.test(inputs.host))
    read.problem(`host: must be a host or host:port, not "${inputs.host}"`);
  if (authorization !== undefined && (inputs.bearerToken ?? inputs.headers["authorization"]) !== authorization)
    read.problem(
      "url: has user and password, which are sent as authorization, as are bearer-token and the header authorization; keep one",
    );
  if (inputs.bearerToken !== undefined && /\s/.test(inputs.bearerToken))
    read.problem('bearer-token: must be the token only, without "Bearer" and without spaces');
  read.finish();
  return inputs;
}

/** What must not be shown, to be masked in the log: token, passwords in URLs, basic authorization of headers. */
export const secretsOf = ({ bearerToken, headers, checks }: Inputs): string[] => [
  ...(bearerToken === undefined ? [] : [bearerToken]),
  ...[headers, ...checks.map((check) => check.headers)].flatMap((one) => secretsIn(one["authorization"])),
];

function readUrl(read: InputReader): { url: string | undefined; authorization: string | undefined } {
  const given = read.optional("url");
  if (given === undefined) return { url: undefined, authorization: undefined };
  if (!isHttpUrl(given)) read.problem(`url: must be an http or https URL, not "${withoutUserInfo(given)}"`);
  const { url, authorization } = splitUserInfo(given);
  return { url: url.endsWith("/") ? url : `${url}/`, authorization };
}

function readExpected(read: InputReader, url: string | undefined): ExpectedVersion | undefined {
  const version = read.optional("expect-version");
  const expected = {
    path: (read.optional("version-path") ?? "version").replace(/^\//, ""),
    json: read.optional("version-json") ?? "commit",
    consecutive: read.whole("consecutive-versions", 100, { min: 1, max: 10_000 }),
  };
  if (partsOf(expected.json) === undefined)
    read.problem(`version-json: "${expected.json}" is not a path such as checks.ml.version`);
  return version === undefined || (url === undefined && version === "") ? undefined : { version, ...expected };
}

function readChecksFile(read: InputReader): Check[] {
  const path = read.optional("checks-file");
  if (path === undefined) return [];
  try {
    return parseChecks(parseDocument(readFileSync(path, "utf8")), path, (text) => read.problem(`checks-file: ${text}`));
  } catch (error) {
    read.problem(`checks-file: ${path}: ${messageOf(error).split("\n")[0]}`);
    return [];
  }
}

function readHeaders(read: InputReader): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of read.lines("headers")) {
    const [, name, value = ""] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) read.problem(`headers: "${line}" is not a line name: value`);
    else headers[name.toLowerCase()] = value;
  }
  return headers;
}
