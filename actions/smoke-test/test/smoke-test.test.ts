import { readFileSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { percentile } from "../src/check-response.ts";
import { inTurn, json, Service, smokeTest } from "./service.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

let service: Service | undefined;
afterEach(() => service?.stop());

async function test(listener: RequestListener, inputs: Record<string, string> = {}) {
  service?.stop();
  service = await Service.start(listener);
  return smokeTest({ url: `${service.url}app`, timeout: "20", ...inputs });
}

const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(code, headers).end(`body of ${code}`);
const hangUp: RequestListener = (request) => request.socket.destroy();

describe("the expected version", () => {
  it("is awaited for the required number of consecutive responses, then the revision is marked", async () => {
    // Old and new tasks respond alternately while the old ones drain.
    let requests = 0;
    const rolling: RequestListener = (request, response) =>
      json({ commit: (requests += 1) > 5 || requests % 2 === 0 ? "new" : "old" })(request, response);
    const { error, outputs, tags, log } = await test(rolling, {
      "expect-version": "new",
      "consecutive-versions": "30",
      "task-definition-arn": "arn:aws:ecs:r:1:task-definition/api:2",
    });
    expect(error).toBeUndefined();
    expect(requests).toBeGreaterThanOrEqual(35);
    expect(outputs).toEqual({ passed: true, failures: [] });
    expect(tags).toMatchObject({
      "deploy:version": "new",
      "deploy:commit": "abc",
      "deploy:run": "https://example.com/run/1",
    });
    expect(log.join("\n")).toMatch(
      /✓ \/version \(commit = "new"\): 30 consecutive responses.*; before that "old" responded \d+ times/,
    );
  });

  it("is reported with the version that responds instead; no other check runs, nothing is marked", async () => {
    const { error, outputs, tags, waited } = await test(json({ commit: "old" }), {
      "expect-version": "new",
      checks: "- path: ready",
      "task-definition-arn": "arn",
    });
    expect(error!.message).toMatch(
      /commit is "old" instead of "new" \(\d+ requests in 20 s; "old" responded \d+ times\)/,
    );
    expect(outputs).toMatchObject({
      passed: false,
      failures: [{ check: expect.stringContaining("/version"), expected: "new", found: '"old"' }],
    });
    expect(tags).toBeUndefined();
    expect(waited).toBeGreaterThanOrEqual(20_000);
    // Each with a query of its own, which no cache has a response for.
    const urls = service!.requests.map(({ url }) => url);
    expect(new Set(urls.map((url) => url.split("?")[0]))).toEqual(new Set(["/app/version"]));
    expect(new Set(urls).size).toBe(urls.length);
  });

  it("is read from the configured path", async () => {
    const inputs = {
      "expect-version": "new",
      "version-path": "/ready",
      "version-json": "checks.ml.version",
      "consecutive-versions": "2",
    };
    expect((await test(json({ checks: { ml: { version: "new" } } }), inputs)).error).toBeUndefined();
    expect(service!.requests[0]!.url).toMatch(/^\/app\/ready\?smoke-test=[\da-f]{8}-0$/);
    expect((await test(json({ checks: {} }), inputs)).error!.message).toContain(
      'checks.ml.version is missing instead of "new"',
    );
  });

  it.each<[string, RequestListener, string, number]>([
    // Once with a query, which a router may not accept, and once without.
    ["a missing page", status(404), "status 404 instead of 200: body of 404", 2],
    ["a page that is not JSON", (_request, response) => response.end("<html>"), "the response is not JSON: <html>", 2],
    ["an internal error", status(500), "status 500", 1],
  ])("is not awaited after %s", async (_case, listener, problem, requests) => {
    const { error, waited } = await test(listener, { "expect-version": "new" });
    expect(error!.message).toContain(problem);
    expect([service!.requests.length, waited]).toEqual([requests, 0]);
  });

  it("is awaited while tasks start: connection cut, 502, 503, old version", async () => {
    const starting = inTurn(hangUp, status(502), status(503), json({ commit: "old" }), json({ commit: "new" }));
    expect((await test(starting, { "expect-version": "new", "consecutive-versions": "10" })).error).toBeUndefined();
    expect(starting.requests).toBe(14);
  });
});

describe("checks", () => {
  it("compare JSON, send bodies and headers, accept other statuses, relative to the path of the URL", async () => {
    const listener: RequestListener = (request, response) =>
      (request.method === "POST"
        ? json({ success: false }, 422)
        : json({ checks: { ml: { ok: true } }, items: [{ id: 5, "a.b": null }] }))(request, response);
    const checks = `
      - path: ready
        json: { checks.ml.ok: true, "$.items[0].id": 5, 'items[0]["a.b"]': null, items: [{ id: 5, a.b: null }] }
      - path: /api/predictions
        method: POST
        headers: { X-Trace: 7 }
        body: { lat: 36.11 }
        status: [400, 422]
        json: { success: false }
      - { path: text, method: POST, body: "plain, as it is", status: 422 }`;
    expect((await test(listener, { checks, consecutive: "1" })).error).toBeUndefined();
    const posts = service!.requests.filter(({ method }) => method === "POST");
    expect(posts.map(({ url, body }) => [url, body]).toSorted()).toEqual([
      ["/app/api/predictions", '{"lat":36.11}'],
      ["/app/text", "plain, as it is"],
    ]);
    expect(posts.find(({ url }) => url.includes("api"))!.headers).toMatchObject({
      "x-trace": "7",
      "content-type": "application/json",
    });
  });

  it("compare headers, texts and the target of a redirect", async () => {
    const listener: RequestListener = (_request, response) =>
      response
        .writeHead(301, {
          location: "https://other.example.com/",
          "strict-transport-security": "max-age=63072000",
          "set-cookie": ["a=1", "b=2"],
        })
        .end("moved to a rainbow");
    const passing = `
      - path: x
        redirect: https://other.example.com/
        text: [moved, rainbow]
        response-headers: { Strict-Transport-Security: max-age, set-cookie: b=2 }`;
    expect((await test(listener, { checks: passing })).error).toBeUndefined();
    const failing = `
      - path: x
        redirect: https://rainbow.example.com/
        text: snow
        response-headers: { x-frame-options: DENY, set-cookie: c=3 }`;
    const { outputs } = await test(listener, { checks: failing });
    expect(outputs.failures.map(({ expected, found }) => [expected, found])).toEqual([
      ["DENY", "missing"],
      ["c=3", "a=1, b=2"],
      ["https://rainbow.example.com/", "https://other.example.com/"],
      ["snow", "moved to a rainbow"],
    ]);
  });

  it("must pass several times in a row; a transient failure restarts the count", async () => {
    const flaky = inTurn(json({}), status(503), json({}), hangUp, json({}), json({}), json({}));
    expect((await test(flaky, { checks: "- path: ready" })).error).toBeUndefined();
    expect(flaky.requests).toBe(7);
  });

  it.each<[string, RequestListener, string, number]>([
    ["a wrong value", json({ ok: false }), "ok is false instead of true", 1],
    ["a client error", status(404), "status 404", 1],
    ["a response that is not JSON", status(200), "not JSON", 1],
    ["a redirect that is not followed", status(302, { location: "/login" }), "status 302", 1],
    ["a server error", status(500), "status 500", 1],
    ["a service that stays unavailable", status(503), "status 503", 6],
    ["a connection that is always cut", hangUp, "no response (socket hang up)", 6],
  ])(
    "fail at once on a permanent failure, and at the timeout on a transient one: %s",
    async (_case, listener, problem, minimumRequests) => {
      const { error, outputs, waited } = await test(listener, { checks: "- { path: ready, json: { ok: true } }" });
      expect(error!.message).toContain(problem);
      expect(outputs.failures).toHaveLength(1);
      expect(service!.requests.length).toBeGreaterThanOrEqual(minimumRequests);
      if (minimumRequests === 1) expect([service!.requests.length, waited]).toEqual([1, 0]);
      else expect(waited).toBeLessThanOrEqual(20_000);
    },
  );

  it("honour Retry-After", async () => {
    const busy = inTurn(status(429, { "retry-after": "7" }), json({}));
    const { error, waited } = await test(busy, { checks: "- path: ready", consecutive: "1" });
    expect([error, waited]).toEqual([undefined, 7000]);
  });

  it("report an unknown host name, and a closed port after retries", async () => {
    const unknown = await smokeTest({ url: "http://nowhere.invalid/", timeout: "20" });
    expect(unknown.error!.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
    const stopped = await Service.start(json({}));
    const { url } = stopped;
    stopped.stop();
    const { error, waited } = await smokeTest({ url, timeout: "20" });
    expect(error!.message).toContain("ECONNREFUSED");
    expect(waited).toBeGreaterThan(10_000);
  });

  it("can be warnings only, which do not fail the step", async () => {
    const listener: RequestListener = (request, response) =>
      json({}, request.url!.endsWith("optional") ? 404 : 200)(request, response);
    const { error, outputs, annotations, tags } = await test(listener, {
      checks: "- { path: optional, warn-only: true }\n- path: required",
      "task-definition-arn": "arn",
    });
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ passed: true, failures: [{ check: "/optional", warning: true }] });
    expect(annotations).toEqual([["warning", "Smoke test: /optional", "status 404 instead of 200: {}"]]);
    expect(tags).toBeDefined();
    const all = await test(listener, { checks: "- path: optional", "warn-only": "true" });
    expect(all.error).toBeUndefined();
  });

  it("measure response times over the given number of requests", async () => {
    const slow: RequestListener = (_request, response) => setTimeout(() => response.end("{}"), 40);
    const { error, outputs } = await test(slow, {
      consecutive: "1",
      checks: [
        "- { path: fast, response-time: { percentile: 50, max-ms: 20, requests: 5 } }",
        "- { path: slow, response-time: { percentile: 95, max-ms: 5000, requests: 5 } }",
      ].join("\n"),
    });
    expect(error!.message).toMatch(/p50 of 5 requests is \d+ ms; max-ms allows 20 ms/);
    expect(outputs.failures).toMatchObject([
      { check: "/fast", expected: "p50 ≤ 20 ms", found: expect.stringMatching(/^\d+ ms$/) },
    ]);
    expect(service!.requests.filter(({ url }) => url === "/app/fast")).toHaveLength(6);
    expect([
      percentile([5, 1, 3, 2, 4], 50),
      percentile([5, 1, 3, 2, 4], 95),
      percentile([7], 1),
      percentile([1, 2], 100),
    ]).toEqual([3, 5, 7, 2]);
  });

  it("measure response times under load, with so many requests at a time and no more", async () => {
    let inFlight = 0;
    let most = 0;
    const counting: RequestListener = (_request, response) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      setTimeout(() => {
        inFlight -= 1;
        response.end("{}");
      }, 10);
    };
    const load = "{ max-ms: 5000, requests: 40, concurrency: 8 }";
    const passed = await test(counting, { consecutive: "1", checks: `- { path: a, response-time: ${load} }` });
    expect(passed.error).toBeUndefined();
    expect(most).toBe(8);
    expect(service!.requests).toHaveLength(41);
    expect(passed.log.join("\n")).toMatch(/p95 of 40 requests, 8 at a time: \d+ ms, \d+ responses per second/);
    const slow = await test(counting, {
      consecutive: "1",
      checks: "- { path: a, response-time: { max-ms: 5, requests: 40, concurrency: 8 } }",
    });
    expect(slow.error!.message).toMatch(
      /p95 of 40 requests, 8 at a time is \d+ ms; max-ms allows 5 ms\. The fastest took \d+ ms: .*distance/,
    );
  });

  it("fail under load as soon as one request fails, and send no more", async () => {
    let requests = 0;
    const breaking: RequestListener = (_request, response) =>
      response.writeHead((requests += 1) < 30 ? 200 : 503).end("{}");
    const { error } = await test(breaking, {
      consecutive: "1",
      checks: "- { path: a, response-time: { max-ms: 5000, requests: 500, concurrency: 5 } }",
    });
    expect(error!.message).toMatch(/status 503 instead of 200: {} \(request \d+ of 500 for the response time\)/);
    expect(requests).toBeLessThan(40);
  });

  it("are listed in a table with expected and found values; each failure is annotated", async () => {
    const file = join(makeTestFolder("smoke-"), "summary");
    writeFileSync(file, "");
    process.env["GITHUB_STEP_SUMMARY"] = file;
    const { annotations } = await test(json({ ok: "a|b" }), {
      checks: "- { name: first, path: x }\n- { name: second, path: y, json: { ok: true } }",
    }).finally(() => delete process.env["GITHUB_STEP_SUMMARY"]);
    const summary = readFileSync(file, "utf8");
    expect(summary).toMatch(/^### ❌ Smoke test of http:<wbr>\/\/127\S+ failed, 1 of 2 checks\n/);
    expect(summary).toMatch(
      /<td>✅<\/td><td><code>first<\/code><\/td><td>3<\/td><td>\d+\u00A0ms<\/td><td>\d+\u00A0ms<\/td><td>as expected<\/td>/,
    );
    expect(summary).toMatch(
      /<td>❌<\/td><td><code>second<\/code><\/td><td>1<\/td><td>\d+\u00A0ms<\/td><td>\d+\u00A0ms<\/td><td>ok is "a&#124;b" instead of true<\/td>/,
    );
    expect(annotations).toEqual([["error", "Smoke test: second", 'ok is "a|b" instead of true']]);
  });

  it("of more kinds than the runner keeps annotations are all in the last one, and in short whatever a service says", async () => {
    const paths = Array.from({ length: 30 }, (_, index) => `- { path: p${index}, json: { a: 1 } }`);
    const { annotations, error } = await test(json({ a: "x\n".repeat(100_000) }), { checks: paths.join("\n") });
    expect(annotations).toHaveLength(9);
    expect(error!.message.split("\n")).toHaveLength(31);
    for (const [, , problem] of annotations) expect(problem.length).toBeLessThan(500);
  });

  it("of a version that is another one each time name a few", async () => {
    let count = 0;
    const listener: RequestListener = (request, response) => json({ commit: `${(count += 1)}` })(request, response);
    const { error } = await test(listener, { "expect-version": "x", timeout: "5" });
    expect(error!.message).toMatch(/"5" responded 1 times, and \d+ other versions\)$/);
  });

  it("default to health", async () => {
    expect((await test(json({}))).error).toBeUndefined();
    expect(service!.requests.map(({ url }) => url)).toEqual(Array.from({ length: 3 }, () => "/app/health"));
  });
});
