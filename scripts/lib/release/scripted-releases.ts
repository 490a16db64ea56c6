// GitHub's releases and tags as a script. Requests and answers are checked against GitHub's own OpenAPI description
// (github-api.json, by actions/github-report/test/extract-api.ts), so that neither side can invent a call. What is
// published is locked, as GitHub documents immutable releases:
// https://docs.github.com/en/code-security/concepts/supply-chain-security/immutable-releases
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import type { Asset, Release } from "./github.ts";
import { sha256 } from "./read-files.ts";

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
}
interface Described {
  query: string[];
  request: Schema | null;
  answers: Record<string, Schema | null>;
}

const api = JSON.parse(readFileSync(join(import.meta.dirname, "github-api.json"), "utf8")) as Record<string, Described>;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const compiled = new Map<object, ValidateFunction>();

const routes = Object.entries(api).map(([name, described]) => {
  const [method = "", path = ""] = name.split(" ");
  const pattern = path.replace("{owner}/{repo}", "owner/name").replaceAll(/\{\w+\}/g, "(.+)");
  return { name, described, method, pattern: new RegExp(`^${pattern}$`) };
});

interface Call {
  name: string;
  /** What the path has after the repository, where it varies. */
  part: string;
  given: Record<string, unknown>;
  searchParams: URLSearchParams;
  body: unknown;
}
interface Answer {
  status: number;
  value?: unknown;
}

const locked: Answer = { status: 422, value: { message: "Cannot change an immutable release" } };

/** The given fields, and something of the right type for whatever else an answer must have. */
function filled(schema: Schema | null | undefined, given: unknown): unknown {
  if (Array.isArray(given)) return given.map((one) => filled(schema?.items, one));
  const shape = schema?.anyOf?.find(({ properties }) => properties) ?? schema;
  if (given !== undefined && (typeof given !== "object" || given === null)) return given;
  if (shape?.properties) {
    const names = new Set([...(shape.required ?? []), ...Object.keys(given ?? {})]);
    const entries = [...names].map((name) => [
      name,
      filled(shape.properties?.[name], (given as Record<string, unknown> | undefined)?.[name]),
    ]);
    return Object.fromEntries(entries);
  }
  if (shape?.enum) return shape.enum[0];
  return emptyOf([shape?.type ?? shape?.anyOf?.[0]?.type ?? "string"].flat()[0]);
}

/** A value of a JSON type. */
const emptyOf = (type: string | undefined): unknown =>
  ({ object: {}, integer: 1, number: 1, boolean: false, array: [], null: null, string: "" })[type ?? "null"];

/** @throws TypeError as fetch does where there is no answer */
function failed(status: number | undefined): Response {
  if (status === undefined) throw new TypeError("fetch failed");
  return new Response(`{"message":"refused"}`, { status });
}

export class ScriptedReleases {
  readonly calls: string[] = [];
  readonly problems: string[] = [];
  readonly releases: Release[] = [];
  /** Tag → commit; "tag OBJECT" for one with a message, whose commit is in `tagObjects`. */
  readonly tags = new Map<string, string>();
  readonly tagObjects = new Map<string, string>();
  /** The setting of the repository. */
  isImmutable = true;
  /** Instead of carrying a call out: a status, or no answer at all. `afterwards`: carried out, and the answer is lost. */
  fault: (call: string, count: number) => { status?: number; afterwards?: boolean } | undefined = () => undefined;
  private lastId = 0;

  readonly send = (async (url: string, { method, body }: RequestInit) => {
    const { pathname, searchParams } = new URL(url);
    const route = routes.find((one) => one.method === method && one.pattern.test(pathname));
    if (!route) throw new Error(`GitHub's description has no ${method} ${pathname}`);
    const { name, pattern, described } = route;
    for (const parameter of searchParams.keys())
      if (!described.query.includes(parameter)) this.problems.push(`${name} has no parameter ${parameter}`);
    const given = typeof body === "string" ? (JSON.parse(body) as Record<string, unknown>) : {};
    if (described.request) this.check(described.request, given, `request of ${name}`);
    const [, part = ""] = pattern.exec(pathname) ?? [];
    const fault = this.fault(name, this.calls.filter((call) => call === name).length);
    this.calls.push(name);
    if (fault && !fault.afterwards) return failed(fault.status);
    const { status, value } = this.carryOut({ name, part, given, searchParams, body });
    if (fault) return failed(fault.status);
    const schema = described.answers[String(status)];
    const whole = status < 300 ? filled(schema, value) : value;
    if (schema && status < 300) this.check(schema, whole, `answer of ${name}`);
    return new Response(status === 204 ? null : JSON.stringify(whole), { status });
  }) as typeof fetch;

  private check(schema: object, value: unknown, what: string): void {
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    if (!validate(value)) this.problems.push(`${what}: ${ajv.errorsText(validate.errors)}`);
  }

  addRelease(release: Partial<Release> & { tag_name: string }): Release {
    const id = (this.lastId += 1);
    const upload = `https://uploads.github.com/repos/owner/name/releases/${id}/assets{?name,label}`;
    const page = `https://github.com/owner/name/releases/tag/${release.tag_name}`;
    const added = { id, draft: true, immutable: false, html_url: page, upload_url: upload, assets: [], ...release };
    this.releases.unshift(added);
    return added;
  }

  addAsset(release: Release, asset: Partial<Asset> & { name: string }): Asset {
    const added: Asset = { id: (this.lastId += 1), state: "uploaded", digest: null, ...asset };
    release.assets.push(added);
    return added;
  }

  private carryOut(call: Call): Answer {
    const { name, part, given, searchParams } = call;
    const release = this.releases.find(({ id }) => String(id) === part.split("/")[0]);
    switch (name) {
      case "GET /repos/{owner}/{repo}/releases": {
        const size = Number(searchParams.get("per_page"));
        const start = (Number(searchParams.get("page")) - 1) * size;
        return { status: 200, value: structuredClone(this.releases.slice(start, start + size)) };
      }
      case "POST /repos/{owner}/{repo}/releases": {
        const { tag_name, draft } = given as { tag_name: string; draft: boolean };
        return { status: 201, value: structuredClone(this.addRelease({ tag_name, draft })) };
      }
      case "POST /repos/{owner}/{repo}/releases/{release_id}/assets": {
        const asset = searchParams.get("name") ?? "";
        if (!release?.draft) return locked;
        if (release.assets.some((one) => one.name === asset))
          return { status: 422, value: { message: "already_exists" } };
        const digest = `sha256:${sha256(call.body as Uint8Array)}`;
        return { status: 201, value: { ...this.addAsset(release, { name: asset, digest }) } };
      }
      case "DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}": {
        const owner = this.releases.find(({ assets }) => assets.some(({ id }) => String(id) === part));
        if (!owner?.draft) return locked;
        owner.assets = owner.assets.filter(({ id }) => String(id) !== part);
        return { status: 204 };
      }
      case "PATCH /repos/{owner}/{repo}/releases/{release_id}": {
        if (!release?.draft) return locked;
        Object.assign(release, { draft: false, immutable: this.isImmutable });
        return { status: 200, value: structuredClone(release) };
      }
      default:
        return this.carryOutTag(call);
    }
  }

  private carryOutTag({ name, part, given }: Call): Answer {
    switch (name) {
      case "GET /repos/{owner}/{repo}/git/matching-refs/{ref}": {
        const found = [...this.tags].filter(([tag]) => `tags/${tag}`.startsWith(part));
        const refs = found.map(([tag, at]) => {
          const [type, sha] = at.startsWith("tag ") ? ["tag", at.slice(4)] : ["commit", at];
          return { ref: `refs/tags/${tag}`, object: { type, sha } };
        });
        return {
          status: 200,
          value: refs.map(({ ref, object }) => ({ ref, object: { ...object, sha: padded(object.sha) } })),
        };
      }
      case "GET /repos/{owner}/{repo}/git/tags/{tag_sha}":
        return { status: 200, value: { object: { sha: this.tagObjects.get(part), type: "commit" } } };
      case "POST /repos/{owner}/{repo}/git/refs":
      case "PATCH /repos/{owner}/{repo}/git/refs/{ref}": {
        const tag = (name.startsWith("POST") ? String(given["ref"]) : `refs/${part}`).replace("refs/tags/", "");
        if (this.releases.some(({ tag_name, immutable }) => tag_name === tag && immutable)) return locked;
        this.tags.set(tag, String(given["sha"]));
        const status = name.startsWith("POST") ? 201 : 200;
        return {
          status,
          value: { ref: `refs/tags/${tag}`, object: { sha: padded(String(given["sha"])), type: "commit" } },
        };
      }
      default:
        throw new Error(`${name} is not scripted`);
    }
  }
}

/** A commit's name has 40 digits. */
export const padded = (text: string): string => text.padEnd(40, "0");
