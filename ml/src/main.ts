// Reads the settings, loads the model, serves, and stops in order.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createApp } from "./app.ts";
import { ConfigurationError, readConfig, type Config } from "./config.ts";
import { reportMetrics } from "./metrics.ts";
import { loadModel, selfTestTolerance } from "./model.ts";
import { readVersion } from "./version.ts";

/**
 * As in api: new requests are still answered for a while after SIGTERM, so that whoever checks /ready can go elsewhere.
 */
const grace = 3000;
/** ECS kills 30 s after SIGTERM; requests in flight get less than that. */
const stopWithin = 20_000;

async function serve(config: Config): Promise<void> {
  const version = await readVersion();
  const log = pino({ level: config.LOG_LEVEL, base: { service: "ml", version: version.commit } });
  const model = await loadModel(fileURLToPath(new URL("../model/", import.meta.url)));
  const difference = await model.selfTest();
  if (difference > selfTestTolerance)
    throw new Error(
      `The model is ${difference} away from its golden vectors: ` +
        "it does not compute here what it did where it was trained.",
    );

  reportMetrics({ service: "ml", settings: config, write: (line) => process.stdout.write(line) });

  let stopping = false;
  const server = createServer(createApp({ model, version, log, stopping: () => stopping }));
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

try {
  await serve(readConfig(process.env));
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigurationError ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exitCode = 1;
}
