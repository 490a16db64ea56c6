// Settings from the environment: all of them checked before anything starts, all problems in one message.
import { z } from "zod";

const settings = z.object({
  NODE_ENV: z.enum(["production", "staging", "development", "test"]).default("development"),
  PORT: z.coerce.number().int().min(0).max(65535).default(5000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** Of the task's own metrics (metrics.ts): ECS sets the last, Terraform the others. */
  METRICS_NAMESPACE: z.string().min(1).max(255).optional(),
  METRICS_ENVIRONMENT: z.string().min(1).optional(),
  ECS_CONTAINER_METADATA_URI_V4: z.url({ protocol: /^http$/ }).optional(),
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
