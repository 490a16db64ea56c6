// The endpoints that operate the service.
import type { Registry } from "prom-client";
import { z } from "zod";
import { type Model, passes } from "../model.ts";
import type { Version } from "../version.ts";
import { plainEndpoint, type Endpoint } from "./endpoint.ts";

const readiness = z.object({
  status: z.enum(["ready", "not-ready"]),
  version: z.string(),
  checks: z.object({
    model: z.object({
      ok: z.boolean(),
      version: z.string(),
      difference: z.number().nullable().meta({ description: "Largest one from the golden vectors." }),
    }),
  }),
});

export function operationsEndpoints(parts: {
  model: Model;
  version: Version;
  registry: Registry;
  stopping: () => boolean;
}): Endpoint[] {
  const { model, version, registry, stopping } = parts;
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
        summary: "Whether the service can answer: the model reproduces its golden vectors",
        answers: {
          200: { description: "It can.", schema: readiness },
          503: { description: "It cannot, or is about to stop.", schema: readiness },
        },
      },
      // The golden vectors are run each time: 24 rows take less than a millisecond.
      async (_request, response) => {
        const difference = await model.selfTest();
        const ok = passes(difference);
        const ready = ok && !stopping();
        response.status(ready ? 200 : 503).json({
          status: ready ? "ready" : "not-ready",
          version: version.commit,
          checks: { model: { ok, version: model.card.version, difference } },
        });
      },
    ),
    plainEndpoint(
      {
        method: "get",
        path: "/version",
        summary: "What this build is",
        answers: {
          200: {
            description: "The commit that first built this content.",
            schema: z.object({ service: z.literal("ml"), commit: z.string(), builtAt: z.string() }),
          },
        },
      },
      (_request, response) => {
        response.json(version);
      },
    ),
    plainEndpoint(
      {
        method: "get",
        path: "/metrics",
        summary: "Metrics of this process",
        answers: { 200: { description: "The text format of Prometheus.", types: ["text/plain"] } },
      },
      async (_request, response) => {
        response.type(registry.contentType).send(await registry.metrics());
      },
    ),
  ];
}
