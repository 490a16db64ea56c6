// api as it runs, over HTTP, on real PostgreSQL and Redis, in a database of its own; ml is a small server of the test,
// since api's side of it is tested here.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { pino } from "pino";
import { createClient } from "redis";
import { inject } from "vitest";
import { createApp, type Parts } from "../src/app.ts";
import { readMigrationConfig } from "../src/config.ts";
import { createPool } from "../src/database.ts";
import { createMl } from "../src/features/predictions/ml.ts";
import { migrate } from "../src/migrations.ts";
import { connectCache } from "../src/redis.ts";
import { answersOf, type Document } from "./documented.ts";
import { masterPassword } from "./services.ts";

export const silent = pino({ level: "silent" });
export const logTo = (write: (line: string) => void) => pino({ level: "info" }, { write });
export const version = { service: "api", commit: "abc1234", builtAt: "2026-01-01T00:00:00Z" } as const;
export const password = "rainbows over Shiojiri";
export const jwtSecret = "a-secret-of-thirty-two-characters!";
const appPassword = "application-password-1";

/** The files share a Redis, in which the guesses of one would count against the next: the address is the same. */
async function empty(url: string): Promise<void> {
  const client = await createClient({ url }).connect();
  await client.flushAll();
  await client.close();
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface CallOptions {
  /** Text is sent as it is. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export type RunningApi = Awaited<ReturnType<typeof runApi>>;

/** @param more of the application: without it, what the settings' defaults give */
export async function runApi(name: string, more: Pick<Parts, "weather" | "photos" | "mode" | "now" | "patience"> = {}) {
  const address = { DB_HOST: "127.0.0.1", DB_PORT: inject("postgresPort"), DB_NAME: name, DB_SSL: "disable" as const };
  const master = await connectMaster("postgres");
  await master.query(`CREATE DATABASE ${name}`);
  await master.end();
  const migrationConfig = readMigrationConfig({
    ...address,
    DB_PORT: String(address.DB_PORT),
    DB_USER: "postgres",
    DB_PASSWORD: masterPassword,
    DB_APP_USER: "rainbow_app",
    DB_APP_PASSWORD: appPassword,
  });
  const firstMigration = await migrate(migrationConfig, silent);
  const database = createPool(
    { ...address, DB_USER: "rainbow_app", DB_PASSWORD: appPassword, DB_PASSWORD_ALTERNATES: [] },
    () => {},
  );
  const redisUrl = `redis://127.0.0.1:${inject("redisPort")}`;
  await empty(redisUrl);
  const cache = connectCache({ REDIS_URL: redisUrl }, silent);
  const ml = { answer: ((_request, response) => response.end("{}")) as RequestListener };
  const mlServer = createServer((request, response) => ml.answer(request, response));
  const mlClient = createMl(await listen(mlServer), { predict: 1000, version: 1000 });
  const app = createApp({
    database,
    cache,
    ml: mlClient,
    version,
    log: silent,
    tokenSecrets: { secret: jwtSecret, alternates: [] },
    ...more,
  });
  const server = createServer(app);
  const url = await listen(server);
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const checkDocumented = answersOf(document);

  /** Throws where the answer is not what the OpenAPI document says. */
  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...options.headers,
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    const body = type.includes("json") ? JSON.parse(text) : text;
    checkDocumented({ method, path: new URL(path, url).pathname, status: response.status, type, body });
    return { status: response.status, headers: response.headers, body };
  }

  let people = 0;
  async function register(): Promise<{ email: string; token: string; refreshToken: string; id: string }> {
    people += 1;
    const email = `hiker${people}@example.com`;
    const { body } = await call("POST", "/api/auth/register", {
      body: { email, password, displayName: `Hiker ${people}` },
    });
    return { email, token: body.data.token, refreshToken: body.data.refreshToken, id: body.data.user.id };
  }

  async function stop(): Promise<void> {
    for (const each of [server, mlServer]) {
      each.closeAllConnections();
      await new Promise((resolve) => each.close(resolve));
    }
    await Promise.all([database.end(), cache.close()]);
  }

  /** What the process of api needs to run beside this one on the same database. */
  const environment = {
    ...address,
    DB_PORT: String(address.DB_PORT),
    DB_USER: "rainbow_app",
    DB_PASSWORD: appPassword,
    REDIS_URL: redisUrl,
    JWT_SECRET: jwtSecret,
    ML_URL: "http://127.0.0.1:1",
  };
  return {
    app,
    server,
    url,
    document,
    ml,
    database,
    cache,
    migrationConfig,
    firstMigration,
    environment,
    call,
    register,
    asMaster: () => connectMaster(name),
    stop,
  };
}

/** The container needs a moment until it listens. */
async function connectMaster(database: string): Promise<pg.Client> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: inject("postgresPort"),
      user: "postgres",
      password: masterPassword,
      database,
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(200);
    }
  }
}
