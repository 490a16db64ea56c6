// The registry protocol (OCI distribution specification), for what the AWS API does not do: configurations of images, base
// images elsewhere, signatures, copies.
import type { Readable } from "node:stream";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { openHttp, sendHttp, type HttpAnswer, type HttpRequest } from "../../shared/src/http.ts";
import { splitReference } from "./bases.ts";

/** "user:password" in base64 for a host; undefined: nothing is known, and it is asked without. */
export type CredentialsOf = (host: string) => Promise<string | undefined>;

const patience = 30_000;

/** Every kind of manifest that we can name by its digest. */
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

  /** Digest behind a tag or digest; undefined when there is none. */
  async digestOf(version: string): Promise<string | undefined> {
    const { status, headers, text } = await this.send(`manifests/${version}`, {
      method: "HEAD",
      headers: { accept: manifestTypes },
    });
    if (status === 404) return undefined;
    if (status === 200 && headers["docker-content-digest"]) return String(headers["docker-content-digest"]);
    throw this.refusal(`manifests/${version}`, status, text);
  }

  async manifest(version: string): Promise<Manifest> {
    const { status, headers, text } = await this.send(`manifests/${version}`, { headers: { accept: manifestTypes } });
    if (status !== 200) throw this.refusal(`manifests/${version}`, status, text);
    return { text, mediaType: String(headers["content-type"]) };
  }

  async putManifest(version: string, { text, mediaType }: Manifest): Promise<void> {
    const answer = await this.send(`manifests/${version}`, {
      method: "PUT",
      headers: { "content-type": mediaType },
      body: text,
    });
    if (answer.status !== 201) throw this.refusal(`manifests/${version}`, answer.status, answer.text);
  }

  async blob(digest: string): Promise<string> {
    const { status, headers, text } = await this.send(`blobs/${digest}`);
    if (status === 200) return text;
    const elsewhere = redirection(status, headers["location"]);
    if (elsewhere) return (await sendHttp({ url: elsewhere, timeout: patience })).text;
    throw this.refusal(`blobs/${digest}`, status, text);
  }

  /** The blob as a stream, from wherever the registry keeps it. */
  async openBlob(digest: string): Promise<Readable> {
    await this.authorize();
    let response = await openHttp(this.request(`blobs/${digest}`, {}));
    // The storage behind it is another host, which must not see the registry's password.
    const elsewhere = redirection(response.statusCode ?? 0, response.headers.location);
    if (elsewhere) response = await openHttp({ url: elsewhere, timeout: patience });
    if (response.statusCode === 200) return response;
    throw this.refusal(`blobs/${digest}`, response.statusCode ?? 0, "");
  }

  async hasBlob(digest: string): Promise<boolean> {
    const { status } = await this.send(`blobs/${digest}`, { method: "HEAD" });
    return status === 200 || redirection(status, "there") !== undefined;
  }

  /** In three steps, as docker does: ECR takes no upload in one. */
  async putBlob(digest: string, body: string | Readable, size: number): Promise<void> {
    const started = await this.send("blobs/uploads/", { method: "POST" });
    if (started.status !== 202) throw this.refusal("blobs/uploads/", started.status, started.text);
    const upload = started.headers["location"] ?? "blobs/uploads/";
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const sent = await sendHttp({
      ...this.request(upload, { method: "PATCH", headers, body }),
      timeout: 600_000,
    });
    if (sent.status >= 300) throw this.refusal("blobs/uploads/", sent.status, sent.text);
    const place = new URL(sent.headers["location"] ?? upload, this.url(""));
    place.searchParams.set("digest", digest);
    const ended = await this.send(place.href, { method: "PUT", body: "" });
    if (ended.status !== 201) throw this.refusal(`blobs/${digest}`, ended.status, ended.text);
  }

  private async send(path: string, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
    await this.authorize();
    const answer = await sendHttp(this.request(path, more));
    if (answer.status !== 401) return answer;
    const token = await this.token(String(answer.headers["www-authenticate"] ?? ""));
    if (token === undefined) return answer;
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
      timeout: patience,
      ...more,
      headers: { ...(this.authorization ? { authorization: this.authorization } : {}), ...headers },
    };
  }

  private url(path: string): URL {
    // As docker: plain HTTP to this machine only.
    const scheme = /^(localhost|127\.|\[::1\])/.test(this.host) ? "http" : "https";
    return new URL(path, `${scheme}://${this.host}/v2/${this.name}/`);
  }

  /** The token that a registry asks for: with our credentials, or without where it gives one to everybody. */
  private async token(challenge: string): Promise<string | undefined> {
    const { realm, service, scope } = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value]) => [name, value]),
    ) as Partial<Record<string, string>>;
    if (!/^Bearer /i.test(challenge) || !realm) return undefined;
    const url = new URL(realm);
    if (service) url.searchParams.set("service", service);
    url.searchParams.set("scope", scope ?? `repository:${this.name}:pull`);
    const credentials = await this.credentialsOf(this.host);
    const { status, text } = await sendHttp({
      url,
      timeout: patience,
      headers: credentials ? { authorization: `Basic ${credentials}` } : {},
    });
    if (status !== 200) return undefined;
    const answer = JSON.parse(text) as { token?: string; access_token?: string };
    return answer.token ?? answer.access_token;
  }

  private refusal(path: string, status: number, text: string): FailedError {
    const why =
      status === 401 || status === 403
        ? "; is this job logged in to it, and may it read it?"
        : status === 429
          ? "; its limit of requests is reached: log in to it, or use a mirror"
          : "";
    return new FailedError(
      `${this.host} answered ${status} for ${this.name}/${path}${why}${text ? `\n  ${text.trim().slice(0, 300)}` : ""}`,
    );
  }
}

function redirection(status: number, location: string | undefined): URL | undefined {
  return [301, 302, 303, 307, 308].includes(status) && location ? new URL(location, "http://x/") : undefined;
}

/** Digest behind a reference, asked of its registry. */
export async function digestInRegistry(reference: string, credentialsOf: CredentialsOf): Promise<string | undefined> {
  const { host, name, version } = splitReference(reference);
  try {
    return await new RegistryRepository({ host, name, credentialsOf }).digestOf(version);
  } catch (error) {
    if (error instanceof FailedError) throw error;
    throw new FailedError(`${host} cannot be reached: ${messageOf(error)}`, { cause: error });
  }
}

/** Copies an image with all that it consists of, platform by platform, by its digest: what arrives is what was sent. */
export async function copyImage(
  from: RegistryRepository,
  to: RegistryRepository,
  version: { digest: string; as: string },
): Promise<void> {
  if ((await to.digestOf(version.as)) === version.digest) return;
  const manifest = await from.manifest(version.digest);
  const {
    manifests = [],
    config,
    layers = [],
  } = JSON.parse(manifest.text) as { manifests?: { digest: string }[]; config?: Blob; layers?: Blob[] };
  for (const { digest } of manifests) await copyImage(from, to, { digest, as: digest });
  for (const { digest, size } of [...layers, ...(config ? [config] : [])]) {
    if (!(await to.hasBlob(digest))) await to.putBlob(digest, await from.openBlob(digest), size);
  }
  await to.putManifest(version.as, manifest);
}

interface Blob {
  digest: string;
  size: number;
}
