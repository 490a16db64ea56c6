// Settings from the environment: all of them checked before anything starts, all problems in one message.
import { z } from "zod";
import type { ShadowSettings } from "./shadow.ts";

/** Terraform passes a setting that is not used as an empty one. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

const fields = z.object({
  NODE_ENV: z.enum(["production", "staging", "development", "test"]).default("development"),
  PORT: z.coerce.number().int().min(0).max(65535).default(5000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** A second model (ONNX) that is compared with the first and never answers: shadow.ts. Both or none. */
  SHADOW_MODEL: optional(z.string()),
  SHADOW_MODEL_SHA256: optional(z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hexadecimal digits")),
  /** What sightings have taught, by site: calibration-file.ts. */
  SITE_CALIBRATION: optional(z.string()),
  /** Of the task's own metrics (metrics.ts): ECS sets the last, Terraform the others. */
  METRICS_NAMESPACE: z.string().min(1).max(255).optional(),
  METRICS_ENVIRONMENT: z.string().min(1).optional(),
  ECS_CONTAINER_METADATA_URI_V4: z.url({ protocol: /^http$/ }).optional(),
});

/** A shadow model that nobody named by its sum would be any file. */
const settings = fields.superRefine(
  ({ SHADOW_MODEL: path, SHADOW_MODEL_SHA256: sha256 }, context) => {
    if ((path === undefined) === (sha256 === undefined)) return;
    const missing = path === undefined ? "SHADOW_MODEL" : "SHADOW_MODEL_SHA256";
    context.addIssue({
      code: "custom",
      path: [missing],
      message: "is needed too: a shadow model is a file and its sum",
    });
  },
  { when: () => true },
);

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

export const shadowSettings = ({
  SHADOW_MODEL: path,
  SHADOW_MODEL_SHA256: sha256,
}: Config): ShadowSettings | undefined => (path === undefined || sha256 === undefined ? undefined : { path, sha256 });
