// Predictions, the page, what operates the service, and how its process ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { listen, runApi, version } from "./running-api.ts";

const { url, ml, environment, call, stop } = await runApi("service");
afterAll(stop);

describe("predictions", () => {
  it("hand ml's answer on, with the caller's request id", async () => {
    let requestId: string | undefined;
    ml.answer = (request, response) => {
      requestId = request.headers["x-request-id"] as string;
      response.setHeader("content-type", "application/json").end('{"probability":0.3}');
    };
    const answer = await call("POST", "/api/predictions", { body: { lat: 36.11 } });
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { probability: 0.3 } } });
    expect(requestId).toBe(answer.headers.get("x-request-id"));
  });

  it("hand ml's refusal on", async () => {
    ml.answer = (_request, response) => {
      response
        .writeHead(422, { "content-type": "application/json" })
        .end('{"success":false,"error":{"code":"invalid","message":"lat: too big"}}');
    };
    expect(await call("POST", "/api/predictions", { body: {} })).toMatchObject({
      status: 422,
      body: { error: { code: "invalid", message: "lat: too big" } },
    });
  });

  it("say clearly that ml is slow", async () => {
    ml.answer = () => {};
    const answer = await call("POST", "/api/predictions", { body: {} });
    expect(answer).toMatchObject({
      status: 503,
      body: { error: { code: "ml-unavailable", details: { reason: "timeout" } } },
    });
    expect(answer.headers.get("retry-after")).toBe("5");
  });

  it("say clearly that ml is broken", async () => {
    ml.answer = (_request, response) => response.writeHead(502).end("bad gateway");
    expect(await call("POST", "/api/predictions", { body: {} })).toMatchObject({
      status: 503,
      body: { error: { code: "ml-unavailable", details: { reason: "unreachable" } } },
    });
  });
});

describe("the root", () => {
  const get = (headers: Record<string, string>) => fetch(url, { headers });
  const answerWith =
    (predict: object, sky: object): RequestListener =>
    (request, response) => {
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify(request.url!.startsWith("/v1/sky") ? sky : predict));
    };

  it("is a signpost for programs, whatever they accept", async () => {
    for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }]) {
      const response = await get(headers);
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(((await response.json()) as any).data).toMatchObject({
        version: "abc1234",
        paths: expect.arrayContaining(["api/predictions"]),
      });
    }
  });

  it("is a page for browsers that asks for nothing else, and says what ml found", async () => {
    let asked = "";
    const sky = {
      sun: { elevation: 10, azimuth: 230 },
      gate: "open",
      look: { azimuth: 50, top_elevation: 32 },
      windows: [{ from: "2026-11-24T01:00:00.000Z", to: "2026-11-24T02:00:00.000Z" }],
      path: [],
      usual_rate: 0.02,
    };
    const answer = answerWith({ probability: 0.123, gate: "open" }, sky);
    ml.answer = (request, response) => {
      if (request.url!.startsWith("/v1/sky")) asked = request.url!;
      answer(request, response);
    };
    const response = await get({ accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    const text = await response.text();
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(new URL(asked, "http://ml").searchParams.get("from")).toMatch(/^\d{4}-\d\d-\d\dT00:00:00\+09:00$/);
    for (const said of ["12.3 %", "2.0 %", "10:00–11:00", "Look to 50°", "abc1234"]) expect(text).toContain(said);
    expect(text.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|<script|src=|@import|url\((?!#)/,
    );
  });

  it("stays a page without ml, in the reader's language", async () => {
    ml.answer = (_request, response) => response.writeHead(404).end("not of this version");
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
    ml.answer = (_request, response) =>
      response.setHeader("content-type", "application/json").end('{"service":"ml","commit":"def5678"}');
    expect((await call("GET", "/ready")).body).toMatchObject({
      status: "ready",
      version: "abc1234",
      checks: { database: { ok: true }, redis: { ok: true }, ml: { ok: true, version: "def5678" } },
    });
    ml.answer = (_request, response) => response.writeHead(500).end();
    expect(await call("GET", "/ready")).toMatchObject({
      status: 200,
      body: { status: "ready", checks: { ml: { ok: false, required: false } } },
    });
  });

  it("are alive and say their version and figures", async () => {
    expect((await call("GET", "/health")).body).toEqual({ status: "ok" });
    expect((await call("GET", "/version")).body).toEqual(version);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('route="/version",status="200"');
  });

  it("answer what is not there, and what is not JSON, in the one shape", async () => {
    expect(await call("GET", "/api/unicorns")).toMatchObject({
      status: 404,
      body: { success: false, error: { code: "not-found" } },
    });
    expect(await call("POST", "/api/predictions", { body: "{" })).toMatchObject({
      status: 400,
      body: { success: false },
    });
  });
});

describe("the process", () => {
  it("still answers for a while after SIGTERM, then ends well", async () => {
    const free = createServer();
    const address = await listen(free);
    await new Promise((resolve) => free.close(resolve));
    const child = spawn(process.execPath, [fileURLToPath(new URL("../src/main.ts", import.meta.url))], {
      env: { ...process.env, ...environment, NODE_ENV: "production", PORT: new URL(address).port, LOG_LEVEL: "silent" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exited = once(child, "exit");
    const ask = (path: string) => fetch(`${address}/${path}`);
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(200), { timeout: 15_000, interval: 50 });
    child.kill("SIGTERM");
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(503), { timeout: 2000, interval: 20 });
    const late = await ask("api/sightings");
    expect([late.status, late.headers.get("connection")]).toEqual([200, "close"]);
    expect(await exited).toEqual([0, null]);
  }, 30_000);
});
