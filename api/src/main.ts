// Reads the settings, connects, serves, and stops in order.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { ConfigurationError, readServiceConfig, type ServiceConfig } from "./config.ts";
import { createService } from "./service.ts";
import { reportMetrics } from "./metrics.ts";
import { readVersion } from "./version.ts";

/**
 * For so long after SIGTERM new requests are still answered, while /ready says no: a load balancer or proxy that checks
 * it sends them elsewhere by then. Not in development, where each saved file restarts the process.
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

async function serve(config: ServiceConfig): Promise<void> {
  const version = await readVersion();
  const log = pino({ level: config.LOG_LEVEL, base: { service: "api", version: version.commit } });
  reportMetrics({ service: "api", settings: config, write: (line) => process.stdout.write(line) });

  let stopping = false;
  const service = createService({ config, version, log, stopping: () => stopping });
  const server = createServer(service.app);
  server.keepAliveTimeout = keepAlive;
  server.listen(config.PORT, () => log.info({ port: config.PORT }, "listening"));

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, async () => {
      stopping = true;
      void service.endWork();
      log.info({ signal }, "stopping: not ready any more, then no new connections; requests in flight are answered");
      if (signal === "SIGTERM" && config.NODE_ENV !== "development") await sleep(grace);
      server.close(async () => {
        await service.close();
        log.info("stopped");
      });
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), stopWithin).unref();
    });
  }
}

try {
  await serve(readServiceConfig(process.env));
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigurationError ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exitCode = 1;
}
