// Secrets rotate under steady requests to tasks that run side by side: real api, PostgreSQL and Redis. Parameter Store
// is a map, and a deployment starts a task with the parameters of now before it stops one of before, twice.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readMigrationConfig } from "../../api/src/config.ts";
import { migrate } from "../../api/src/migrations.ts";
import { runApi, silent, type RunningApi } from "../../api/test/running-api.ts";
import { masterPassword } from "../../api/test/services.ts";
import { rotate, type Secret } from "../../scripts/lib/rotation/rotate.ts";
import type { System } from "../../scripts/lib/rotation/system.ts";
import { RedisServers } from "./redis.ts";
import { startTask, type Task } from "./task.ts";

const taskCount = 2;
const firstToken = "f".repeat(64);
const ofNode = getCACertificates("bundled");

let database: RunningApi;
let redis: RedisServers;
let tasks: Task[] = [];
const parameters = new Map<string, string>();
const changed = new Map<string, Date>();
let secretsMade = 0;
let hasToken = true;
/** Breaks off the rotation before this write, as a lost connection would. */
let breakBefore: string | undefined;

const parameter = (name: string) => {
  const value = parameters.get(name);
  if (value === undefined) throw new Error(`There is no parameter ${name}.`);
  return value;
};

const environmentNow = () => ({
  ...database.environment,
  DB_HOST: "localhost",
  DB_SSL: "verify-full",
  REDIS_URL: `rediss://localhost:${redis.ports[0]}?cluster=true`,
  DB_PASSWORD: parameter("db-password"),
  DB_PASSWORD_ALTERNATES: parameter("db-password-alternates"),
  JWT_SECRET: parameter("jwt-secret"),
  JWT_SECRET_ALTERNATES: parameter("jwt-secret-alternates"),
  REDIS_AUTH_TOKEN: parameter("redis-auth-token"),
});

async function startOne(): Promise<Task> {
  const task = await startTask(environmentNow());
  await task.connected();
  return task;
}

const system: System = {
  get: async (name) => parameter(name),
  changedAt: async (name) => changed.get(name) ?? new Date(0),
  put: async (name, value) => {
    if (name === breakBefore) throw new Error("connection lost");
    parameters.set(name, value);
    changed.set(name, new Date());
    await burst();
  },
  redeploy: async ({ withMigration = false } = {}) => {
    if (withMigration) {
      const { migrationConfig } = database;
      const config = readMigrationConfig({
        ...database.environment,
        DB_USER: migrationConfig.DB_USER,
        DB_PASSWORD: masterPassword,
        DB_APP_USER: "rainbow_app",
        DB_APP_PASSWORD: parameter("db-password"),
        DB_BACKUP_PASSWORD: parameter("backup-password"),
      });
      await migrate(config, silent);
      await betweenRequests(dropDatabaseConnections);
      await burst();
    }
    for (const old of tasks.slice()) {
      tasks.push(await startOne());
      await sleep(50);
      tasks = tasks.filter((task) => task !== old);
      await old.stop();
    }
  },
  deploymentMilliseconds: 60_000,
  refuseWhileBusy: async () => {},
  cache: {
    hasToken: async () => hasToken,
    tokenChangedAt: async () => changed.get("cache") ?? new Date(0),
    setToken: async (token, strategy) => {
      await (strategy === "ROTATE" ? redis.rotateToken(token) : redis.setToken(token));
      hasToken = true;
      changed.set("cache", new Date());
      await redis.dropConnections();
      for (const task of tasks) await task.connected();
    },
  },
  rotateMasterPassword: async () => {},
  newSecret: () => String((secretsMade += 1)).padStart(64, "0"),
  now: () => new Date(),
};

beforeAll(async () => {
  setDefaultCACertificates([...ofNode, readFileSync(join(inject("certificates"), "ca.pem"), "utf8")]);
  database = await runApi("rotation");
  redis = await RedisServers.start({ shards: 2, token: firstToken });
  for (const [name, value] of [
    ["db-password", database.environment.DB_PASSWORD],
    ["backup-password", "b".repeat(64)],
    ["jwt-secret", "j".repeat(64)],
    ["redis-auth-token", firstToken],
  ] as const)
    parameters.set(name, value).set(`${name}-alternates`, "none");
  tasks = await Promise.all(Array.from({ length: taskCount }, startOne));
});
afterAll(async () => {
  await Promise.all(tasks.map((task) => task.stop()));
  await Promise.all([redis?.stop(), database?.stop()]);
  setDefaultCACertificates(ofNode);
});

interface Traffic {
  requests: number;
  failed: string[];
}
let traffic: Traffic = { requests: 0, failed: [] };

let pause = Promise.resolve();
const open = { requests: 0 };

/** A connection that breaks under a request fails it, whatever its password. */
async function betweenRequests(work: () => Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  pause = promise;
  while (open.requests > 0) await sleep(5);
  await work().finally(resolve);
}

/** Those that are open need no password any more: tasks of before must open new ones. */
async function dropDatabaseConnections(): Promise<void> {
  const master = await database.asMaster();
  const ofTasks = "usename = 'rainbow_app' AND application_name = 'rainbow-seeker-api'";
  await master.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${ofTasks}`);
  await master.end();
  // Until the pools have seen it.
  await sleep(100);
}

async function ask(what: string, task: Task, ...request: Parameters<Task["request"]>): Promise<any> {
  await pause;
  traffic.requests += 1;
  open.requests += 1;
  try {
    const response = await task.request(...request);
    const body = await response.json();
    if (!response.ok) traffic.failed.push(`${what}: ${response.status} ${JSON.stringify(body)}`);
    return body;
  } catch (error) {
    traffic.failed.push(`${what}: ${String(error)}`);
  } finally {
    open.requests -= 1;
  }
}

/** More at once than a task has connections: it opens new ones, which need a password. */
async function burst(): Promise<void> {
  const tenTimes = (task: Task) =>
    Array.from({ length: 10 }, () => ask("burst", task, "GET", "/api/sightings?limit=1"));
  await Promise.all(tasks.flatMap(tenTimes));
}

let users = 0;
async function newToken(task: Task): Promise<string> {
  users += 1;
  const body = { email: `user${users}@example.com`, password: "rainbows over Shiojiri", displayName: "Hiker" };
  const answer = await ask("register", task, "POST", "/api/auth/register", { body });
  return answer?.data?.token ?? "";
}

/** Gets tokens from some tasks and shows them to others, again and again, until `work` is done. */
async function underLoad(work: () => Promise<void>): Promise<Traffic> {
  traffic = { requests: 0, failed: [] };
  const anyTask = (round: number) => tasks[round % tasks.length] as Task;
  const tokens = [await newToken(anyTask(0)), await newToken(anyTask(1))];
  const load = { done: false };
  const client = async (start: number) => {
    for (let round = start; !load.done; round += 1) {
      if (round % 10 === 0) tokens.push(await newToken(anyTask(round)));
      // Old ones and the newest.
      const token = round % 2 === 0 ? tokens.at(-1) : tokens[round % tokens.length];
      await ask("me", anyTask(round), "GET", "/api/auth/me", { token: token ?? "" });
      await ask("sightings", anyTask(round + 1), "GET", "/api/sightings?limit=1");
    }
  };
  const clients = [client(0), client(1)];
  await work().finally(() => {
    load.done = true;
  });
  await Promise.all(clients);
  return traffic;
}

const values = () => new Map(parameters);

describe("no request fails while a secret rotates", () => {
  it.each<Secret>(["db-password", "backup-password", "jwt-secret", "redis-auth-token"])("%s", async (secret) => {
    const before = values();
    const { requests, failed } = await underLoad(() => rotate(secret, system));
    expect(failed).toEqual([]);
    expect(requests).toBeGreaterThan(50);
    expect(parameter(secret)).not.toBe(before.get(secret));
    for (const task of tasks) await task.connected();
  });

  it.each([
    ["db-password", "db-password"],
    ["db-password", "db-password-alternates"],
    ["jwt-secret", "jwt-secret-alternates"],
    ["jwt-secret", "jwt-secret"],
    ["redis-auth-token", "redis-auth-token"],
  ] as const)("%s, broken off before it writes %s, and started again", async (secret, write) => {
    const before = values();
    const { failed } = await underLoad(async () => {
      breakBefore = write;
      const interrupted = rotate(secret, system);
      await expect(interrupted).rejects.toThrow("connection lost");
      breakBefore = undefined;
      await burst();
      await rotate(secret, system);
    });
    expect(failed).toEqual([]);
    expect(parameter(secret)).not.toBe(before.get(secret));
    for (const task of tasks) await task.connected();
  });
});

describe("afterwards", () => {
  it("the database and Redis refuse the previous secret, and have refused nothing else", async () => {
    const before = values();
    await rotate("db-password", system);
    await rotate("redis-auth-token", system);
    expect(parameter("db-password-alternates")).toBe("none");
    expect(parameter("redis-auth-token-alternates")).toBe("none");
    const after = values();
    for (const name of ["db-password", "redis-auth-token"]) parameters.set(name, before.get(name) ?? "");
    const late = await startTask(environmentNow());
    for (const [name, value] of after) parameters.set(name, value);
    const { status, checks } = await late.readyWhen(({ redis }) => /WRONGPASS/.test(redis.problem ?? ""));
    await late.stop();
    expect(status).toBe(503);
    expect(checks.database.problem).toContain("password authentication failed");
    expect(checks.redis.problem).toContain("WRONGPASS");
  });

  it("tokens of the previous JWT secret are valid for their lifetime, or no longer if it has leaked", async () => {
    const token = await newToken(tasks[0] as Task);
    const me = async () => (await (tasks[0] as Task).request("GET", "/api/auth/me", { token })).status;
    await rotate("jwt-secret", system);
    await rotate("jwt-secret", system);
    expect(await me()).toBe(200);
    const until = new Date(/@([^,]*)/.exec(parameter("jwt-secret-alternates"))?.[1] ?? "");
    expect((until.getTime() - Date.now()) / 3_600_000).toBeCloseTo(12, 1);
    await rotate("jwt-secret", system, { refuseOldTokens: true });
    expect(parameter("jwt-secret-alternates")).toBe("none");
    expect(await me()).toBe(401);
  });

  it("a cache that had no token has the one that api sends already", async () => {
    hasToken = false;
    const token = parameter("redis-auth-token");
    await redis.withoutToken();
    const { failed } = await underLoad(() => rotate("redis-auth-token", system));
    expect(failed).toEqual([]);
    expect(hasToken).toBe(true);
    expect(parameter("redis-auth-token")).toBe(token);
    for (const task of tasks) await task.connected();
  });
});
