// What happens to each request on its way: an id, a log line, a measurement.
import type { RequestHandler } from "express";
import type { Logger } from "pino";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { startTrace } from "./trace.ts";

export interface Metrics {
  registry: Registry;
  requests: Histogram<"method" | "route" | "status">;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from request to answer, in seconds.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return { registry, requests };
}

export function observeRequests(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const trace = startTrace(request, response);
    // Routers shorten the path while they handle the request.
    const { path } = request;
    const started = process.hrtime.bigint();
    response.on("finish", () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      // The pattern, not the path: a path is anyone's text and would make a time series each.
      const route = request.route ? `${request.baseUrl}${request.route.path}` : "unmatched";
      metrics.requests.observe({ method: request.method, route, status: response.statusCode }, seconds);
      const level = route === "/health" ? "debug" : "info";
      log[level](
        { ...trace, method: request.method, path, status: response.statusCode, ms: Math.round(seconds * 1e4) / 10 },
        "request",
      );
    });
    next();
  };
}
