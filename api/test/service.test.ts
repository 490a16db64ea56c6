// Predictions, the signpost, what operates the service, and how its process ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { listen, runApi, version } from "./running-api.ts";

const { url, ml, environment, call, stop } = await runApi("service");
afterAll(stop);

describe("predictions", () => {
  it("hand ml's answer on, and the request's ids to ml", async () => {
    let asked: IncomingHttpHeaders = {};
    ml.answer = (request, response) => {
      asked = request.headers;
      response.setHeader("content-type", "application/json").end('{"probability":0.3}');
    };
    const answer = await call("POST", "/api/predictions", { body: { lat: 36.11 } });
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { probability: 0.3 } } });
    expect(asked["x-request-id"]).toBe(answer.headers.get("x-request-id"));
    expect(asked["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(asked["tracestate"]).toBeUndefined();
  });

  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const parent = `00-${traceId}-00f067aa0ba902b7-01`;
  const balancer = "Self=1-1-1;Root=1-67891233-abcdef012345678912345678";
  it.each([
    [
      "the caller's trace",
      { traceparent: parent, tracestate: "rojo=00f067aa0ba902b7" },
      [traceId, "01", "rojo=00f067aa0ba902b7"],
    ],
    ["one that nobody records", { traceparent: parent.replace(/1$/, "2") }, [traceId, "00", undefined]],
    ["one of a later version", { traceparent: `${parent.replace(/^00/, "cc")}-more` }, [traceId, "01", undefined]],
    [
      "the caller's before the load balancer's",
      { traceparent: parent, "x-amzn-trace-id": balancer },
      [traceId, "01", undefined],
    ],
    ["the load balancer's", { "x-amzn-trace-id": balancer }, ["67891233abcdef012345678912345678", "00", undefined]],
    [
      "a trace without a state that is too long to be one",
      { traceparent: parent, tracestate: "x".repeat(513) },
      [traceId, "01", undefined],
    ],
  ])("continue %s", async (_name, headers, [id, flags, state]) => {
    let asked: IncomingHttpHeaders = {};
    ml.answer = (request, response) => {
      asked = request.headers;
      response.setHeader("content-type", "application/json").end('{"probability":0.3}');
    };
    await call("POST", "/api/predictions", { body: { lat: 36.11 }, headers: headers as Record<string, string> });
    const [, traceOfMl, spanOfMl, flagsOfMl] = asked["traceparent"]?.toString().split("-") ?? [];
    expect([traceOfMl, flagsOfMl, asked["tracestate"]]).toEqual([id, flags, state]);
    expect(spanOfMl).not.toBe("00f067aa0ba902b7");
  });

  it.each([
    ["no trace", parent.replace(traceId, "0".repeat(32))],
    ["no parent", parent.replace("00f067aa0ba902b7", "0".repeat(16))],
    ["a version that is none", parent.replace(/^00/, "ff")],
    ["more than version 00 has", `${parent}-more`],
    ["capital letters", parent.toUpperCase()],
    ["two", `${parent}, ${parent}`],
    ["a text", "\\nlevel=50"],
  ])("begin a trace where the caller's header has %s", async (_name, traceparent) => {
    let asked: IncomingHttpHeaders = {};
    ml.answer = (request, response) => {
      asked = request.headers;
      response.setHeader("content-type", "application/json").end('{"probability":0.3}');
    };
    await call("POST", "/api/predictions", { body: { lat: 36.11 }, headers: { traceparent, tracestate: "a=b" } });
    expect(asked["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(asked["traceparent"]).not.toContain(traceId);
    expect(asked["tracestate"]).toBeUndefined();
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
    expect((await ask("health")).headers.get("keep-alive")).toBe("timeout=75");
    child.kill("SIGTERM");
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(503), { timeout: 15_000, interval: 20 });
    const late = await ask("api/sightings");
    expect([late.status, late.headers.get("connection")]).toEqual([200, "close"]);
    expect(await exited).toEqual([0, null]);
  }, 30_000);
});
