// The four endpoints that operate the service.
import { Router } from "express";
import type { Metrics } from "../../http/requests.ts";
import type { Version } from "../../version.ts";
import type { CheckReadiness } from "./readiness.ts";

export function operationsRoutes(parts: { readiness: CheckReadiness; version: Version; metrics: Metrics }): Router {
  const { readiness, version, metrics } = parts;
  const router = Router();

  router.get("/health", (_request, response) => {
    response.json({ status: "ok" });
  });

  router.get("/ready", async (_request, response) => {
    const state = await readiness();
    response.status(state.status === "ready" ? 200 : 503).json(state);
  });

  router.get("/version", (_request, response) => {
    response.json(version);
  });

  router.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  return router;
}
