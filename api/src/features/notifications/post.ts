// One POST to Google: one origin, no redirects, a time limit, a size limit.
import { PushError, type PushFailure } from "./push-error.ts";

export interface Posted {
  status: number;
  /** Undefined where it is not JSON. */
  json: unknown;
  /** Seconds. */
  retryAfter: number | undefined;
}

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Milliseconds for the whole answer. */
  timeout: number;
  now: () => Date;
}

const mostBytes = 65_536;
/** Of Node and undici: there was no connection. */
const neverSent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** @throws PushError where there is no answer */
export async function post({ url, headers, body, timeout, now }: Post): Promise<Posted> {
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
    const text = await limitedText(response);
    return { status: response.status, json: parsed(text), retryAfter: secondsIn(response, now()) };
  } catch (error) {
    if (error instanceof PushError) throw error;
    const { name, cause } = error as Error & { cause?: { code?: unknown } };
    const code = typeof cause?.code === "string" ? cause.code : name;
    const reason: PushFailure =
      name === "TimeoutError" ? "timeout" : neverSent.test(code) ? "unreachable" : "connection-lost";
    // Not the error itself: it may have the request in it.
    throw new PushError(reason, `${new URL(url).host} did not answer: ${code}.`);
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) throw new PushError("garbage", `An answer has more than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Seconds, or a time (RFC 9110, section 10.2.3). */
function secondsIn({ headers }: Response, now: Date): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - now.getTime()) / 1000));
}
