// The four endpoints that operate the service.
import { z } from "zod";
import { type Endpoint, plainEndpoint } from "../../http/endpoint.ts";
import type { Metrics } from "../../http/requests.ts";
import type { Version } from "../../version.ts";
import type { CheckReadiness } from "./readiness.ts";

const check = z.object({
  ok: z.boolean(),
  required: z.boolean(),
  version: z.string().optional(),
  provider: z.string().optional().meta({ description: "Of the weather, or of what keeps photos; `none` without one." }),
  problem: z.string().optional(),
});
const readinessSchema = z
  .object({
    status: z.enum(["ready", "not-ready"]),
    version: z.string(),
    checks: z.object({ database: check, redis: check, ml: check, weather: check, photos: check }),
  })
  .meta({ id: "Readiness" });
const versionSchema = z.object({ service: z.literal("api"), commit: z.string(), builtAt: z.string() });

export function operationsEndpoints(parts: {
  readiness: CheckReadiness;
  version: Version;
  metrics: Metrics;
}): Endpoint[] {
  const { readiness, version, metrics } = parts;
  return [
    plainEndpoint(
      {
        method: "get",
        path: "/health",
        summary: "Whether the process is alive",
        answers: { 200: { description: "It is.", schema: z.object({ status: z.literal("ok") }) } },
      },
      (_request, response) => {
        response.json({ status: "ok" });
      },
    ),
    plainEndpoint(
      {
        method: "get",
        path: "/ready",
        summary: "Whether this task can serve, and what it finds of what it needs",
        answers: {
          200: { description: "It can.", schema: readinessSchema },
          503: { description: "It cannot: its database is away, or it stops.", schema: readinessSchema },
        },
      },
      async (_request, response) => {
        const state = await readiness();
        response.status(state.status === "ready" ? 200 : 503).json(state);
      },
    ),
    plainEndpoint(
      {
        method: "get",
        path: "/version",
        summary: "Version of this build",
        answers: { 200: { description: "Its commit, and when it was built.", schema: versionSchema } },
      },
      (_request, response) => {
        response.json(version);
      },
    ),
    plainEndpoint(
      {
        method: "get",
        path: "/metrics",
        summary: "Metrics for Prometheus",
        answers: { 200: { description: "Its text format.", types: ["text/plain"] } },
      },
      async (_request, response) => {
        response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
      },
    ),
  ];
}
