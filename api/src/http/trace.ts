// Which request this is, in this service and in those before and behind it: W3C trace context.
// https://www.w3.org/TR/trace-context/
import { randomBytes, randomUUID } from "node:crypto";
import type { Request, Response } from "express";

/** Of one request, as log lines have it. */
export interface Trace {
  /** The caller's where it is well formed, so that people can name it. */
  requestId: string;
  /** 32 hexadecimal digits, the same in all services. */
  traceId: string;
  /** 16 hexadecimal digits: this service's part. */
  spanId: string;
}

/** How a call to another service goes on with the trace: headers. */
export type Continuation = Record<"x-request-id" | "traceparent", string> & { tracestate?: string };

interface Parent {
  traceId: string;
  /** Whether somebody records the trace. */
  isSampled: boolean;
  state?: string;
}

/** Version, trace, parent, flags; versions after 00 may have more. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const isZero = (id: string): boolean => /^0+$/.test(id);
/**
 * What a load balancer of AWS adds: Root=1-TIME-ID, of 8 and 24 digits, which are 32 together.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
 */
const ofLoadBalancer = /(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/;

function parentOf(request: Request): Parent {
  const [, version = "", traceId = "", parentId = "", flags = "", more] =
    traceparent.exec(request.get("traceparent") ?? "") ?? [];
  const isWellFormed = version !== "" && version !== "ff" && (version !== "00" || more === undefined);
  if (isWellFormed && !isZero(traceId) && !isZero(parentId)) {
    const state = request.get("tracestate");
    // Anyone's text: 512 characters have to be passed on, and no more are.
    return {
      traceId,
      isSampled: (Number.parseInt(flags, 16) & 1) === 1,
      ...(state && state.length <= 512 ? { state } : {}),
    };
  }
  const [, time, id] = ofLoadBalancer.exec(request.get("x-amzn-trace-id") ?? "") ?? [];
  return { traceId: time !== undefined && id !== undefined ? `${time}${id}` : digits(16), isSampled: false };
}

const digits = (bytes: number): string => randomBytes(bytes).toString("hex");

/** Of work that no request asked for. */
export const newTrace = () => begin(randomUUID(), { traceId: digits(16), isSampled: false });

/** Begins this service's part; its answer names the request. */
export function startTrace(request: Request, response: Response): Trace {
  const requestId = request.get("x-request-id")?.match(/^[\w-]{1,64}$/)?.[0] ?? randomUUID();
  const { trace, continuation } = begin(requestId, parentOf(request));
  Object.assign(response.locals, { trace, continuation });
  response.setHeader("x-request-id", requestId);
  return trace;
}

function begin(requestId: string, { traceId, isSampled, state }: Parent): { trace: Trace; continuation: Continuation } {
  const spanId = digits(8);
  const continuation: Continuation = {
    "x-request-id": requestId,
    traceparent: `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`,
    ...(state === undefined ? {} : { tracestate: state }),
  };
  return { trace: { requestId, traceId, spanId }, continuation };
}

export const traceOf = (response: Response): Trace => response.locals["trace"] as Trace;

export const continuationOf = (response: Response): Continuation => response.locals["continuation"] as Continuation;
