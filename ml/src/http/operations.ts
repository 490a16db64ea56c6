// The four endpoints that operate the service.
import { Router } from "express";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { selfTestTolerance, type Model } from "../model.ts";
import type { Version } from "../version.ts";

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
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
    registers: [registry],
  });
  return { registry, requests };
}

export function operationsRoutes(parts: {
  model: Model;
  version: Version;
  metrics: Metrics;
  stopping: () => boolean;
}): Router {
  const { model, version, metrics, stopping } = parts;
  const router = Router();

  router.get("/health", (_request, response) => {
    response.json({ status: "ok" });
  });

  // The golden vectors are run each time: 24 rows take less than a millisecond.
  router.get("/ready", async (_request, response) => {
    const difference = await model.selfTest();
    const ready = difference <= selfTestTolerance && !stopping();
    response.status(ready ? 200 : 503).json({
      status: ready ? "ready" : "not-ready",
      version: version.commit,
      checks: { model: { ok: difference <= selfTestTolerance, version: model.card.version, difference } },
    });
  });

  router.get("/version", (_request, response) => {
    response.json(version);
  });

  router.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  return router;
}
