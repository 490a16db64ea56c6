// The one-off task before a deployment: exit code 0 when the schema is where this build needs it.
import { pino } from "pino";
import { ConfigurationError, readMigrationConfig } from "./config.ts";
import { migrate } from "./migrations.ts";
import { readVersion } from "./version.ts";

try {
  const config = readMigrationConfig(process.env);
  const log = pino({ level: config.LOG_LEVEL, base: { service: "migrate", version: (await readVersion()).commit } });
  const { done, schema } = await migrate(config, log);
  log.info(
    { migrations: done, schema },
    done.length === 0 ? "the schema is up to date" : `${done.length} migrations done`,
  );
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigurationError ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exitCode = 1;
}
