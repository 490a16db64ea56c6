// The four endpoints that operate the service, and a signpost at the root.
import { Router } from "express";
import type { Database } from "../../database.ts";
import type { Metrics } from "../../http/requests.ts";
import type { Cache } from "../../redis.ts";
import type { Version } from "../../version.ts";
import type { Ml } from "../predictions/ml.ts";

interface Check {
  ok: boolean;
  required: boolean;
  version?: string;
  problem?: string;
}

async function check(required: boolean, probe: () => Promise<{ version?: string } | void>): Promise<Check> {
  try {
    return { ok: true, required, ...(await probe()) };
  } catch (error) {
    return { ok: false, required, problem: (error as Error).message };
  }
}

export function operationsRoutes(parts: { database: Database; cache: Cache; ml: Ml; version: Version; metrics: Metrics; stopping: () => boolean }): Router {
  const { database, cache, ml, version, metrics, stopping } = parts;
  const router = Router();

  router.get("/", (_request, response) => {
    const paths = ["health", "ready", "version", "metrics", "api/auth/register", "api/auth/login", "api/auth/me", "api/sightings", "api/sightings/nearby", "api/predictions"];
    response.json({ success: true, data: { service: "Rainbow Seeker", version: version.commit, paths } });
  });

  router.get("/health", (_request, response) => {
    response.json({ status: "ok" });
  });

  // The database is required; without Redis there are no rate limits, without ml no predictions, and the rest serves.
  router.get("/ready", async (_request, response) => {
    const [databaseCheck, redis, mlCheck] = await Promise.all([
      check(true, async () => {
        await database.query("SELECT 1 FROM users LIMIT 1");
      }),
      check(false, () => cache.ping()),
      check(false, async () => ({ version: (await ml.version()).commit })),
    ]);
    const ready = databaseCheck.ok && !stopping();
    response.status(ready ? 200 : 503).json({
      status: ready ? "ready" : "not-ready",
      version: version.commit,
      checks: { database: databaseCheck, redis, ml: mlCheck },
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
