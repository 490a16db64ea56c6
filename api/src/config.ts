// Settings from the environment: all of them checked before anything starts, all problems in one message.
import { z } from "zod";
import type { PredictionMode } from "./features/predictions/mode.ts";
import { firebaseProject, serviceAccountKey } from "./features/notifications/service-account.ts";
import { checkTiles, tileSettings } from "./features/page/tiles.ts";
import { placeList } from "./features/weather/places.ts";
import { providerNames } from "./features/weather/providers/names.ts";
import { regionWithoutCertificates } from "./rds-certificates.ts";

const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info");
const nodeEnv = z.enum(["production", "staging", "development", "test"]).default("development");

/** A value that is valid besides the current one, and until when; without a time, for as long as it is listed. */
export interface Alternate {
  value: string;
  until?: Date;
}

/** `none`, or VALUE or VALUE@TIME (ISO 8601), separated by commas: what a rotation writes (docs/secrets.md). */
const alternates = z
  .string()
  .default("none")
  .transform((text, context): Alternate[] => {
    if (text === "none") return [];
    return text.split(",").map((entry) => {
      const [, value = "", time] = /^([^@]*)(?:@(.*))?$/.exec(entry) ?? [];
      const until = time === undefined ? undefined : new Date(time);
      if (value === "" || (until && Number.isNaN(until.getTime())))
        context.addIssue({ code: "custom", message: "must be none, or VALUE or VALUE@TIME, separated by commas" });
      return until ? { value, until } : { value };
    });
  });

const databaseSettings = {
  DB_HOST: z.string().min(1),
  DB_PORT: z.coerce.number().int().min(1).max(65535).default(5432),
  DB_NAME: z.string().min(1),
  DB_USER: z.string().min(1),
  DB_PASSWORD: z.string().min(1),
  /**
   * disable: plain; require: TLS, any certificate; verify-full: TLS with a certificate of a known authority, which are
   * those of Node, of NODE_EXTRA_CA_CERTS, and for hosts of RDS those of RDS.
   */
  DB_SSL: z.enum(["disable", "require", "verify-full"]).default("verify-full"),
  /** Read by Node itself. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
};

/** Empty in the development environment, and what Terraform creates until someone sets it: no key. */
const optionalKey = z
  .string()
  .transform((text) => (text === "" || text === "not-set" ? undefined : text))
  .optional();

const weatherSettings = {
  /** Whose weather is used: features/weather/providers. */
  WEATHER_PROVIDER: z.enum(providerNames).default("none"),
  /** openweather and weatherapi need one; with one, open-meteo is its paid service. */
  WEATHER_API_KEY: optionalKey,
  /** Another host that answers like the provider's own: a mirror of it, or a proxy. */
  WEATHER_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Whose weather is stored: LATITUDE,LONGITUDE, separated by semicolons. */
  WEATHER_PLACES: placeList,
  /** Whether anything is said of the future: features/predictions/mode.ts. */
  PREDICTION_MODE: z.enum(["present", "forecast"]).default("present"),
  /** Number or name of the permit of the Japan Meteorological Agency, as answers show it. */
  FORECAST_PERMIT: z.string().trim().max(200).optional(),
};

const notificationSettings = {
  /** That the key belongs to, unless it is set. */
  FIREBASE_PROJECT_ID: firebaseProject,
  /** Without one, notifications are recorded and not sent. */
  FIREBASE_SERVICE_ACCOUNT_KEY: serviceAccountKey,
  /** From one run to the next, in the whole fleet. */
  NOTIFICATION_INTERVAL_MINUTES: z.coerce.number().int().min(1).max(60).default(5),
};

const optionalText = z
  .string()
  .transform((text) => (text === "" ? undefined : text))
  .optional();

/** Without any of them there are no photos. */
const photoSettings = {
  /** Of the uploads. Region, credentials and endpoint are those of the AWS SDK. */
  S3_BUCKET: optionalText,
  /** In development: a folder instead of a bucket. */
  PHOTOS_DIRECTORY: optionalText,
  /** Of the AWS SDK: a store that is not AWS, which knows buckets by path only. */
  AWS_ENDPOINT_URL_S3: optionalText,
  AWS_ENDPOINT_URL: optionalText,
};

function checkPhotos(
  { S3_BUCKET, PHOTOS_DIRECTORY }: { S3_BUCKET?: string | undefined; PHOTOS_DIRECTORY?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (!S3_BUCKET || !PHOTOS_DIRECTORY) return;
  const message = "S3_BUCKET is set too: set one of them";
  context.addIssue({ code: "custom", path: ["PHOTOS_DIRECTORY"], message });
}

/** Nobody publishes forecasts by mistake. */
function checkPermit(
  { PREDICTION_MODE, FORECAST_PERMIT }: { PREDICTION_MODE: string; FORECAST_PERMIT?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (PREDICTION_MODE !== "forecast" || FORECAST_PERMIT) return;
  const message =
    "forecast needs FORECAST_PERMIT, the permit of the Japan Meteorological Agency " +
    "(Meteorological Service Act, article 17); without one, leave it at present";
  context.addIssue({ code: "custom", path: ["PREDICTION_MODE"], message });
}

export const predictionMode = (config: {
  PREDICTION_MODE: string;
  FORECAST_PERMIT?: string | undefined;
}): PredictionMode =>
  config.PREDICTION_MODE === "forecast"
    ? { name: "forecast", permit: config.FORECAST_PERMIT ?? "" }
    : { name: "present" };

/** A region without certificates would be found out by the first connection. */
function checkRegion(
  config: { DB_HOST: string; DB_SSL: string; NODE_EXTRA_CA_CERTS?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (config.DB_SSL !== "verify-full" || config.NODE_EXTRA_CA_CERTS) return;
  const region = regionWithoutCertificates(config.DB_HOST);
  if (region === undefined) return;
  const message =
    `this image has no RDS certificates of ${region}: add the region's bundle to it, ` +
    "and set NODE_EXTRA_CA_CERTS to its path";
  context.addIssue({ code: "custom", path: ["DB_SSL"], message });
}

const serviceFields = z.object({
  NODE_ENV: nodeEnv,
  LOG_LEVEL: logLevel,
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  ...databaseSettings,
  /** Tried where the server refuses DB_PASSWORD: while it is being rotated. */
  DB_PASSWORD_ALTERNATES: alternates,
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  /** Without one, api sends none. */
  REDIS_AUTH_TOKEN: z.string().min(16, "must be 16 characters or more").optional(),
  /** Signs tokens and verifies them. */
  JWT_SECRET: z.string().min(32, "must be 32 characters or more"),
  /** Verify tokens too: the next secret, which other tasks may sign with already, and the previous one. */
  JWT_SECRET_ALTERNATES: alternates,
  ML_URL: z.url({ protocol: /^https?$/ }),
  ...weatherSettings,
  ...notificationSettings,
  ...photoSettings,
  ...tileSettings,
  /** Of the task's own metrics (metrics.ts): ECS sets the last, Terraform the others. */
  METRICS_NAMESPACE: z.string().min(1).max(255).optional(),
  METRICS_ENVIRONMENT: z.string().min(1).optional(),
  ECS_CONTAINER_METADATA_URI_V4: z.url({ protocol: /^http$/ }).optional(),
});

const migrationFields = z.object({
  NODE_ENV: nodeEnv,
  LOG_LEVEL: logLevel,
  ...databaseSettings,
  /** The role that the service connects as; the migration creates it. */
  DB_APP_USER: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a plain lower-case role name"),
  DB_APP_PASSWORD: z.string().min(16, "must be 16 characters or more"),
  /** The role that backups are made with; without a password there is none. */
  DB_BACKUP_USER: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a plain lower-case role name")
    .default("rainbow_backup"),
  DB_BACKUP_PASSWORD: z.string().min(16, "must be 16 characters or more").optional(),
});

const serviceSettings = serviceFields
  .superRefine(checkRegion)
  .superRefine(checkPermit)
  .superRefine(checkPhotos)
  .superRefine(checkTiles);
const migrationSettings = migrationFields.superRefine(checkRegion);

export type ServiceConfig = z.infer<typeof serviceSettings>;
export type MigrationConfig = z.infer<typeof migrationSettings>;
export type DatabaseConfig = Pick<
  ServiceConfig,
  "DB_HOST" | "DB_PORT" | "DB_NAME" | "DB_USER" | "DB_PASSWORD" | "DB_SSL"
>;

export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

function read<T>(schema: z.ZodType<T>, what: string, environment: NodeJS.ProcessEnv): T {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  // Messages name the variable and the rule, never the value: it may be a secret.
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return `  ${name}: ${environment[name] === undefined ? "is missing" : issue.message}`;
  });
  throw new ConfigurationError(`The environment of ${what} is not usable:\n${problems.join("\n")}`);
}

export const readServiceConfig = (environment: NodeJS.ProcessEnv): ServiceConfig =>
  read(serviceSettings, "api", environment);
export const readMigrationConfig = (environment: NodeJS.ProcessEnv): MigrationConfig =>
  read(migrationSettings, "the migration", environment);
