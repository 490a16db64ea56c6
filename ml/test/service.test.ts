// The service as it runs, with its real model, over HTTP.
import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ConfigurationError, readConfig } from "../src/config.ts";
import { runMl, version } from "./running-ml.ts";

const parity = JSON.parse(readFileSync(new URL("parity.json", import.meta.url), "utf8")) as {
  request: Record<string, unknown>;
  probability: number;
}[];
let stopping = false;
const { call, predict, lines, stop } = await runMl({ stopping: () => stopping });
afterAll(stop);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe("POST /v1/predict", () => {
  it.each(parity.map((entry) => [String(entry.request["at"]), entry] as const))(
    "answers as the trained model does for %s",
    async (_at, { request, probability }) => {
      const { status, body } = await predict(request);
      expect(status).toBe(200);
      expect(body.gate).toBe("open");
      // Features differ in the last float32 digits of the sun's position, which may cross a threshold of one tree.
      expect(Math.abs(body.probability - probability)).toBeLessThan(0.003);
    },
  );

  it("says where to look, and which model said it", async () => {
    const { body } = await predict({
      lat: 36.11,
      lon: 137.95,
      at: "2026-11-24T06:00:00Z",
      observation: { rain_mm: 0.4, sunshine_h: 0.3 },
    });
    expect(body).toMatchObject({
      gate: "open",
      site_calibrated: false,
      model: { version: expect.stringMatching(/^1\./), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(Math.abs(((body.look.azimuth - body.sun.azimuth + 360) % 360) - 180)).toBeLessThan(0.02);
    expect(body.missing_features).toContain("pressure_hpa");
    expect(body.times_usual).toBeGreaterThan(1);
  });

  it("does not ask the model at night", async () => {
    const { body } = await predict({
      lat: 36.11,
      lon: 137.95,
      at: "2026-11-24T15:00:00Z",
      observation: { rain_mm: 1 },
    });
    expect(body).toMatchObject({ gate: "night", probability: 0, times_usual: 0, look: null });
  });

  it.each([
    ["out of range", { lat: 91, lon: 0, at: "2026-11-24T06:00:00Z", observation: {} }, "lat"],
    ["an unknown field", { lat: 1, lon: 0, at: "2026-11-24T06:00:00Z", observation: { rain: 1 } }, "rain"],
    ["no time zone", { lat: 1, lon: 0, at: "2026-11-24T06:00:00", observation: {} }, "at"],
    [
      "a lead that was not trained",
      { lat: 1, lon: 0, at: "2026-11-24T06:00:00Z", lead_h: 4, observation: {} },
      "lead_h",
    ],
    [
      "one hour twice",
      { lat: 1, lon: 0, at: "2026-11-24T06:00:00Z", observation: {}, history: [{ hours_ago: 1 }, { hours_ago: 1 }] },
      "history",
    ],
  ])("refuses %s and names the field", async (_what, body, field) => {
    const answer = await predict(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      success: false,
      error: { code: "invalid", message: expect.stringContaining(field) },
    });
  });

  it("refuses what is not JSON", async () => {
    const { status, body } = await call("POST", "/v1/predict", "{");
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, error: { code: "malformed" } });
  });

  it("refuses what says that it is not JSON, and what is too much", async () => {
    const other = await call("POST", "/v1/predict", "lat=1", { "content-type": "application/x-www-form-urlencoded" });
    expect(other).toMatchObject({ status: 415, body: { error: { code: "unsupported-media-type" } } });
    const large = await call("POST", "/v1/predict", { lat: "1".repeat(70_000) });
    expect(large).toMatchObject({ status: 413, body: { error: { code: "too-large" } } });
  });
});

describe("GET /v1/sky", () => {
  const ask = (query: string) => call("GET", `/v1/sky?${query}`);

  it("says where the sun stands, where to look, and when a bow is possible", async () => {
    const { status, body } = await ask("lat=36.11&lon=137.95&at=2026-11-24T06:00:00Z&from=2026-11-24T00:00:00%2B09:00");
    expect(status).toBe(200);
    expect(body).toMatchObject({ gate: "open", usual_rate: expect.closeTo(0.019, 3) });
    expect(body.look.azimuth).toBeCloseTo((body.sun.azimuth + 180) % 360, 1);
    expect(body.windows).toHaveLength(1);
    expect(body.path).toHaveLength(289);
    expect(body.path[0].at).toBe("2026-11-23T15:00:00.000Z");
  });

  it("answers as predict does at the same time", async () => {
    const { body } = await ask("lat=36.11&lon=137.95&at=2026-11-24T05:30:00Z");
    const { body: prediction } = await predict({
      lat: 36.11,
      lon: 137.95,
      at: "2026-11-24T05:00:00Z",
      lead_h: 1,
      observation: {},
    });
    expect(body.sun).toEqual(prediction.sun);
    expect(body.look).toEqual(prediction.look);
  });

  it.each([
    ["lat=91&lon=0&at=2026-11-24T06:00:00Z", "lat"],
    ["lat=&lon=0&at=2026-11-24T06:00:00Z", "lat"],
    ["lat=1&lon=0", "at"],
    ["lat=1&lon=0&at=2026-11-24T06:00:00Z&when=now", "when"],
  ])("refuses %s and names the field", async (query, field) => {
    const { status, body } = await ask(query);
    expect(status).toBe(422);
    expect(JSON.stringify(body.error)).toContain(field);
  });
});

describe("GET /v1/windows", () => {
  const ask = (query: string) => call("GET", `/v1/windows?${query}`);
  const here = "lat=36.11&lon=137.95";

  it("has the windows of each day as /v1/sky has them, also where the clocks change", async () => {
    for (const [place, from] of [
      [here, "2026-11-24T00:00:00+09:00"],
      ["lat=52.1&lon=5.18", "2026-10-22T00:00:00+02:00"],
      ["lat=69.6&lon=18.9", "2026-05-15T00:00:00+02:00"],
    ] as const) {
      const { status, body } = await ask(`${place}&from=${encodeURIComponent(from)}`);
      expect(status).toBe(200);
      const days: { from: string; to: string }[] = [];
      for (let day = 0; day < 7; day += 1) {
        const start = new Date(Date.parse(from) + day * 86_400_000).toISOString();
        const { body: sky } = await call("GET", `/v1/sky?${place}&at=${start}&from=${start}`);
        for (const window of sky.windows) {
          // A window that lasts over midnight is one here, and one on each day there.
          if (days.at(-1)?.to === window.from) (days.at(-1) as { to: string }).to = window.to;
          else days.push(window);
        }
      }
      expect(body.windows).toEqual(days);
    }
  });

  it.each([
    [`${here}&from=2026-11-24T00:00:00Z&days=0`, "days"],
    [`${here}&from=2026-11-24T00:00:00Z&days=15`, "days"],
    [`${here}&from=2026-11-24T00:00:00Z&days=1.5`, "days"],
    [`${here}`, "from"],
    [`lat=91&lon=0&from=2026-11-24T00:00:00Z`, "lat"],
  ])("refuses %s and names the field", async (query, field) => {
    const { status, body } = await ask(query);
    expect(status).toBe(422);
    expect(JSON.stringify(body.error)).toContain(field);
  });
});

describe("operations", () => {
  it("is healthy, ready by its golden vectors, and says its version", async () => {
    expect((await call("GET", "/health")).body).toEqual({ status: "ok" });
    expect((await call("GET", "/ready")).body).toMatchObject({
      status: "ready",
      version: "abc1234",
      checks: { model: { ok: true } },
    });
    expect((await call("GET", "/version")).body).toEqual(version);
  });

  it("is not ready while it stops", async () => {
    stopping = true;
    expect((await call("GET", "/ready")).status).toBe(503);
    stopping = false;
  });

  it("counts requests by route, never by path", async () => {
    await call("GET", "/nothing-here");
    const { text } = await call("GET", "/metrics");
    expect(text).toContain('route="/v1/predict",status="200"');
    expect(text).toContain('route="unmatched",status="404"');
    expect(text).not.toContain("nothing-here");
  });

  it("names the methods that a path takes", async () => {
    const { status, headers } = await call("OPTIONS", "/v1/predict");
    expect({ status, allow: headers["allow"] }).toEqual({ status: 204, allow: "POST" });
    expect(await call("DELETE", "/v1/predict")).toMatchObject({
      status: 405,
      headers: { allow: "POST" },
      body: { success: false, error: { code: "method-not-allowed" } },
    });
    expect(await call("GET", "/v1/unicorns")).toMatchObject({ status: 404, body: { error: { code: "not-found" } } });
  });

  it("carries the request id through", async () => {
    const { headers } = await call("GET", "/health", undefined, { "x-request-id": "night-42" });
    expect(headers["x-request-id"]).toBe("night-42");
  });

  it("logs the caller's trace, or one of its own", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const logged = async (traceparent: string) => {
      await call("GET", "/version", undefined, { traceparent, "x-request-id": "night-43" });
      return JSON.parse(lines.findLast((line) => line.includes("night-43")) ?? "{}") as Record<string, unknown>;
    };
    const line = await logged(`00-${traceId}-00f067aa0ba902b7-01`);
    expect(line).toMatchObject({ requestId: "night-43", traceId, path: "/version", status: 200 });
    expect(line["spanId"]).toMatch(/^(?!00f067aa0ba902b7)[0-9a-f]{16}$/);
    for (const wrong of ["", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `00-${traceId}-${"0".repeat(16)}-01`, traceId])
      expect((await logged(wrong))["traceId"]).toMatch(new RegExp(`^(?!${traceId})(?!0{32})[0-9a-f]{32}$`));
  });
});

describe("the process", () => {
  it("still answers for a while after SIGTERM, then ends well", async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [fileURLToPath(new URL("../src/main.ts", import.meta.url))], {
      // With a shadow model that is not there, which must not matter.
      env: {
        ...process.env,
        NODE_ENV: "production",
        PORT: String(port),
        LOG_LEVEL: "silent",
        SHADOW_MODEL: "/nowhere/shadow.onnx",
        SHADOW_MODEL_SHA256: "0".repeat(64),
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exited = once(child, "exit");
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}/${path}`);
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(200), { timeout: 15_000, interval: 50 });
    expect(await (await ask("metrics")).text()).toContain("ml_shadow_loaded 0");
    expect((await ask("health")).headers.get("keep-alive")).toBe("timeout=75");
    child.kill("SIGTERM");
    await vi.waitFor(async () => expect((await ask("ready")).status).toBe(503), { timeout: 15_000, interval: 20 });
    const late = await ask("v1/model");
    expect(late.status).toBe(200);
    expect(late.headers.get("connection")).toBe("close");
    expect(await exited).toEqual([0, null]);
  }, 30_000);
});

describe("readConfig", () => {
  it("names every problem at once", () => {
    expect(() => readConfig({ PORT: "70000", LOG_LEVEL: "loud" })).toThrow(ConfigurationError);
    expect(() => readConfig({ PORT: "70000", LOG_LEVEL: "loud", SHADOW_MODEL: "new.onnx" })).toThrow(
      /PORT[\s\S]*LOG_LEVEL[\s\S]*SHADOW_MODEL_SHA256/,
    );
  });

  it("takes an empty setting for none", () => {
    expect(readConfig({ SHADOW_MODEL: "", SHADOW_MODEL_SHA256: "", SITE_CALIBRATION: "" })).toMatchObject({
      PORT: 5000,
    });
  });
});
