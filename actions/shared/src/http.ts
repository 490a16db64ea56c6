// One HTTP request on a connection of its own, through the proxy that the environment names. fetch cannot send another
// Host,
// choose an address, show the certificate, or use a proxy without a flag of the process.
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { ConfigurationError } from "./errors.ts";

export interface HttpRequest {
  url: URL;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | Readable;
  /** Milliseconds for the whole exchange; for `open` until the response begins. */
  timeout: number;
  /** Name or address to connect to; certificate and Host stay those of the url. */
  connectTo?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** From the start of the connection to the last byte. */
  milliseconds: number;
  /** When the server's certificate ends, milliseconds since the epoch; undefined without TLS. */
  certificateEnds: number | undefined;
}

/** Sends a request and reads its answer. Injected where tests play the other side. */
export type SendHttp = (request: HttpRequest) => Promise<HttpAnswer>;

/** Larger answers are nothing that we ask for. Bytes. */
const largestAnswer = 20_000_000;

export const sendHttp: SendHttp = async (request) => {
  const began = performance.now();
  const response = await openHttp(request);
  const socket = response.socket as TLSSocket;
  const end = socket.getPeerCertificate?.()?.valid_to;
  const timer = setTimeout(
    () => response.destroy(timeoutOf(request)),
    Math.max(1, request.timeout - (performance.now() - began)),
  );
  try {
    const text = (await readAll(response)).toString("utf8");
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text,
      milliseconds: performance.now() - began,
      certificateEnds: end ? Date.parse(end) : undefined,
    };
  } finally {
    clearTimeout(timer);
  }
};

async function readAll(response: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > largestAnswer)
      throw Object.assign(new Error(`the answer is larger than ${largestAnswer / 1e6} MB`), { code: "TOO_LARGE" });
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The answer with its body still to come. */
export async function openHttp({
  url,
  method = "GET",
  headers = {},
  body,
  timeout,
  connectTo,
}: HttpRequest): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  const options: RequestOptions & { servername?: string } = {
    method,
    headers: {
      host: url.host,
      ...headers,
      ...(typeof body === "string" || body instanceof Uint8Array
        ? { "content-length": String(Buffer.byteLength(body)) }
        : {}),
    },
    host: connectTo ?? url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    // A name that was chosen is not the proxy's to look up.
    agent: connectTo === undefined ? agentOf(secure) : false,
    ...(secure ? { servername: url.hostname } : {}),
  };
  const request = (secure ? httpsRequest : httpRequest)(options);
  const timer = setTimeout(() => request.destroy(timeoutOf({ timeout })), timeout);
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      request.on("response", resolve).on("error", reject),
    );
    if (body instanceof Readable) await Promise.race([answered, pipeline(body, request)]);
    else request.end(body);
    return await answered;
  } finally {
    clearTimeout(timer);
  }
}

const timeoutOf = ({ timeout }: { timeout: number }): Error =>
  Object.assign(new Error(`no answer within ${timeout / 1000} s`), { code: "ETIMEDOUT" });

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

/** Connections are not reused: a load balancer chooses a target for each. */
function agentOf(secure: boolean): HttpAgent {
  const proxied = proxyVariables.some((name) => process.env[name]);
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  // Proxies of the environment came with Node 24.5; without them the answer would be another network's.
  if (proxied && (major < 24 || (major === 24 && minor < 5)))
    throw new ConfigurationError(
      `The environment names a proxy, and Node ${process.versions.node} cannot use it here. Run this with Node 24.5 or newer, or unset ${proxyVariables.join(", ")}.`,
    );
  const settings = { keepAlive: false, ...(proxied ? { proxyEnv: process.env } : {}) };
  return secure ? new HttpsAgent(settings) : new HttpAgent(settings);
}
