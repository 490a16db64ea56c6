// Which request this is: the ids of the caller, and this service's part of the trace (W3C trace context).
// https://www.w3.org/TR/trace-context/
import { randomFillSync, randomUUID } from "node:crypto";
import type { Request } from "express";

/** Of one request, as log lines have it. */
export interface Trace {
  requestId: string;
  /** 32 hexadecimal digits, the same in all services. */
  traceId: string;
  /** 16 hexadecimal digits: this service's part. */
  spanId: string;
}

/** Of version 00, which api sends. */
const traceparent = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Asking the system for a few bytes at a time would cost more than the rest of a trace. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** @returns hexadecimal digits, two for each byte */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}

export const traceOf = (request: Request): Trace => ({
  requestId: /^[\w-]{1,64}$/.exec(request.get("x-request-id") ?? "")?.[0] ?? randomUUID(),
  traceId: traceparent.exec(request.get("traceparent") ?? "")?.[1] ?? randomHex(16),
  spanId: randomHex(8),
});
