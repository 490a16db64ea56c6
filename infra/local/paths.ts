// Where things lie: state of this checkout under .local, caches shared by all checkouts in the user's cache folder.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

export const stateDir = join(root, ".local");
/** What a run of the tests leaves to look at. */
export const artefactsDir = process.env["RAINBOW_ARTEFACTS"] ?? join(root, "artefacts");
export const cacheDir =
  process.env["RAINBOW_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "rainbow-seeker");

export const port = Number(process.env["RAINBOW_PORT"] ?? "4566");
/** Where the local AWS publishes database and Redis: 15432 and 16379, moved as the port is, so that two can run beside each other. */
export const databasePort = port + 10_866;
export const redisPort = port + 11_813;
export const highestPort = 50_000;
/** An account for each port: the containers of database and Redis are named after it. */
export const accountId = String(port).padStart(12, "0");
export const endpoint = `http://localhost:${port}`;
export const region = "ap-northeast-1";

/** What a program needs to talk to the local AWS instead of the real one: the SDK's standard variables. */
export const awsEnvironment = {
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
};

/** The same for a client of the SDK. */
export const awsClient = {
  endpoint,
  region,
  credentials: { accessKeyId: awsEnvironment.AWS_ACCESS_KEY_ID, secretAccessKey: awsEnvironment.AWS_SECRET_ACCESS_KEY },
};

/** The public load balancer of the local environment; opens in any browser as it is. */
export const serviceUrl = `${endpoint}/_alb/rainbow-seeker-alb-local/`;
