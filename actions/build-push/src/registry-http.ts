// The registry protocol (OCI distribution specification), for what the AWS API does not offer: image configurations,
// base images in other registries, signatures, copies.
import type { Readable } from "node:stream";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { openHttp, sendHttp, type HttpAnswer, type HttpRequest } from "../../shared/src/http.ts";
import { splitReference } from "./bases.ts";
import { identityUser } from "./credentials.ts";
import { contentOf } from "./manifest.ts";

/** "user:password" in base64 for a host; undefined: the request is sent without credentials. */
export type CredentialsOf = (host: string) => Promise<string | undefined>;

/** Milliseconds. */
const requestTimeout = 30_000;
/** For the upload of a layer. Milliseconds. */
const uploadTimeout = 600_000;

/** Every kind of manifest that can be referred to by its digest. */
const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export interface Manifest {
  text: string;
  mediaType: string;
}

/** One repository of a registry. */
export class RegistryRepository {
  readonly host: string;
  readonly name: string;
  private readonly credentialsOf: CredentialsOf;
  private authorization: string | undefined;

  constructor({ host, name, credentialsOf }: { host: string; name: string; credentialsOf: CredentialsOf }) {
    this.host = host;
    this.name = name;
    this.credentialsOf = credentialsOf;
  }

  /** Digest of a tag or digest; undefined if it does not exist. */
  async digestOf(version: string): Promise<string | undefined> {
    const { status, headers, text } = await this.send(`manifests/${version}`, {
      method: "HEAD",
      headers: { accept: manifestTypes },
    });
    if (status === 404) return undefined;
    if (status === 200 && headers["docker-content-digest"]) return String(headers["docker-content-digest"]);
    throw this.httpError(`manifests/${version}`, status, text);
  }

  async manifest(version: string): Promise<Manifest> {
    const { status, headers, text } = await this.send(`manifests/${version}`, { headers: { accept: manifestTypes } });
    if (status !== 200) throw this.httpError(`manifests/${version}`, status, text);
    return { text, mediaType: String(headers["content-type"]) };
  }

  async putManifest(version: string, { text, mediaType }: Manifest): Promise<void> {
    const response = await this.send(`manifests/${version}`, {
      method: "PUT",
      headers: { "content-type": mediaType },
      body: text,
    });
    if (response.status !== 201) throw this.httpError(`manifests/${version}`, response.status, response.text);
  }

  async blob(digest: string): Promise<string> {
    const { status, headers, text } = await this.send(`blobs/${digest}`);
    if (status === 200) return text;
    const storage = redirectTarget(status, headers["location"]);
    if (storage) return (await sendHttp({ url: storage, timeout: requestTimeout })).text;
    throw this.httpError(`blobs/${digest}`, status, text);
  }

  /** The blob as a stream, from the storage that the registry redirects to. */
  async openBlob(digest: string): Promise<Readable> {
    await this.authorize();
    let response = await openHttp(this.request(`blobs/${digest}`, {}));
    // The storage is another host, which must not receive the registry's password.
    const storage = redirectTarget(response.statusCode, response.headers.location);
    if (storage) response = await openHttp({ url: storage, timeout: requestTimeout });
    if (response.statusCode === 200) return response;
    throw this.httpError(`blobs/${digest}`, response.statusCode ?? 0, "");
  }

  async hasBlob(digest: string): Promise<boolean> {
    const { status } = await this.send(`blobs/${digest}`, { method: "HEAD" });
    return status === 200 || redirectStatuses.has(status);
  }

  /** In three requests, as docker does it: ECR does not accept an upload in one. */
  async putBlob(digest: string, body: string | Readable, size: number): Promise<void> {
    const started = await this.send("blobs/uploads/", { method: "POST" });
    const { location } = started.headers;
    if (started.status !== 202) throw this.httpError("blobs/uploads/", started.status, started.text);
    if (location === undefined)
      throw new FailedError(`${this.host} accepted an upload to ${this.name} without a location to send it to.`);
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const uploaded = await sendHttp({
      ...this.request(location, { method: "PATCH", headers, body }),
      timeout: uploadTimeout,
    });
    if (uploaded.status >= 300) throw this.httpError("blobs/uploads/", uploaded.status, uploaded.text);
    const url = new URL(uploaded.headers["location"] ?? location, this.url(""));
    url.searchParams.set("digest", digest);
    const completed = await this.send(url.href, { method: "PUT", body: "" });
    if (completed.status !== 201) throw this.httpError(`blobs/${digest}`, completed.status, completed.text);
  }

  private async send(path: string, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
    await this.authorize();
    const response = await sendHttp(this.request(path, more));
    if (response.status !== 401) return response;
    const token = await this.token(String(response.headers["www-authenticate"] ?? ""));
    if (token === undefined) return response;
    this.authorization = `Bearer ${token}`;
    return sendHttp(this.request(path, more));
  }

  private async authorize(): Promise<void> {
    const credentials = this.authorization === undefined ? await this.credentialsOf(this.host) : undefined;
    if (credentials) this.authorization = `Basic ${credentials}`;
  }

  private request(path: string, { headers = {}, ...more }: Partial<HttpRequest>): HttpRequest {
    return {
      url: this.url(path),
      timeout: requestTimeout,
      ...more,
      headers: { ...(this.authorization ? { authorization: this.authorization } : {}), ...headers },
    };
  }

  private url(path: string): URL {
    // As in docker: plain HTTP for this machine only.
    const scheme = /^(localhost|127\.|\[::1\])/.test(this.host) ? "http" : "https";
    return new URL(path, `${scheme}://${this.host}/v2/${this.name}/`);
  }

  /** The token that the registry requires: with our credentials, or without if it issues anonymous ones. */
  private async token(challenge: string): Promise<string | undefined> {
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    const [realm, service, scope] = ["realm", "service", "scope"].map((name) => parameters.get(name));
    if (!/^Bearer /i.test(challenge) || !realm) return undefined;
    const query = { ...(service ? { service } : {}), scope: scope ?? `repository:${this.name}:pull` };
    const { status, text } = await sendHttp(tokenRequest(realm, query, await this.credentialsOf(this.host)));
    if (status !== 200) return undefined;
    const issued = JSON.parse(text) as { token?: string; access_token?: string };
    return issued.token ?? issued.access_token;
  }

  private httpError(path: string, status: number, text: string): FailedError {
    const excerpt = text ? `\n  ${text.trim().slice(0, 300)}` : "";
    return new FailedError(
      `${this.host} responded with status ${status} for ${this.name}/${path}${remedyFor(status)}${excerpt}`,
    );
  }
}

/** With an identity token as distribution's OAuth 2 describes it, otherwise as its token authentication does. */
function tokenRequest(realm: string, query: Record<string, string>, credentials: string | undefined): HttpRequest {
  const identity = Buffer.from(credentials ?? "", "base64").toString();
  if (identity.startsWith(`${identityUser}:`)) {
    const token = { grant_type: "refresh_token", refresh_token: identity.slice(identityUser.length + 1) };
    return {
      url: new URL(realm),
      method: "POST",
      timeout: requestTimeout,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...token, client_id: "rainbow-seeker", ...query }).toString(),
    };
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = credentials ? { authorization: `Basic ${credentials}` } : {};
  return { url, timeout: requestTimeout, headers };
}

function remedyFor(status: number): string {
  if (status === 401 || status === 403)
    return ". Log in to it before this step, with permission to read this repository";
  return status === 429 ? ". Its rate limit is exceeded: log in to it, or use a mirror" : "";
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

function redirectTarget(status: number | undefined, location: string | undefined): URL | undefined {
  const isRedirect = status !== undefined && redirectStatuses.has(status);
  return isRedirect && location ? new URL(location, "http://x/") : undefined;
}

/** The digest of a reference, from its registry. */
export async function digestInRegistry(reference: string, credentialsOf: CredentialsOf): Promise<string | undefined> {
  const { host, name, version } = splitReference(reference);
  try {
    return await new RegistryRepository({ host, name, credentialsOf }).digestOf(version);
  } catch (error) {
    if (error instanceof FailedError) throw error;
    throw new FailedError(`${host} cannot be reached: ${messageOf(error)}`, { cause: error });
  }
}

/** Copies an image with its manifests, configurations and layers. By digest, so that the copy is identical. */
export async function copyImage(
  from: RegistryRepository,
  to: RegistryRepository,
  version: { digest: string; as: string },
): Promise<void> {
  if ((await to.digestOf(version.as)) === version.digest) return;
  const manifest = await from.manifest(version.digest);
  const { manifests = [], config, layers = [] } = contentOf(manifest);
  for (const { digest } of manifests) await copyImage(from, to, { digest, as: digest });
  for (const { digest, size } of [...layers, ...(config ? [config] : [])]) {
    if (!(await to.hasBlob(digest))) await to.putBlob(digest, await from.openBlob(digest), size);
  }
  await to.putManifest(version.as, manifest);
}
