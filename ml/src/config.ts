// Settings from the environment: all of them checked before anything starts, all problems in one message.
import { z } from "zod";

const settings = z.object({
  NODE_ENV: z.enum(["production", "staging", "development", "test"]).default("development"),
  PORT: z.coerce.number().int().min(0).max(65535).default(5000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

export type Config = z.infer<typeof settings>;

export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const result = settings.safeParse(environment);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new ConfigurationError(`The environment of ml is not usable:\n${problems.join("\n")}`);
}
