// The HTTP application, made of its parts; nothing here listens or reads the environment.
import express, { type Express } from "express";
import type { Logger } from "pino";
import type { SiteCalibration } from "./domain/calibration.ts";
import { documentEndpoint } from "./http/document.ts";
import { type Endpoint, serve } from "./http/endpoint.ts";
import { errorHandler, notFound } from "./http/errors.ts";
import { operationsEndpoints } from "./http/operations.ts";
import { predictEndpoints } from "./http/predict.ts";
import { skyEndpoints } from "./http/sky.ts";
import { traceOf } from "./http/trace.ts";
import type { Model } from "./model.ts";
import { createMonitor, type Monitor } from "./monitor.ts";
import { createPredictor, type Observer } from "./predictor.ts";
import type { Version } from "./version.ts";

export interface Parts {
  model: Model;
  version: Version;
  log: Logger;
  stopping?: () => boolean;
  monitor?: Monitor;
  sites?: SiteCalibration[];
  shadow?: Observer;
}

export function createApp(parts: Parts): Express {
  const { model, version, log, stopping = () => false, sites = [], shadow } = parts;
  const { monitor = createMonitor(model.reference) } = parts;
  const predictor = createPredictor({ model, sites, observers: [monitor, ...(shadow ? [shadow] : [])] });
  const app = express();
  app.disable("x-powered-by");
  // Of each answer a hash, which no caller asks with again.
  app.disable("etag");

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
      const route = request.route ? String(request.route.path) : "unmatched";
      monitor.requested({ method: request.method, route, status: response.statusCode }, seconds);
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
  const endpoints: Endpoint[] = [
    ...operationsEndpoints({ model, version, registry: monitor.registry, stopping }),
    ...predictEndpoints({ model, predictor }),
    ...skyEndpoints(model),
    documentEndpoint({ endpoints: () => endpoints, version: version.commit }),
  ];
  serve(app, endpoints);
  app.use(notFound);
  app.use(errorHandler(log));
  return app;
}
