// A scripted registry: ECR's API and the registry protocol over the same images, with faults that tests can inject.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";

export const sha256 = (text: string | Buffer): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

interface Stored {
  text: string;
  mediaType: string;
  tags: Set<string>;
}

export class ScriptedRegistry {
  readonly images = new Map<string, Stored>();
  readonly blobs = new Map<string, Buffer>();
  /** "METHOD path", with the credentials that were sent. */
  readonly requests: { line: string; authorization: string | undefined }[] = [];
  immutable = true;
  exists = true;
  /** If set, the registry issues this token for requests with these credentials or this identity token ("": for any). */
  bearer: { token: string; for: string } | undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.respond(request, response));
  }

  static async start(): Promise<ScriptedRegistry> {
    const registry = new ScriptedRegistry();
    await new Promise<void>((resolve) => registry.server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Stores an image with labels, as a push does. @returns its digest */
  push(
    tag: string,
    labels: Record<string, string> = { "org.opencontainers.image.revision": "first-commit" },
    layer = "layer",
  ): string {
    const config = JSON.stringify({ config: { Labels: labels }, rootfs: layer });
    for (const text of [config, layer]) this.blobs.set(sha256(text), Buffer.from(text));
    const text = JSON.stringify({
      schemaVersion: 2,
      config: { digest: sha256(config), size: config.length },
      layers: [{ digest: sha256(layer), size: layer.length }],
    });
    return this.put(text, "application/vnd.docker.distribution.manifest.v2+json", tag);
  }

  put(text: string, mediaType: string, version: string): string {
    const digest = sha256(text);
    const stored = this.images.get(digest) ?? { text, mediaType, tags: new Set<string>() };
    if (!version.startsWith("sha256:")) {
      for (const other of this.images.values()) other.tags.delete(version);
      stored.tags.add(version);
    }
    this.images.set(digest, stored);
    return digest;
  }

  find(version: string): (Stored & { digest: string }) | undefined {
    for (const [digest, stored] of this.images)
      if (digest === version || stored.tags.has(version)) return { digest, ...stored };
    return undefined;
  }

  tagsOf(digest: string): string[] {
    return [...(this.images.get(digest)?.tags ?? [])];
  }

  /** ECR's API. */
  get handlers(): Handlers {
    const token = Buffer.from("AWS:secret-password").toString("base64");
    return {
      "ecr:DescribeRepositories": () =>
        this.exists
          ? {
              repositories: [
                {
                  repositoryUri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api",
                  imageTagMutability: this.immutable ? "IMMUTABLE" : "MUTABLE",
                },
              ],
            }
          : new AwsError("RepositoryNotFoundException", "no such repository"),
      "ecr:GetAuthorizationToken": () => ({
        authorizationData: [{ authorizationToken: token, expiresAt: Date.now() / 1000 + 43_200 }],
      }),
      "ecr:BatchGetImage": ({ imageIds: [{ imageTag, imageDigest }] }) => {
        const image = this.find(imageTag ?? imageDigest);
        return image
          ? {
              images: [
                {
                  imageId: { imageDigest: image.digest },
                  imageManifest: image.text,
                  imageManifestMediaType: image.mediaType,
                },
              ],
              failures: [],
            }
          : { images: [], failures: [{ failureCode: "ImageNotFound" }] };
      },
      "ecr:PutImage": ({ imageManifest, imageTag, imageManifestMediaType }) => {
        const holder = this.find(imageTag);
        if (holder?.digest === sha256(imageManifest))
          return new AwsError("ImageAlreadyExistsException", "the same tag and digest");
        if (holder && this.immutable) return new AwsError("ImageTagAlreadyExistsException", "tags are immutable");
        this.put(imageManifest, imageManifestMediaType, imageTag);
        return { image: {} };
      },
    };
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url!, `http://${this.host}`);
    this.requests.push({ line: `${request.method} ${url.pathname}`, authorization: request.headers.authorization });
    const end = (status: number, headers: Record<string, string> = {}, content: string | Buffer = "") =>
      response.writeHead(status, headers).end(request.method === "HEAD" ? "" : content);
    if (url.pathname === "/token")
      return void end(
        200,
        {},
        JSON.stringify(
          this.bearer &&
            (this.bearer.for === "" ||
              request.headers.authorization === `Basic ${this.bearer.for}` ||
              new URLSearchParams(body.toString()).get("refresh_token") === this.bearer.for)
            ? { token: this.bearer.token }
            : { token: "invalid" },
        ),
      );
    if (this.bearer && request.headers.authorization !== `Bearer ${this.bearer.token}`)
      return void end(
        401,
        { "www-authenticate": `Bearer realm="http://${this.host}/token",service="here",scope="repository:api:pull"` },
        "unauthorized",
      );
    const [, kind, version] = /\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") {
      if (request.method === "PUT")
        return void end(201, {
          "docker-content-digest": this.put(body.toString(), request.headers["content-type"]!, version!),
        });
      const image = this.find(version!);
      return void (image
        ? end(200, { "content-type": image.mediaType, "docker-content-digest": image.digest }, image.text)
        : end(404));
    }
    if (request.method === "POST") return void end(202, { location: `${url.pathname}one` });
    if (request.method === "PATCH") {
      this.blobs.set("upload", body);
      return void end(202, { location: url.pathname });
    }
    if (request.method === "PUT") {
      const upload = this.blobs.get("upload")!;
      if (sha256(upload) !== url.searchParams.get("digest")) return void end(400, {}, "DIGEST_INVALID");
      this.blobs.set(sha256(upload), upload);
      return void end(201);
    }
    const blob = this.blobs.get(version!);
    return void (blob ? end(200, {}, blob) : end(404));
  }
}
