// A bucket of S3 on this machine, as the role of a task and whoever has a presigned address see it. It signs what it gets
// with the SDK's own signer and compares, so that an upload that differs from what was announced is refused as by AWS;
// and it answers 403 for what is not there, as S3 does without ListBucket.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { listen } from "../running-api.ts";

export interface Stored {
  content: Buffer;
  type: string | undefined;
}

/** What happens to a call instead of what it asks for. */
export type Fault = "error" | "denied" | "reset" | "silent" | undefined;

export async function startBucket(name = "uploads") {
  const objects = new Map<string, Stored>();
  const calls: string[] = [];
  const state: { fault: Fault; latency: number } = { fault: undefined, latency: 0 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? "", origin);
    const key = decodeURIComponent(url.pathname.slice(`/${name}/`.length));
    const { method = "" } = request;
    calls.push(`${method} ${key}`);
    if (state.fault === "silent") return;
    if (state.fault === "reset") return void request.socket.destroy();
    if (state.fault === "error") return refuse(response, 503, "SlowDown");
    if (state.fault === "denied") return refuse(response, 403, "AccessDenied");
    await new Promise((resolve) => setTimeout(resolve, state.latency));
    if (url.searchParams.has("X-Amz-Signature") && !(await isSigned(url, key, request.headers)))
      return refuse(response, 403, "SignatureDoesNotMatch");
    const stored = objects.get(key);
    if (method === "PUT") {
      objects.set(key, { content: Buffer.concat(chunks), type: request.headers["content-type"] });
      response.writeHead(200).end();
    } else if (method === "DELETE") {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (!stored) refuse(response, 403, "AccessDenied");
    else {
      const last = Number(/bytes=0-(\d+)/.exec(request.headers.range ?? "")?.[1]);
      const part = stored.content.subarray(0, last + 1);
      const range = `bytes 0-${part.length - 1}/${stored.content.length}`;
      response.writeHead(206, { "content-range": range, "content-length": part.length }).end(part);
    }
  }

  async function isSigned(url: URL, key: string, headers: IncomingMessage["headers"]): Promise<boolean> {
    const command = new PutObjectCommand({
      Bucket: name,
      Key: key,
      ContentType: headers["content-type"],
      ContentLength: Number(headers["content-length"]),
    });
    const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(url.searchParams.get("X-Amz-Date") ?? "") ?? [];
    const iso = `${date?.replace(/(....)(..)(..)/, "$1-$2-$3")}T${time?.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`;
    const expiresIn = Number(url.searchParams.get("X-Amz-Expires"));
    if (Date.parse(iso) + expiresIn * 1000 < Date.now()) return false;
    const signed = await getSignedUrl(client, command, {
      signingDate: new Date(iso),
      expiresIn,
      signableHeaders: new Set(url.searchParams.get("X-Amz-SignedHeaders")?.split(";")),
    });
    return new URL(signed).searchParams.get("X-Amz-Signature") === url.searchParams.get("X-Amz-Signature");
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error));
  });
  const origin = await listen(server);
  const client = new S3Client({
    endpoint: origin,
    forcePathStyle: true,
    region: "ap-northeast-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  return {
    name,
    objects,
    calls,
    state,
    /** For a process or this one: the SDK takes them from the environment. */
    environment: {
      AWS_ENDPOINT_URL_S3: origin,
      AWS_REGION: "ap-northeast-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(body);
}
