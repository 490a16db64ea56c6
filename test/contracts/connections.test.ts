// api connects to exactly what the Terraform modules describe, and to nothing that only looks like it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { runApi, type RunningApi } from "../../api/test/running-api.ts";
import { at, urlsOfCacheModule } from "./cache-url.ts";
import { RedisServers } from "./redis.ts";
import { startTask, type Task } from "./task.ts";

// The form of modules/random-password.
const token = "0123456789abcdef".repeat(4);
const shards = 2;

let urls: { cluster: string; node: string; nodeByAddress: string };
let database: RunningApi;
let cluster: RedisServers;
let node: RedisServers;
let environment: Record<string, string>;
let task: Task | undefined;

/** As NODE_EXTRA_CA_CERTS does when a process starts. */
const ofNode = getCACertificates("bundled");
const trust = (authority: "ca" | "other-ca") =>
  setDefaultCACertificates([...ofNode, readFileSync(join(inject("certificates"), `${authority}.pem`), "utf8")]);

beforeAll(async () => {
  database = await runApi("contracts");
  cluster = await RedisServers.start({ shards, token });
  node = await RedisServers.start({ shards: 1, token });
  const made = await urlsOfCacheModule();
  urls = {
    cluster: at(made["cluster"], cluster.ports[0]),
    node: at(made["single_node"], node.ports[0]),
    nodeByAddress: at(made["single_node"], node.ports[0], "127.0.0.1"),
  };
  // As modules/platform sets them; the server's certificate names it localhost.
  environment = { ...database.environment, DB_HOST: "localhost", DB_SSL: "verify-full", REDIS_AUTH_TOKEN: token };
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), node?.stop(), database?.stop()]);
  setDefaultCACertificates(ofNode);
});
beforeEach(() => trust("ca"));
afterEach(async () => {
  await task?.stop();
  task = undefined;
});

async function start(settings: NodeJS.ProcessEnv): Promise<Task> {
  task = await startTask({ ...environment, ...settings });
  return task;
}

/** Statuses of twelve attempts to log in, of which ten are allowed. */
async function attempts(task: Task, email: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const response = await task.request("POST", "/api/auth/login", { body: { email, password: "guess" } });
    statuses.push(response.status);
  }
  return statuses;
}
const limited = [...Array<number>(10).fill(401), 429, 429];

describe("api connects", () => {
  it("to a cluster with TLS and token, and counts on each shard", async () => {
    const task = await start({ REDIS_URL: urls.cluster });
    await task.connected();
    expect(await task.metric("redis_up")).toBe(1);
    expect(await attempts(task, "cluster@example.com")).toEqual(limited);
    const keys = async () => (await cluster.all("DBSIZE")).map(Number);
    for (let more = 0; (await keys()).includes(0) && more < 20; more += 1)
      await task.request("POST", "/api/auth/login", { body: { email: `${more}@example.com`, password: "guess" } });
    expect(await keys()).toHaveLength(shards);
    expect(await keys()).not.toContain(0);
    expect(await task.metric("rate_limits_skipped_total")).toBe(0);
  });

  it("to a single node with TLS and token", async () => {
    const task = await start({ REDIS_URL: urls.node });
    await task.connected();
    expect(await attempts(task, "node@example.com")).toEqual(limited);
  });

  it("to PostgreSQL with a verified certificate, which is the default", async () => {
    const task = await start({ REDIS_URL: urls.node, DB_SSL: undefined });
    await task.connected();
    const master = await database.asMaster();
    const { rows } = await master.query(
      `SELECT bool_and(ssl) AS encrypted FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
       WHERE usename = 'rainbow_app' AND application_name = 'rainbow-seeker-api'`,
    );
    await master.end();
    expect(rows).toEqual([{ encrypted: true }]);
  });

  it("to a Redis that has no token yet, although it sends one", async () => {
    const withoutToken = await RedisServers.start({ shards: 1 });
    try {
      const task = await start({ REDIS_URL: at(urls.node, withoutToken.ports[0]) });
      await task.connected();
      expect(await attempts(task, "early@example.com")).toEqual(limited);
    } finally {
      await withoutToken.stop();
    }
  });
});

describe("api refuses", () => {
  it("servers whose certificates are of another authority", async () => {
    trust("other-ca");
    const task = await start({ REDIS_URL: urls.cluster });
    const { status, checks } = await task.readyWhen(({ redis }) => /certificate/.test(redis.problem ?? ""));
    expect(status).toBe(503);
    expect(checks.database).toMatchObject({ ok: false, problem: expect.stringContaining("certificate") });
    expect(checks.redis).toMatchObject({ ok: false, problem: expect.stringContaining("certificate") });
  });

  it("servers with another name than their certificates", async () => {
    const task = await start({ DB_HOST: "127.0.0.1", REDIS_URL: urls.nodeByAddress });
    const { status, checks } = await task.readyWhen(({ redis }) => /altnames/.test(redis.problem ?? ""));
    expect(status).toBe(503);
    expect(checks.database.problem).toContain("does not match certificate's altnames");
    expect(checks.redis.problem).toContain("does not match certificate's altnames");
  });
});

describe("a Redis that refuses api is visible in /ready, log and metrics", () => {
  it.each(["cluster", "node"] as const)("%s", async (kind) => {
    const wrong = "f".repeat(64);
    const task = await start({ REDIS_URL: urls[kind], REDIS_AUTH_TOKEN: wrong });
    const { status, checks } = await task.readyWhen(({ redis }) => /WRONGPASS/.test(redis.problem ?? ""));
    // The database is there, so requests are served.
    expect(status).toBe(200);
    expect(checks.redis).toMatchObject({ ok: false, problem: expect.stringContaining("WRONGPASS") });
    // Counted by this task alone.
    expect(await attempts(task, `${kind}-away@example.com`)).toEqual(limited);
    expect(await task.metric("redis_up")).toBe(0);
    expect(await task.metric("rate_limits_skipped_total")).toBe(12);
    expect(task.lines.filter((line) => line.includes("Redis is away"))).toHaveLength(1);
    expect(task.lines.join("")).not.toContain(wrong);
  });
});
