// The HTTP application, made of its parts; nothing here listens or reads the environment.
import express, { type Express } from "express";
import type { Logger } from "pino";
import { errorHandler, notFound } from "./http/errors.ts";
import { createMetrics, operationsRoutes } from "./http/operations.ts";
import { predictRoutes } from "./http/predict.ts";
import { skyRoutes } from "./http/sky.ts";
import { traceOf } from "./http/trace.ts";
import type { Model } from "./model.ts";
import type { Version } from "./version.ts";

export function createApp(parts: { model: Model; version: Version; log: Logger; stopping?: () => boolean }): Express {
  const { model, version, log, stopping = () => false } = parts;
  const metrics = createMetrics();
  const app = express();
  app.disable("x-powered-by");

  app.use((request, response, next) => {
    const trace = traceOf(request);
    response.locals["trace"] = trace;
    response.setHeader("x-request-id", trace.requestId);
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
  });
  app.use((_request, response, next) => {
    // A connection that is kept would be cut off with the next request on it.
    if (stopping()) response.set("connection", "close");
    next();
  });
  app.use(express.json({ limit: "64kb" }));
  app.use(operationsRoutes({ model, version, metrics, stopping }));
  app.use("/v1", predictRoutes(model));
  app.use("/v1", skyRoutes(model));
  app.use(notFound);
  app.use(errorHandler(log));
  return app;
}
