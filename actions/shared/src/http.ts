// One HTTP request on a connection of its own, through the proxy that the environment names. fetch cannot send another
// Host, choose an address, show the certificate, or use a proxy without a flag of the process.
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checkServerIdentity, type ConnectionOptions, type TLSSocket } from "node:tls";
import { ConfigurationError } from "./errors.ts";
import { proxySetting, withoutBrackets } from "./proxy.ts";

export interface HttpRequest {
  url: URL;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | Readable;
  /** Milliseconds for the whole exchange; for `open` until the response begins. */
  timeout: number;
  /** Name or address to connect to, without a proxy; certificate and Host stay those of the url. */
  connectTo?: string | undefined;
  /** Port to connect to, with connectTo; default: the one of the url. */
  connectPort?: number | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body as it came, and as UTF-8. */
  bytes: Buffer;
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
    () => response.destroy(timeoutOf(request.timeout)),
    Math.max(1, request.timeout - (performance.now() - began)),
  );
  try {
    const bytes = await readAll(response);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      bytes,
      text: bytes.toString("utf8"),
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

/** The answer with its body still to come. An error before the connection stands has the `syscall` connect. */
export async function openHttp(asked: HttpRequest): Promise<IncomingMessage> {
  const { url, body, timeout } = asked;
  const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(optionsOf(asked));
  const timer = setTimeout(() => request.destroy(timeoutOf(timeout, request.socket?.connecting ?? true)), timeout);
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

function optionsOf({ url, method = "GET", headers = {}, body, connectTo, connectPort }: HttpRequest): RequestOptions {
  const isSecure = url.protocol === "https:";
  const hostname = withoutBrackets(url.hostname);
  return {
    method,
    headers: {
      host: url.host,
      ...headers,
      ...(typeof body === "string" || body instanceof Uint8Array
        ? { "content-length": String(Buffer.byteLength(body)) }
        : {}),
    },
    host: connectTo ?? hostname,
    port: connectPort ?? (url.port || (isSecure ? 443 : 80)),
    path: url.pathname + url.search,
    // A name that was chosen is not the proxy's to look up.
    agent: connectTo === undefined ? agentFor(url) : false,
    ...(isSecure ? identityOf(hostname) : {}),
  };
}

/** The certificate is for the host of the url, wherever the connection goes. SNI has no addresses (RFC 6066, 3). */
const identityOf = (hostname: string): Pick<ConnectionOptions, "servername" | "checkServerIdentity"> => ({
  servername: isIP(hostname) === 0 ? hostname : "",
  checkServerIdentity: (_connectedTo, certificate) => checkServerIdentity(hostname, certificate),
});

function timeoutOf(timeout: number, isConnecting = false): Error {
  const missing = isConnecting ? "connection" : "answer";
  return Object.assign(new Error(`no ${missing} within ${timeout / 1000} s`), {
    code: "ETIMEDOUT",
    ...(isConnecting ? { syscall: "connect" } : {}),
  });
}

/** Connections are not reused: a load balancer chooses a target for each. */
function agentFor(url: URL): HttpAgent {
  const proxy = proxySetting(url);
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  // Proxies of the environment came with Node 24.5; without them the answer would be another network's.
  if (proxy?.url && (major < 24 || (major === 24 && minor < 5)))
    throw new ConfigurationError(
      `The environment names a proxy, and Node ${process.versions.node} cannot use it here. Run this with Node 24.5 or newer, or unset ${proxy.variable}.`,
    );
  const proxyEnv = proxy?.url && { HTTP_PROXY: proxy.url.href, HTTPS_PROXY: proxy.url.href };
  const settings = { keepAlive: false, ...(proxyEnv ? { proxyEnv } : {}) };
  return url.protocol === "https:" ? new HttpsAgent(settings) : new HttpAgent(settings);
}
