// A cache in front of the service: what it has kept is not what runs.
import { readFileSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { sourceOf } from "../src/cache.ts";
import { Cdn, tellings, type CdnOptions, type Task } from "./cdn.ts";
import { inTurn, Service, smokeTest } from "./service.ts";

const task = (commit: string): Task => ({ body: JSON.stringify({ commit }) });
const [old, fresh] = [task("old"), task("new")];
/** From before the service reported its version. */
const bare: Task = { body: "{}" };

let service: Service | undefined;
afterEach(() => {
  service?.stop();
  vi.unstubAllEnvs();
});

async function testBehind(cdn: Cdn, inputs: Record<string, string>) {
  service = await Service.start(cdn.listener);
  return smokeTest({ url: service.url, timeout: "5", ...inputs });
}

const telling = (Object.keys(tellings) as (keyof typeof tellings)[]).filter((name) => name !== "nothing");

describe("the version", () => {
  it.each(telling)("is not believed from a cache that ignores the query: %s", async (tells) => {
    const clock = simulatedClock();
    const cdn = new Cdn([fresh, old, old], { key: "path", honoursNoCache: false, tells, now: clock.now });
    const { error, log } = await smokeTest(
      { url: "http://192.0.2.1/", timeout: "5", "expect-version": "new" },
      { send: cdn.send, clock },
    );
    expect(cdn.forwarded).toBe(1);
    expect(log.filter((line) => line.includes("a cache responded"))).toHaveLength(1);
    expect(error?.message).toMatch(
      /a cache responded instead of the service \([^)]+\); send the requests to the load balancer itself/,
    );
  });

  it.each([...telling, "nothing"] as const)("is asked past a cache whose key has the query: %s", async (tells) => {
    const inputs = { "expect-version": "new", "consecutive-versions": "40" };
    const mixed = new Cdn([fresh, fresh, old], { key: "url", honoursNoCache: false, tells });
    expect((await testBehind(mixed, inputs)).error?.message).toMatch(/"old" responded \d+ times/);
    service?.stop();
    const replaced = new Cdn([fresh, fresh, fresh], { key: "url", honoursNoCache: false, tells });
    expect((await testBehind(replaced, inputs)).error).toBeUndefined();
    expect(replaced.forwarded).toBe(replaced.requests);
  });

  it("is asked past a cache that honours cache-control", async () => {
    const cdn = new Cdn([old, fresh], { key: "path", honoursNoCache: true, tells: "nothing" });
    expect((await testBehind(cdn, { "expect-version": "new" })).error?.message).toContain('"old" responded');
    expect(cdn.forwarded).toBe(cdn.requests);
  });

  it("passes after one more request if the cache may have answered within its first second", async () => {
    const clock = simulatedClock();
    const passedOn = new Cdn([{ ...fresh, headers: { age: "0" } }], {
      key: "url",
      honoursNoCache: true,
      tells: "nothing",
    });
    const inputs = { url: "http://192.0.2.1/", "expect-version": "new" };
    const { error, waited } = await smokeTest(inputs, { send: passedOn.send, clock });
    expect([error, passedOn.forwarded, waited]).toEqual([undefined, 101, 2000]);
  });

  it.each<[string, RequestListener]>([
    ["an error", (_request, response) => response.writeHead(404).end()],
    ["another error", (_request, response) => response.writeHead(400).end("unknown parameter")],
    ["a redirect", (_request, response) => response.writeHead(301, { location: "/version" }).end()],
    ["a page", (_request, response) => response.end("<html>")],
    ["other JSON", (_request, response) => response.end('{"hello":"world"}')],
  ])(
    "is asked without the query of a service that does not accept it, and responds with %s",
    async (_case, listener) => {
      service = await Service.start((request, response) =>
        request.url === "/version" ? response.end('{"commit":"new"}') : listener(request, response),
      );
      const { error, log } = await smokeTest({ url: service.url, "expect-version": "new" });
      expect(error).toBeUndefined();
      expect(service.requests.filter(({ url }) => url === "/version")).toHaveLength(100);
      expect(log.filter((line) => line.includes("does not accept the query parameter smoke-test ("))).toHaveLength(1);
    },
  );

  describe("of a service that accepts no query", () => {
    const strict: RequestListener = (request, response) =>
      request.url === "/version" ? response.end('{"commit":"new"}') : response.writeHead(404).end();
    const kept: RequestListener = (_request, response) =>
      response.writeHead(200, { "x-cache": "Hit from cloudfront" }).end('{"commit":"old"}');
    const starting: RequestListener = (_request, response) => response.writeHead(503).end();

    it.each([
      ["a cached response", kept],
      ["a service that starts", starting],
    ])("is asked without it after %s too", async (_case, first) => {
      service = await Service.start(inTurn(first, strict));
      const inputs = { url: service.url, "expect-version": "new", "consecutive-versions": "2" };
      expect((await smokeTest(inputs)).error).toBeUndefined();
      expect(service.requests).toHaveLength(5);
    });

    it("is not asked without it once a task has accepted it, and what came without it does not count", async () => {
      const fine: RequestListener = (_request, response) => response.end('{"commit":"new"}');
      const missing: RequestListener = (_request, response) => response.end("{}");
      service = await Service.start(inTurn(missing, fine));
      const inputs = { url: service.url, "expect-version": "new", "consecutive-versions": "2", timeout: "2" };
      expect((await smokeTest(inputs)).error).toBeUndefined();
      // With and without it; accepted, so that the row begins; twice in a row.
      expect(service.requests.map(({ url }) => url.includes("?"))).toEqual([true, false, true, true, true]);
      const cdn = new Cdn([bare, fresh], { key: "url", honoursNoCache: false, tells: "nothing" });
      const enough = { ...inputs, url: "http://192.0.2.1/", "consecutive-versions": "20" };
      const { error } = await smokeTest(enough, { send: cdn.send });
      expect(error?.message).toContain("commit is missing");
    });
  });

  const options = fc.record<CdnOptions>({
    key: fc.constantFrom("path", "url"),
    honoursNoCache: fc.boolean(),
    tells: fc.constantFrom(...(Object.keys(tellings) as (keyof typeof tellings)[])),
  });
  const tasks = fc.array(fc.constantFrom(old, fresh, bare), { minLength: 1, maxLength: 4 });

  it("never passes with a service that was asked less often than required, or has an old task", async () => {
    await fc.assert(
      fc.asyncProperty(options, tasks, async (cdnOptions, service) => {
        const { key, honoursNoCache, tells } = cdnOptions;
        const canPass = key === "url" || honoursNoCache;
        // Nothing in such a response tells it from one of the service; the README says so.
        fc.pre(canPass || tells !== "nothing");
        const clock = simulatedClock();
        const cdn = new Cdn(service, { ...cdnOptions, now: clock.now });
        const inputs = { url: "http://192.0.2.1/", timeout: "3", "expect-version": "new", "consecutive-versions": "9" };
        const { error } = await smokeTest(inputs, { send: cdn.send, clock });
        expect(error === undefined).toBe(canPass && service.every((one) => one === fresh));
        if (!error) expect(cdn.forwarded).toBeGreaterThanOrEqual(9);
      }),
      { numRuns: 40, seed: 16 },
    );
  });
});

describe("a check", () => {
  const checks = "- { path: page, text: new }";

  it("is asked past the cache once a cache has answered", async () => {
    const file = join(makeTestFolder("smoke-"), "summary");
    writeFileSync(file, "");
    vi.stubEnv("GITHUB_STEP_SUMMARY", file);
    const cdn = new Cdn([fresh], { key: "url", honoursNoCache: false, tells: "cloudfront" });
    cdn.answer("/page", {});
    const { error, log } = await testBehind(cdn, { checks });
    expect(error).toBeUndefined();
    expect(service!.requests.map(({ url }) => url.split("=")[0])).toEqual([
      "/page",
      ...Array(3).fill("/page?smoke-test"),
    ]);
    const note = "one cached response did not count (x-cache: Hit from cloudfront)";
    expect(log.at(-1)).toContain(note);
    expect(readFileSync(file, "utf8")).toContain(`as expected; ${note}`);
  });

  it("fails on cached responses, with what to change, even on those that are wrong", async () => {
    const cdn = new Cdn([old], { key: "path", honoursNoCache: false, tells: "cloudflare" });
    const { error, outputs } = await testBehind(cdn, {
      checks: "[{ path: page, text: old }, { path: page, text: x }]",
    });
    expect(error?.message).toMatch(/cf-cache-status: HIT\); .*`resolve` or `host`.*set `allow-cached: true`/);
    expect(outputs.failures.map(({ expected }) => expected)).toContain("x");
  });

  it("counts cached responses with allow-cached, which then does not pass caches by", async () => {
    const cdn = new Cdn([fresh], { key: "path", honoursNoCache: true, tells: "fastly" });
    const { error, log } = await testBehind(cdn, { checks: "- { path: page, text: new, allow-cached: true }" });
    expect([error, cdn.forwarded]).toEqual([undefined, 1]);
    expect(service!.requests.every(({ headers }) => headers["cache-control"] === undefined)).toBe(true);
    expect(log.at(-1)).toContain("2 cached responses counted (x-cache: HIT");
  });

  it("follows and compares redirects without the query, and leaves that of a signed URL as it is", async () => {
    const kept: RequestListener = (_request, response) => response.writeHead(200, { age: "9" }).end();
    const redirecting: RequestListener = (request, response) => {
      const { pathname, search } = new URL(request.url!, "http://x");
      const target = pathname === "/a" ? `/login${search}` : pathname === "/b" ? "/signed?sig=x" : undefined;
      response.writeHead(target ? 302 : 200, target ? { location: target } : {}).end();
    };
    for (const check of ["{ path: a, redirect: /login }", "{ path: b, follow-redirects: true }"]) {
      service = await Service.start(inTurn(kept, redirecting));
      const { error } = await smokeTest({ url: service.url, checks: `- ${check}`, timeout: "2" });
      expect(error).toBeUndefined();
      // The query does not make the response another one, so that none is needed without it.
      expect(service.requests.slice(1).every(({ url }) => url.includes("?"))).toBe(true);
      expect(
        service.requests.filter(({ url }) => url.includes("sig")).every(({ url }) => url === "/signed?sig=x"),
      ).toBe(true);
      service.stop();
    }
  });

  it("that is not repeatable is sent as often as it says, even if a cache may have responded", async () => {
    service = await Service.start((_request, response) => response.writeHead(200, { age: "0" }).end());
    const post = "- { path: a, method: POST, consecutive: 1 }";
    const { error } = await smokeTest({ url: service.url, checks: post });
    expect([error, service.requests.length]).toEqual([undefined, 1]);
  });

  it("sends no-cache, unless it sets cache-control itself, and leaves a query of its own as it is", async () => {
    const cdn = new Cdn([fresh], { key: "path", honoursNoCache: false, tells: "varnish" });
    const own = '[{ path: a }, { path: b, headers: { Cache-Control: max-age=5 } }, { path: "c?sig=x" }]';
    const { error } = await testBehind(cdn, { checks: own, timeout: "2" });
    expect(error).toBeDefined();
    const seen = (path: string) => service!.requests.filter(({ url }) => url.startsWith(path));
    expect(seen("/a")[0]!.headers).toMatchObject({ "cache-control": "no-cache", pragma: "no-cache" });
    expect(seen("/b")[0]!.headers).toMatchObject({ "cache-control": "max-age=5" });
    expect(seen("/b")[0]!.headers).not.toHaveProperty("pragma");
    expect(new Set(seen("/c").map(({ url }) => url))).toEqual(new Set(["/c?sig=x"]));
  });
});

describe("the source of a response", () => {
  it.each<[ReturnType<typeof sourceOf>["kind"], Record<string, string>]>([
    ["service", {}],
    ["service", { "x-cache": "Miss from cloudfront", age: "0" }],
    ["service", { "x-cache": "Error from cloudfront" }],
    ["service", { "x-cache": "Redirect from cloudfront" }],
    ["service", { "x-cache": "MISS, MISS", "x-cache-hits": "0, 0", age: "0" }],
    ["service", { "x-cache": "MISS from hit.example.com" }],
    ["service", { "x-cache": "TCP_MISS from a23-1-2-3.deploy.akamaitechnologies.com (AkamaiGHost/11.1)" }],
    ["service", { "x-cache": "whitelisted" }],
    ["service", { "x-cache": "hit-for-pass" }],
    ["service", { "x-cache": "HITMISS" }],
    ["service", { "cf-cache-status": "DYNAMIC" }],
    ["service", { "cf-cache-status": "BYPASS" }],
    ["service", { "cf-cache-status": "EXPIRED" }],
    ["service", { "x-varnish": "32770", age: "0" }],
    ["service", { "cache-status": "Origin; fwd=uri-miss; stored" }],
    ["service", { "cache-status": 'a; fwd=miss; detail="a, b; hit"' }],
    ["service", { "cache-status": "a; hit=?0; fwd=bypass" }],
    ["service", { "server-timing": "cdn-cache-miss, cdn-pop;desc=NRT57" }],
    ["service", { "server-timing": "cache;desc=hit-rate" }],
    ["service", { age: "a day" }],
    ["unclear", { age: "0" }],
    ["cache", { age: "1" }],
    ["cache", { age: "37", "x-cache": "Miss from cloudfront" }],
    ["cache", { "x-cache": "Hit from cloudfront" }],
    ["cache", { "x-cache": "RefreshHit from cloudfront" }],
    ["cache", { "x-cache": "LambdaGeneratedResponse from cloudfront", age: "9" }],
    ["cache", { "x-cache": "MISS, HIT", "x-cache-hits": "0, 1" }],
    ["cache", { "x-cache": "HIT, MISS" }],
    ["cache", { "x-cache": "TCP_REFRESH_HIT from a.example (AkamaiGHost)" }],
    ["cache", { "x-cache": "cp1066 hit/3" }],
    ["cache", { "x-cache-hits": "0, 12" }],
    ["cache", { "cf-cache-status": "REVALIDATED" }],
    ["cache", { "cf-cache-status": "UPDATING" }],
    ["cache", { "x-vercel-cache": "PRERENDER" }],
    ["cache", { "x-cache-status": "STALE" }],
    ["cache", { "x-varnish": "32770 3", age: "0" }],
    ["cache", { "cache-status": "ExampleCache; hit; ttl=376" }],
    ["cache", { "cache-status": "Inner; hit, Outer; fwd=miss" }],
    ["cache", { "cache-status": "a; fwd=uri-miss; collapsed" }],
    ["cache", { "server-timing": 'cdn-cache; desc="HIT", edge; dur=1' }],
    ["cache", { "server-timing": "cdn-cache-hit,cdn-pop;desc=NRT57" }],
  ])("is the %s with %j", (kind, headers) => {
    expect(sourceOf(headers).kind).toBe(kind);
  });

  it("is quoted in short, whatever it says, and never fails", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("x-cache", "age", "cache-status", "x-varnish"), fc.string()),
        (headers) => {
          const { evidence } = sourceOf(headers);
          expect(evidence.length).toBeLessThan(260);
          expect(evidence).not.toMatch(/[\r\n]/);
        },
      ),
      { numRuns: 200 },
    );
    expect(sourceOf({ "x-cache": `HIT ${"y".repeat(9000)}` }).evidence.length).toBeLessThan(260);
  });
});
