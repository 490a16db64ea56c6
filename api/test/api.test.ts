// api as it runs, over HTTP, on real PostgreSQL and Redis; ml is a small server of the test, since api's side of it is tested here.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { createApp } from "../src/app.ts";
import { createPool, type Database } from "../src/database.ts";
import { createMl } from "../src/features/predictions/ml.ts";
import { nearbyQuery } from "../src/features/sightings/store.ts";
import { readMigrationConfig } from "../src/config.ts";
import { migrate } from "../src/migrations.ts";
import { connectCache, type Cache } from "../src/redis.ts";
import { masterPassword } from "./services.ts";

const silent = pino({ level: "silent" });
const databaseSettings = { DB_HOST: "127.0.0.1", DB_PORT: inject("postgresPort"), DB_NAME: "shiojiri_rainbow", DB_SSL: "disable" as const };
const appPassword = "application-password-1";
const migrationConfig = readMigrationConfig({
  ...databaseSettings, DB_PORT: String(databaseSettings.DB_PORT), DB_USER: "postgres", DB_PASSWORD: masterPassword, DB_APP_USER: "rainbow_app", DB_APP_PASSWORD: appPassword,
});
const version = { service: "api", commit: "abc1234", builtAt: "2026-01-01T00:00:00Z" } as const;

let database: Database;
let cache: Cache;
let api: Server;
let url: string;
let mlServer: Server;
let answerAsMl: RequestListener = (_request, response) => response.end("{}");
let firstMigration: string[];

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      firstMigration = await migrate(migrationConfig, silent);
      break;
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(200);
    }
  }
  database = createPool({ ...databaseSettings, DB_USER: "rainbow_app", DB_PASSWORD: appPassword }, () => {});
  cache = connectCache(`redis://127.0.0.1:${inject("redisPort")}`, silent);
  mlServer = createServer((request, response) => answerAsMl(request, response));
  const ml = createMl(await listen(mlServer), { predict: 300, version: 300 });
  api = createServer(createApp({ database, cache, ml, version, log: silent, jwtSecret: "a-secret-of-thirty-two-characters!" }));
  url = await listen(api);
});

afterAll(async () => {
  api.closeAllConnections();
  mlServer.closeAllConnections();
  await Promise.all([new Promise((resolve) => api.close(resolve)), new Promise((resolve) => mlServer.close(resolve))]);
  await Promise.all([database.end(), cache.close()]);
});

interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

async function call(method: string, path: string, options: { body?: unknown; token?: string } = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(options.token ? { authorization: `Bearer ${options.token}` } : {}) },
    ...(options.body === undefined ? {} : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

let people = 0;
async function register(): Promise<{ email: string; token: string; id: string }> {
  people += 1;
  const email = `hiker${people}@example.com`;
  const { body } = await call("POST", "/api/auth/register", { body: { email, password: "rainbows over Shiojiri", displayName: `Hiker ${people}` } });
  return { email, token: body.data.token, id: body.data.user.id };
}

describe("migrations", () => {
  it("ran each once, and run again change nothing", async () => {
    expect(firstMigration).toEqual(["0001_users", "0002_sightings"]);
    expect(await migrate(migrationConfig, silent)).toEqual([]);
  });

  it("two at once both end well", async () => {
    const results = await Promise.allSettled([migrate(migrationConfig, silent), migrate(migrationConfig, silent)]);
    const problems = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
    // The one that came second may be told to come again; it never does half of the work.
    expect(problems.every((problem) => problem.includes("Another migration is already running") || problem.includes("concurrently updated"))).toBe(true);
    expect(problems.length).toBeLessThan(2);
  });

  it("leave the application a role that reads and writes rows, and no more", async () => {
    await expect(database.query("DROP TABLE sightings")).rejects.toThrow("must be owner");
    await expect(database.query("CREATE TABLE mine (id int)")).rejects.toThrow("permission denied");
    await expect(database.query("SELECT * FROM migrations")).rejects.toThrow("permission denied");
  });

  it("set the role's password so that the clear text is in no statement", async () => {
    const master = new pg.Client({ host: "127.0.0.1", port: databaseSettings.DB_PORT, user: "postgres", password: masterPassword, database: "shiojiri_rainbow" });
    await master.connect();
    const { rows } = await master.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'rainbow_app'");
    await master.end();
    expect(rows[0].rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
  });
});

describe("accounts", () => {
  it("register, log in, and know who asks", async () => {
    const { email, token } = await register();
    const me = await call("GET", "/api/auth/me", { token });
    expect(me).toMatchObject({ status: 200, body: { success: true, data: { email } } });
    expect(JSON.stringify(me.body)).not.toContain("password");
    const login = await call("POST", "/api/auth/login", { body: { email: email.toUpperCase(), password: "rainbows over Shiojiri" } });
    expect(login).toMatchObject({ status: 200, body: { data: { expiresIn: 43_200, token: expect.any(String) } } });
  });

  it("keep passwords as argon2id", async () => {
    const { email } = await register();
    const { rows } = await database.query("SELECT password_hash FROM users WHERE email = $1", [email]);
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("refuse a second account for an address, however it is written", async () => {
    const { email } = await register();
    const answer = await call("POST", "/api/auth/register", { body: { email: email.toUpperCase(), password: "rainbows over Shiojiri", displayName: "Twin" } });
    expect(answer).toMatchObject({ status: 409, body: { success: false, error: { code: "email-taken" } } });
  });

  it("name every problem of a registration", async () => {
    const answer = await call("POST", "/api/auth/register", { body: { email: "nobody", password: "short", admin: true } });
    expect(answer.status).toBe(422);
    expect(answer.body.error.details.map(({ field }: { field: string }) => field)).toEqual(expect.arrayContaining(["email", "password", "displayName"]));
  });

  it("refuse a wrong password and an unknown address in the same words", async () => {
    const { email } = await register();
    const wrong = await call("POST", "/api/auth/login", { body: { email, password: "guess" } });
    const unknown = await call("POST", "/api/auth/login", { body: { email: "nobody@example.com", password: "guess" } });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual(unknown.body);
  });

  it("stop guessing after ten attempts", async () => {
    const { email } = await register();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await call("POST", "/api/auth/login", { body: { email, password: "guess" } })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  });

  it.each([undefined, "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])("refuse the token %s", async (token) => {
    expect(await call("GET", "/api/auth/me", token ? { token } : {})).toMatchObject({ status: 401, body: { error: { code: "not-logged-in" } } });
  });
});

describe("sightings", () => {
  const shiojiri = { lat: 36.11, lon: 137.95 };
  const sighting = (more: object = {}) => ({ ...shiojiri, seenAt: new Date().toISOString(), intensity: 4, ...more });

  beforeEach(async () => {
    await database.query("DELETE FROM sightings");
  });

  it("store one and read it back", async () => {
    const { token, id } = await register();
    const made = await call("POST", "/api/sightings", { token, body: sighting({ doubleBow: true, note: "高ボッチ高原から" }) });
    expect(made.status).toBe(201);
    const read = await call("GET", made.headers.get("location")!);
    expect(read.body.data).toEqual(made.body.data);
    expect(read.body.data).toMatchObject({ ...shiojiri, userId: id, doubleBow: true, note: "高ボッチ高原から" });
  });

  it("ask for a token and for sound values", async () => {
    expect((await call("POST", "/api/sightings", { body: sighting() })).status).toBe(401);
    const { token } = await register();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const answer = await call("POST", "/api/sightings", { token, body: sighting({ lat: 100, seenAt: tomorrow, intensity: 6 }) });
    expect(answer.body.error.details.map(({ field }: { field: string }) => field)).toEqual(["lat", "seenAt", "intensity"]);
  });

  it("list by pages, newest first, none twice and none left out", async () => {
    const { token } = await register();
    const now = Date.now();
    for (let hour = 0; hour < 7; hour += 1) {
      await call("POST", "/api/sightings", { token, body: sighting({ seenAt: new Date(now - Math.floor(hour / 2) * 3_600_000).toISOString() }) });
    }
    const seen: { id: string; seenAt: string }[] = [];
    let next: string | null = "";
    while (next !== null) {
      const { body }: Answer = await call("GET", `/api/sightings?limit=3${next ? `&before=${next}` : ""}`);
      seen.push(...body.data.sightings);
      next = body.data.next;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(7);
    expect(seen.map(({ seenAt }) => seenAt)).toEqual(seen.map(({ seenAt }) => seenAt).toSorted().toReversed());
  });

  it("find those nearby, nearest first, also across the 180th meridian", async () => {
    const { token } = await register();
    for (const [lat, lon] of [[36.11, 137.96], [36.2, 137.95], [36.6, 137.95]]) await call("POST", "/api/sightings", { token, body: sighting({ lat, lon }) });
    const near = await call("GET", "/api/sightings/nearby?lat=36.11&lon=137.95&radius_km=20");
    expect(near.body.data.sightings.map(({ distanceKm }: { distanceKm: number }) => distanceKm)).toEqual([expect.closeTo(0.9, 1), expect.closeTo(10, 0)]);

    await call("POST", "/api/sightings", { token, body: sighting({ lat: -17, lon: -179.99 }) });
    const across = await call("GET", "/api/sightings/nearby?lat=-17&lon=179.99&radius_km=5");
    expect(across.body.data.sightings).toHaveLength(1);
  });

  it("find those nearby by the index", async () => {
    const { id } = await register();
    await database.query(
      `INSERT INTO sightings (user_id, location, seen_at, intensity)
       SELECT $1, point(130 + random() * 15, 31 + random() * 14), now() - random() * interval '6 days', 3 FROM generate_series(1, 20000)`,
      [id],
    );
    await pgAnalyze();
    const { text, values } = nearbyQuery({ ...shiojiri, radiusKm: 20, since: new Date(Date.now() - 7 * 86_400_000), limit: 50 });
    const { rows } = await database.query(`EXPLAIN ${text}`, values);
    expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("sightings_location_idx");
  });

  it.each(["nearby?lat=&lon=1", "nearby?lat=1", "?limit=0", "?before=nonsense"])("refuse %s", async (path) => {
    expect((await call("GET", `/api/sightings${path.startsWith("?") ? "" : "/"}${path}`)).status).toBe(422);
  });

  it("know nothing of what is not there", async () => {
    expect((await call("GET", "/api/sightings/not-an-id")).status).toBe(404);
    expect((await call("GET", "/api/sightings/00000000-0000-4000-8000-000000000000")).status).toBe(404);
  });
});

async function pgAnalyze(): Promise<void> {
  const master = new pg.Client({ host: "127.0.0.1", port: databaseSettings.DB_PORT, user: "postgres", password: masterPassword, database: "shiojiri_rainbow" });
  await master.connect();
  await master.query("ANALYZE sightings");
  await master.end();
}

describe("predictions", () => {
  it("hand ml's answer on, with the caller's request id", async () => {
    let requestId: string | undefined;
    answerAsMl = (request, response) => {
      requestId = request.headers["x-request-id"] as string;
      response.setHeader("content-type", "application/json").end('{"probability":0.3}');
    };
    const answer = await call("POST", "/api/predictions", { body: { lat: 36.11 } });
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { probability: 0.3 } } });
    expect(requestId).toBe(answer.headers.get("x-request-id"));
  });

  it("hand ml's refusal on", async () => {
    answerAsMl = (_request, response) => {
      response.writeHead(422, { "content-type": "application/json" }).end('{"success":false,"error":{"code":"invalid","message":"lat: too big"}}');
    };
    expect(await call("POST", "/api/predictions", { body: {} })).toMatchObject({ status: 422, body: { error: { code: "invalid", message: "lat: too big" } } });
  });

  it("say clearly that ml is slow", async () => {
    answerAsMl = () => {};
    const answer = await call("POST", "/api/predictions", { body: {} });
    expect(answer).toMatchObject({ status: 503, body: { error: { code: "ml-unavailable", details: { reason: "timeout" } } } });
    expect(answer.headers.get("retry-after")).toBe("5");
  });

  it("say clearly that ml is broken", async () => {
    answerAsMl = (_request, response) => response.writeHead(502).end("bad gateway");
    expect(await call("POST", "/api/predictions", { body: {} })).toMatchObject({ status: 503, body: { error: { code: "ml-unavailable", details: { reason: "unreachable" } } } });
  });
});

describe("the root", () => {
  const get = (headers: Record<string, string>) => fetch(url, { headers });
  const answerWith = (predict: object, sky: object): RequestListener => (request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(request.url!.startsWith("/v1/sky") ? sky : predict));
  };

  it("is a signpost for programs, whatever they accept", async () => {
    for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }]) {
      const response = await get(headers);
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(((await response.json()) as any).data).toMatchObject({ version: "abc1234", paths: expect.arrayContaining(["api/predictions"]) });
    }
  });

  it("is a page for browsers that asks for nothing else, and says what ml found", async () => {
    let asked = "";
    const sky = { sun: { elevation: 10, azimuth: 230 }, gate: "open", look: { azimuth: 50, top_elevation: 32 }, windows: [{ from: "2026-11-24T01:00:00.000Z", to: "2026-11-24T02:00:00.000Z" }], path: [], usual_rate: 0.02 };
    const answer = answerWith({ probability: 0.123, gate: "open" }, sky);
    answerAsMl = (request, response) => {
      if (request.url!.startsWith("/v1/sky")) asked = request.url!;
      answer(request, response);
    };
    const response = await get({ accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    const text = await response.text();
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(new URL(asked, "http://ml").searchParams.get("from")).toMatch(/^\d{4}-\d\d-\d\dT00:00:00\+09:00$/);
    for (const said of ["12.3 %", "2.0 %", "10:00–11:00", "Look to 50°", "abc1234"]) expect(text).toContain(said);
    expect(text.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|<script|src=|@import|url\((?!#)/);
  });

  it("stays a page without ml, in the reader's language", async () => {
    answerAsMl = (_request, response) => response.writeHead(404).end("not of this version");
    const response = await get({ accept: "text/html", "accept-language": "ja,en;q=0.5" });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain('<html lang="ja">');
    expect(text).toContain("予測サービスが応答しません");
    expect(text).not.toContain("<svg");
  });
});

describe("operations", () => {
  it("are ready with ml's version, and without ml too", async () => {
    answerAsMl = (_request, response) => response.setHeader("content-type", "application/json").end('{"service":"ml","commit":"def5678"}');
    expect((await call("GET", "/ready")).body).toMatchObject({ status: "ready", version: "abc1234", checks: { database: { ok: true }, redis: { ok: true }, ml: { ok: true, version: "def5678" } } });
    answerAsMl = (_request, response) => response.writeHead(500).end();
    expect(await call("GET", "/ready")).toMatchObject({ status: 200, body: { status: "ready", checks: { ml: { ok: false, required: false } } } });
  });

  it("are alive and say their version and figures", async () => {
    expect((await call("GET", "/health")).body).toEqual({ status: "ok" });
    expect((await call("GET", "/version")).body).toEqual(version);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('route="/api/auth/login"');
  });

  it("answer what is not there, and what is not JSON, in the one shape", async () => {
    expect(await call("GET", "/api/unicorns")).toMatchObject({ status: 404, body: { success: false, error: { code: "not-found" } } });
    expect(await call("POST", "/api/predictions", { body: "{" })).toMatchObject({ status: 400, body: { success: false } });
  });
});

describe("the process", () => {
  it("still answers for a while after SIGTERM, then ends well", async () => {
    const free = createServer();
    const port = Number(new URL(await listen(free)).port);
    await new Promise((resolve) => free.close(resolve));
    const child = spawn(process.execPath, [fileURLToPath(new URL("../src/main.ts", import.meta.url))], {
      env: {
        ...process.env, NODE_ENV: "production", PORT: String(port), LOG_LEVEL: "silent", ...databaseSettings, DB_PORT: String(databaseSettings.DB_PORT), DB_USER: "rainbow_app", DB_PASSWORD: appPassword,
        REDIS_URL: `redis://127.0.0.1:${inject("redisPort")}`, JWT_SECRET: "a-secret-of-thirty-two-characters!", ML_URL: "http://127.0.0.1:1",
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exited = once(child, "exit");
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}/${path}`);
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(200), { timeout: 15_000, interval: 50 });
    child.kill("SIGTERM");
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(503), { timeout: 2000, interval: 20 });
    const late = await ask("api/sightings");
    expect(late.status).toBe(200);
    expect(late.headers.get("connection")).toBe("close");
    expect(await exited).toEqual([0, null]);
  }, 30_000);
});
