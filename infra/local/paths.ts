// Paths, ports and endpoints: this checkout's state is in .local, caches shared by all checkouts in the user's cache
// folder.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

export const stateDir = join(root, ".local");
/** Screenshots and other test output for inspection. */
export const artefactsDir = process.env["RAINBOW_ARTEFACTS"] ?? join(root, "artefacts");
export const cacheDir =
  process.env["RAINBOW_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "rainbow-seeker");

export const port = Number(process.env["RAINBOW_PORT"] ?? "4566");
/**
 * Host ports of the local AWS's database and Redis: 15432 and 16379 by default, offset like `port`, so that two local
 * AWS instances can run side by side.
 */
export const databasePort = port + 10_866;
export const redisPort = port + 11_813;
export const highestPort = 50_000;
/** One account per port, because the names of the database and Redis containers include it. */
export const accountId = String(port).padStart(12, "0");
export const endpoint = `http://localhost:${port}`;
export const region = "ap-northeast-1";

/** The AWS SDK's standard environment variables, pointing to the local AWS. */
export const awsEnvironment = {
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
};

/** The same as a configuration for SDK clients. */
export const awsClient = {
  endpoint,
  region,
  credentials: { accessKeyId: awsEnvironment.AWS_ACCESS_KEY_ID, secretAccessKey: awsEnvironment.AWS_SECRET_ACCESS_KEY },
};

/** URL of the local environment's public load balancer, which any browser can open. */
export const serviceUrl = `${endpoint}/_alb/rainbow-seeker-alb-local/`;
