// Which request this is: the ids of the caller, and this service's part of the trace (W3C trace context).
// https://www.w3.org/TR/trace-context/
import { randomBytes, randomUUID } from "node:crypto";
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

export const traceOf = (request: Request): Trace => ({
  requestId: /^[\w-]{1,64}$/.exec(request.get("x-request-id") ?? "")?.[0] ?? randomUUID(),
  traceId: traceparent.exec(request.get("traceparent") ?? "")?.[1] ?? randomBytes(16).toString("hex"),
  spanId: randomBytes(8).toString("hex"),
});
