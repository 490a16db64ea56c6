// A scripted S3: objects in memory, the calls that a backup makes, and the faults that a test injects. Unlike the local
// AWS, it evaluates the conditions of a policy, so that every test also proves that iam-policy.json is enough.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Policy } from "../../shared/src/iam.ts";
import { documentedPolicy, isAllowedByKms, isAllowedByS3, type Operation, type S3Request } from "./s3-policy.ts";

export type { Operation };

export interface Stored {
  body: Buffer;
  /** Bytes of the body. */
  readonly size: number;
  etag: string;
  metadata: Record<string, string>;
  headers: Record<string, string>;
  modified: Date;
}

/** What happens to a request. `lost`: it is carried out, but its response is lost; `short`: the body ends half-way. */
export type Fault =
  | "500"
  | "503"
  | "SlowDown"
  | "expired"
  | "denied"
  | "reset"
  | "lost"
  | "short"
  | "silence"
  | undefined;

interface Upload {
  key: string;
  parts: Map<number, Buffer>;
  metadata: Record<string, string>;
}

interface Reply {
  status: number;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

export class ScriptedS3 {
  readonly objects = new Map<string, Stored>();
  readonly uploads = new Map<string, Upload>();
  readonly calls: { operation: Operation; key: string; headers: IncomingMessage["headers"] }[] = [];
  /** Called for each request, before it is carried out. */
  fault: (operation: Operation, key: string, count: number) => Fault = () => undefined;
  /** Called before a request is carried out, and again before its response is sent. */
  onRequest: (operation: Operation, key: string, when: "before" | "after") => void = () => undefined;
  pageSize = 1000;
  /** What another store answers to a request, such as a header that it does not know: status, code and message. */
  refuse: (operation: Operation, headers: IncomingMessage["headers"]) => [number, string, string] | undefined = () =>
    undefined;
  /** Whether a condition of a write is ignored, as some stores do. */
  ignores: (operation: Operation, condition: "if-match" | "if-none-match") => boolean = () => false;
  /** ARN of a customer managed key, under which all objects are. */
  kmsKey: string | undefined;
  /** As Cloudflare R2: only the last part may be smaller than the others. */
  wantsEqualParts = false;
  /** Policies of the caller. */
  policies: Policy[] = [documentedPolicy];
  private readonly counts = new Map<Operation, number>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer(
      (request, response) => void this.handle(request, response).catch(() => request.socket.destroy()),
    );
  }

  static async start(): Promise<ScriptedS3> {
    const s3 = new ScriptedS3();
    await new Promise<void>((resolve) => s3.server.listen(0, "127.0.0.1", resolve));
    return s3;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get client(): object {
    return {
      endpoint: this.endpoint,
      region: "ap-northeast-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  keys(ending = ""): string[] {
    return [...this.objects.keys()].filter((key) => key.endsWith(ending)).toSorted();
  }

  set(key: string, body: string | Buffer, more: Partial<Omit<Stored, "body" | "size">> = {}): void {
    const bytes = bytesOf(body);
    this.store(key, [bytes], { etag: `"${createHash("md5").update(bytes).digest("hex")}"`, ...more });
  }

  private store(key: string, parts: Buffer[], more: Partial<Stored> & { etag: string }): void {
    this.objects.set(key, Object.assign(new StoredParts(parts), more));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, "http://x");
    const [, bucket = "", ...path] = url.pathname.split("/");
    const key = decodeURIComponent(path.join("/"));
    const operation = operationOf(request.method!, url.searchParams);
    const count = this.counts.get(operation) ?? 0;
    this.counts.set(operation, count + 1);
    this.calls.push({ operation, key, headers: request.headers });
    const fault = this.fault(operation, key, count);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.onRequest(operation, key, "before");
    if (fault === "reset") return void request.socket.destroy();
    if (fault === "silence") return;
    const {
      status,
      body = "",
      headers = {},
    } = errorFor(fault) ??
    this.unsupported(operation, request.headers) ??
    this.refusal({ operation, bucket, key, headers: request.headers }) ??
    this.execute(operation, {
      key,
      url,
      headers: this.heeded(operation, request.headers),
      body: Buffer.concat(chunks),
    });
    this.onRequest(operation, key, "after");
    if (fault === "lost") return void request.socket.destroy();
    const bytes = bytesOf(body);
    response.writeHead(status, { "content-length": String(bytes.length), date: new Date().toUTCString(), ...headers });
    if (fault === "short")
      return void response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy());
    response.end(request.method === "HEAD" ? undefined : bytes);
  }

  /** Without the conditions that are ignored; a policy sees them nevertheless. */
  private heeded(operation: Operation, { ...headers }: IncomingMessage["headers"]): IncomingMessage["headers"] {
    for (const condition of ["if-match", "if-none-match"] as const)
      if (this.ignores(operation, condition)) delete headers[condition];
    return headers;
  }

  private unsupported(operation: Operation, headers: IncomingMessage["headers"]): Reply | undefined {
    const refused = this.refuse(operation, headers);
    return refused && errorReply(...refused);
  }

  private refusal(request: S3Request): Reply | undefined {
    const isAllowed =
      isAllowedByS3(this.policies, request) &&
      (this.kmsKey === undefined || isAllowedByKms(this.policies, request.operation, this.kmsKey));
    return isAllowed ? undefined : errorReply(403, "AccessDenied");
  }

  private get(key: string, from: number): Reply {
    const found = this.objects.get(key);
    if (!found) return errorReply(404, "NoSuchKey");
    const archive = archiveOf(found);
    if (archive !== undefined) return errorReply(403, "InvalidObjectState", "Archived", archive);
    const range = from > 0 ? { "content-range": `bytes ${from}-${found.body.length - 1}/${found.body.length}` } : {};
    return { status: from > 0 ? 206 : 200, body: found.body.subarray(from), headers: { etag: found.etag, ...range } };
  }

  private head(key: string): Reply {
    const found = this.objects.get(key);
    if (!found) return { status: 404 };
    const metadata = Object.entries(found.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
    const length = { "content-length": String(found.size) };
    return { status: 200, headers: { etag: found.etag, ...length, ...found.headers, ...Object.fromEntries(metadata) } };
  }

  private execute(
    operation: Operation,
    { key, url, headers, body }: { key: string; url: URL; headers: IncomingMessage["headers"]; body: Buffer },
  ): Reply {
    switch (operation) {
      case "put":
        return this.put(key, body, headers);
      case "get":
        return this.get(key, Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0));
      case "head":
        return this.head(key);
      case "delete":
        this.objects.delete(key);
        return { status: 204 };
      case "list":
        return this.list(url.searchParams);
      case "create": {
        const id = randomBytes(8).toString("hex");
        this.uploads.set(id, { key, parts: new Map(), metadata: metadataIn(headers) });
        return xml(
          `<InitiateMultipartUploadResult><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      case "part": {
        const upload = this.uploads.get(url.searchParams.get("uploadId")!);
        if (!upload) return errorReply(404, "NoSuchUpload");
        upload.parts.set(Number(url.searchParams.get("partNumber")), body);
        return { status: 200, headers: { etag: '"part"' } };
      }
      case "complete":
        return this.complete(key, url.searchParams.get("uploadId")!, headers);
      case "abort":
        return this.uploads.delete(url.searchParams.get("uploadId")!)
          ? { status: 204 }
          : errorReply(404, "NoSuchUpload");
      case "uploads": {
        const prefix = url.searchParams.get("prefix") ?? "";
        const found = [...this.uploads].filter(([, upload]) => upload.key.startsWith(prefix));
        const entries = found.map(
          ([id, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId></Upload>`,
        );
        const content = `<IsTruncated>false</IsTruncated>${entries.join("")}`;
        return xml(`<ListMultipartUploadsResult>${content}</ListMultipartUploadsResult>`);
      }
    }
  }

  private put(key: string, body: Buffer, headers: IncomingMessage["headers"]): Reply {
    const existing = this.objects.get(key);
    if (headers["if-none-match"] === "*" && existing) return errorReply(412, "PreconditionFailed");
    if (headers["if-match"] && headers["if-match"] !== existing?.etag) return errorReply(412, "PreconditionFailed");
    this.set(key, body, { metadata: metadataIn(headers) });
    return { status: 200, headers: { etag: this.objects.get(key)!.etag } };
  }

  private complete(key: string, id: string, headers: IncomingMessage["headers"]): Reply {
    const upload = this.uploads.get(id);
    if (!upload) return errorReply(404, "NoSuchUpload");
    if (headers["if-none-match"] === "*" && this.objects.has(key)) return errorReply(412, "PreconditionFailed");
    const sizes = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part.length);
    if (this.wantsEqualParts && sizes.some((size, index) => size > sizes[0]! || (size < sizes[0]! && sizes[index + 1])))
      return errorReply(400, "InvalidPart", "All non-trailing parts must have the same length.");
    this.uploads.delete(id);
    const parts = [...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part);
    this.store(key, parts, { metadata: upload.metadata, etag: `"${id}"` });
    return xml(`<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"whole"</ETag></CompleteMultipartUploadResult>`);
  }

  private list(parameters: URLSearchParams): Reply {
    const [prefix, after] = [parameters.get("prefix") ?? "", parameters.get("continuation-token") ?? ""];
    const all = this.keys().filter((key) => key.startsWith(prefix) && key > after);
    const page = all.slice(0, this.pageSize);
    const more =
      all.length > page.length
        ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)}</NextContinuationToken>`
        : "<IsTruncated>false</IsTruncated>";
    const entries = page.map((key) => {
      const { size, modified, headers } = this.objects.get(key)!;
      const time = modified.toISOString();
      const storage = `<StorageClass>${headers["x-amz-storage-class"] ?? "STANDARD"}</StorageClass>`;
      const content = `<Key>${key}</Key><Size>${size}</Size><LastModified>${time}</LastModified>${storage}`;
      return `<Contents>${content}</Contents>`;
    });
    return xml(`<ListBucketResult>${more}${entries.join("")}</ListBucketResult>`);
  }
}

/** The parts are joined when the body is read first: a store needs no time to complete an upload. */
class StoredParts implements Stored {
  etag = "";
  metadata = {};
  headers = {};
  modified = new Date();
  private parts: Buffer[];

  constructor(parts: Buffer[]) {
    this.parts = parts;
  }

  get body(): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.parts;
    if (others.length === 0) return first;
    const joined = Buffer.concat(this.parts);
    this.parts = [joined];
    return joined;
  }

  set body(bytes: Buffer) {
    this.parts = [bytes];
  }

  get size(): number {
    return this.parts.reduce((sum, { length }) => sum + length, 0);
  }
}

const bytesOf = (body: string | Buffer): Buffer => (typeof body === "string" ? Buffer.from(body) : body);

function operationOf(method: string, parameters: URLSearchParams): Operation {
  if (parameters.has("uploads")) return method === "POST" ? "create" : "uploads";
  if (parameters.has("uploadId")) return method === "PUT" ? "part" : method === "POST" ? "complete" : "abort";
  if (parameters.has("list-type")) return "list";
  return method.toLowerCase() as Operation;
}

function errorFor(fault: Fault): Reply | undefined {
  if (fault === "500") return errorReply(500, "InternalError");
  if (fault === "503") return errorReply(503, "ServiceUnavailable");
  if (fault === "SlowDown") return errorReply(503, "SlowDown");
  if (fault === "expired") return errorReply(400, "ExpiredToken", "The provided token has expired.");
  if (fault === "denied") return errorReply(403, "AccessDenied");
  return undefined;
}

const xml = (body: string): Reply => ({
  status: 200,
  body: `<?xml version="1.0"?>${body}`,
  headers: { "content-type": "application/xml" },
});
/** The element of the response that tells where an object is archived; undefined: it can be read. */
function archiveOf({ headers }: Stored): string | undefined {
  const {
    "x-amz-storage-class": storage = "",
    "x-amz-archive-status": status,
    "x-amz-restore": restore = "",
  } = headers;
  if (restore.includes('ongoing-request="false"')) return undefined;
  if (status !== undefined) return `<StorageClass>${storage}</StorageClass><AccessTier>${status}</AccessTier>`;
  return /^(GLACIER|DEEP_ARCHIVE)$/.test(storage) ? `<StorageClass>${storage}</StorageClass>` : undefined;
}

const errorReply = (status: number, code: string, message = code, more = ""): Reply => ({
  ...xml(`<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`),
  status,
});
const metadataIn = (headers: IncomingMessage["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith("x-amz-meta-") ? [[name.slice(11), String(value)]] : [],
    ),
  );
