// Reads the settings, loads the model, serves, and stops in order.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createApp } from "./app.ts";
import { CalibrationError, readCalibration } from "./calibration-file.ts";
import { ConfigurationError, readConfig, shadowSettings, type Config } from "./config.ts";
import { reportMetrics } from "./metrics.ts";
import { ModelError } from "./model-file.ts";
import { reportModelMetrics } from "./model-metrics.ts";
import { loadModel, proveModel } from "./model.ts";
import { createMonitor } from "./monitor.ts";
import { createShadow, loadShadow } from "./shadow.ts";
import { readVersion } from "./version.ts";

/**
 * As in api: new requests are still answered for a while after SIGTERM, so that whoever checks /ready can go elsewhere.
 */
const grace = 3000;
/**
 * An idle connection is closed by the load balancer, after 60 s, and never by us: a request that it sends meanwhile would
 * be lost, and answered with 502 (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/
 * load-balancer-troubleshooting.html#http-502-issues). Node's own limit is 5 s.
 */
const keepAlive = 75_000;
/** ECS kills 30 s after SIGTERM; requests in flight get less than that. */
const stopWithin = 20_000;

async function serve(config: Config): Promise<void> {
  const version = await readVersion();
  const log = pino({ level: config.LOG_LEVEL, base: { service: "ml", version: version.commit } });
  const model = await loadModel(fileURLToPath(new URL("../model/", import.meta.url)));
  await proveModel(model);
  const { SITE_CALIBRATION: calibration } = config;
  const sites = calibration === undefined ? [] : await readCalibration(calibration, model.card.sha256);
  const monitor = createMonitor(model.reference);

  const settings = shadowSettings(config);
  const shadow = settings && {
    sha256: settings.sha256,
    predict: await loadShadow(settings, model).catch((err: unknown) => {
      log.error({ err, shadow: settings.path }, "the shadow model is left out");
      return undefined;
    }),
  };
  const shadowed = shadow ? { shadow: createShadow({ ...shadow, registry: monitor.registry, log }) } : {};

  const write = (line: string) => process.stdout.write(line);
  reportMetrics({ service: "ml", settings: config, write });
  reportModelMetrics({ service: "ml", settings: config, monitor, write });

  let stopping = false;
  const server = createServer(
    createApp({ model, version, log, monitor, sites, ...shadowed, stopping: () => stopping }),
  );
  server.keepAliveTimeout = keepAlive;
  server.listen(config.PORT, () => log.info({ port: config.PORT, model: model.card.version }, "listening"));

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, async () => {
      stopping = true;
      log.info({ signal }, "stopping: not ready any more, then no new connections; requests in flight are answered");
      if (signal === "SIGTERM" && config.NODE_ENV !== "development") await sleep(grace);
      server.close(() => log.info("stopped"));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), stopWithin).unref();
    });
  }
}

/** What whoever deploys this can put right: said without a stack. */
const theirs = [ConfigurationError, ModelError, CalibrationError];

try {
  await serve(readConfig(process.env));
} catch (error) {
  const { message, stack = message } = error as Error;
  process.stderr.write(`${theirs.some((kind) => error instanceof kind) ? message : stack}\n`);
  process.exitCode = 1;
}
