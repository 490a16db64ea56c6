// What is sent, to whom, and when again: waits that servers ask for, users in URLs, hosts, proxies. On real connections.
import { readFileSync, writeFileSync } from "node:fs";
import { request as httpRequest, type RequestListener } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { readInputs, secretsOf } from "../src/inputs.ts";
import { retryAfter } from "../src/retry.ts";
import { inTurn, json, Service, smokeTest } from "./service.ts";

const services: Service[] = [];
afterEach(() => {
  services.splice(0).forEach((service) => service.stop());
  vi.unstubAllEnvs();
});

async function start(listener: RequestListener): Promise<Service> {
  const service = await Service.start(listener);
  services.push(service);
  return service;
}

const busy =
  (status: number, wait: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { "retry-after": wait, ...headers }).end();

describe("Retry-After", () => {
  /** A clock that is a year ahead of the runner's. */
  const sent = { date: "Fri, 01 Jan 2027 00:00:00 GMT" };
  const version = { "expect-version": "new", "consecutive-versions": "1" };
  const check = { checks: "- path: a", consecutive: "1" };
  const measured = { checks: "- { path: a, response-time: { max-ms: 9000, requests: 2 } }", consecutive: "1" };
  const fine = json({ commit: "new" });

  it.each<[string, RequestListener[], Record<string, string>, waited: number]>([
    ["seconds, for a check", [busy(429, "7")], check, 7000],
    ["seconds, for a check of 503", [busy(503, "9")], check, 9000],
    ["seconds, for the version", [busy(503, "7")], version, 7000],
    ["a time, for a check", [busy(429, "Fri, 01 Jan 2027 00:00:12 GMT", sent)], check, 12_000],
    ["a time, for the version", [busy(429, "Fri, 01 Jan 2027 00:00:05 GMT", sent)], version, 5000],
    ["a time that is over", [busy(429, "Thu, 31 Dec 2026 00:00:00 GMT", sent)], check, 250],
    ["zero", [busy(429, "0")], check, 250],
    ["more than a minute", [busy(429, "75")], check, 75_000],
    ["twice", [busy(429, "3"), busy(502, "4")], check, 7000],
    ["while response times are measured", [fine, busy(429, "6")], measured, 6000],
    ["longer than there is time: one more request at the end", [busy(503, "3600")], check, 120_000],
    ["longer than there is time, for the version", [busy(503, "3600")], version, 120_000],
  ])("is honoured: %s", async (_case, first, inputs, waited) => {
    const service = await start(inTurn(...first, fine));
    const tested = await smokeTest({ url: service.url, ...inputs });
    expect(tested.error).toBeUndefined();
    expect(tested.waited).toBe(waited);
  });

  it.each(["soon", "-1", "1.5", "2026-01-01", ""])("is not understood: %s", async (wait) => {
    expect(retryAfter({ "retry-after": wait }, 0)).toBeUndefined();
    const service = await start(inTurn(busy(429, wait), fine));
    const { error, waited } = await smokeTest({ url: service.url, ...check });
    expect(error).toBeUndefined();
    expect(waited).toBeLessThan(5000);
  });

  it("is compared with the clock of the runner if the server does not show its own", () => {
    const headers = { "retry-after": "Thu, 01 Jan 2026 00:00:04 GMT" };
    expect(retryAfter(headers, Date.parse("2026-01-01T00:00:00Z"))).toBe(4000);
  });

  it("does not go on for ever: a service that asks for it again and again fails at the timeout", async () => {
    const service = await start(busy(503, "50"));
    for (const inputs of [check, version]) {
      const { error, waited } = await smokeTest({ url: service.url, timeout: "120", ...inputs });
      expect(error?.message).toContain("status 503");
      expect(waited).toBe(120_000);
    }
  });
});

describe("user and password in a URL", () => {
  const basic = `Basic ${Buffer.from("rainbow:pa ss@/canary").toString("base64")}`;
  const withUser = (url: string) => url.replace("//", "//rainbow:pa%20ss%40%2Fcanary@");

  it("are sent to its host only, after a redirect too, and appear nowhere", async () => {
    const file = join(makeTestFolder("smoke-"), "summary");
    writeFileSync(file, "");
    vi.stubEnv("GITHUB_STEP_SUMMARY", file);
    const other = await start((request, response) => response.writeHead(request.url === "/wrong" ? 500 : 200).end());
    const own = await start((request, response) => {
      const { pathname } = new URL(request.url!, "http://x");
      if (pathname === "/away") response.writeHead(302, { location: withUser(other.url) }).end();
      else if (pathname === "/within") response.writeHead(302, { location: "/end" }).end();
      else response.writeHead(request.headers.authorization === basic ? 200 : 401).end('{"commit":"new"}');
    });
    const checks = [
      { path: "end" },
      { path: "away", "follow-redirects": true },
      { path: "within", "follow-redirects": true },
      { url: `${other.url}direct` },
      { url: withUser(`${other.url}own`) },
      { url: withUser(`${other.url}wrong`) },
      { path: "away", redirect: withUser(other.url) },
      { path: "away", redirect: "/x" },
    ];
    const inputs = { url: withUser(own.url), "expect-version": "new", timeout: "5" };
    const tested = await smokeTest({ ...inputs, checks: JSON.stringify(checks) });
    expect(tested.outputs.failures.map(({ check }) => check)).toEqual([`${other.url}wrong`, "/away"]);
    const seen = other.requests.map(({ url, headers }) => [url, headers["authorization"]]);
    expect(new Set(seen.map(String))).toEqual(new Set(["/,", "/direct,", `/own,${basic}`, `/wrong,${basic}`]));
    expect(own.requests.every(({ headers }) => headers["authorization"] === basic)).toBe(true);
    const shown = JSON.stringify([tested, tested.error?.message]) + readFileSync(file, "utf8");
    for (const secret of ["canary", "rainbow:", basic.slice(6)]) expect(shown).not.toContain(secret);
  });

  it.each<[string, string]>([
    ["rainbow@", "rainbow:"],
    [":word@", ":word"],
    ["100%:x@", "100%:x"],
    ["caf%C3%A9:%F0%9F%8C%88@", "café:🌈"],
  ])("are decoded: %s", async (userInfo, expected) => {
    const own = await start(json({}));
    expect((await smokeTest({ url: own.url.replace("//", `//${userInfo}`) })).error).toBeUndefined();
    const [scheme, encoded] = String(own.requests[0]!.headers["authorization"]).split(" ");
    expect([scheme, Buffer.from(encoded!, "base64").toString()]).toEqual(["Basic", expected]);
  });

  const read = (inputs: Record<string, string>) => () => readInputs((name) => inputs[name] ?? "");

  it("are refused beside another authorization, and not repeated in what is not a URL", () => {
    const url = "https://rainbow:canary@example.com/";
    expect(read({ url, "bearer-token": "x" })).toThrow("url: has user and password");
    expect(read({ url, headers: "Authorization: x" })).toThrow("keep one");
    expect(read({ checks: JSON.stringify([{ url, headers: { Authorization: "x" } }]) })).toThrow("checks[0]: has the");
    for (const wrong of ["ftp://a:canary@b/", "https://a:can/canary@b/", "https://a:canary@b:port/"]) {
      expect(read({ url: wrong })).toThrow("must be an http or https URL");
      expect(read({ url: wrong })).not.toThrow("canary");
      expect(read({ checks: JSON.stringify([{ url: wrong }]) })).not.toThrow("canary");
    }
  });

  it("are masked, as are the token and basic authorization in headers", () => {
    const inputs = read({
      url: withUser("https://example.com/"),
      checks: '[{ url: "https://a:word%20two@b/" }, { path: c, headers: { authorization: Bearer t } }]',
    })();
    expect(secretsOf(inputs)).toEqual([
      basic.slice(6),
      "pa ss@/canary",
      "pa%20ss%40%2Fcanary",
      Buffer.from("a:word two").toString("base64"),
      "word two",
      "word%20two",
    ]);
    expect(secretsOf(read({ url: "https://a/", "bearer-token": "token" })())).toEqual(["token"]);
    // Masked everywhere, a short one would make the log unreadable.
    expect(secretsOf(read({ url: "https://a:x@b/" })())).toEqual([Buffer.from("a:x").toString("base64")]);
  });
});

describe("another host", () => {
  it("is kept when the service redirects to itself under that name, with the token", async () => {
    const own = await start((request, response) =>
      request.url === "/in"
        ? response.writeHead(301, { location: `http://${request.headers.host}/home` }).end()
        : response.writeHead(request.url === "/home" ? 200 : 404).end(),
    );
    const inputs = { url: own.url, host: "rainbow.invalid", "bearer-token": "token" };
    const checks = "[{ path: in, follow-redirects: true, headers: { x-trace: a } }, { path: in, redirect: /home }]";
    const { error } = await smokeTest({ ...inputs, checks, timeout: "2" });
    expect(error).toBeUndefined();
    const seen = own.requests.map(({ headers }) => [headers["host"], headers["authorization"]].join());
    expect(new Set(seen)).toEqual(new Set(["rainbow.invalid,Bearer token"]));
    expect(own.requests.find(({ url }) => url === "/home")!.headers).toMatchObject({ "x-trace": "a" });
  });
});

describe("a proxy", () => {
  const variables = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];

  it.each<[variable: string, scheme: string, exempt: string, isUsed: boolean]>([
    ["HTTP_PROXY", "http://", "", true],
    ["HTTP_PROXY", "", "", true],
    ["http_proxy", "", "", true],
    ["ALL_PROXY", "http://", "", true],
    ["all_proxy", "", "", true],
    ["ALL_PROXY", "http://user:canary@", "", true],
    ["ALL_PROXY", "", "127.0.0.1", false],
    ["HTTP_PROXY", "", "127.0.0.0-127.0.0.9", false],
    ["HTTP_PROXY", "", "*", false],
    ["HTTP_PROXY", "", "other.example.com,.example.com", true],
    ["ALL_PROXY", "socks5://", "", false],
  ])("%s=%s… with NO_PROXY=%s", async (variable, scheme, exempt, isUsed) => {
    const own = await start(json({}));
    const proxy = await start((request, response) => {
      const onward = httpRequest(request.url!, { headers: request.headers }, (answer) => answer.pipe(response));
      onward.end();
    });
    for (const name of variables) vi.stubEnv(name, "");
    vi.stubEnv(variable, `${scheme}127.0.0.1:${proxy.port}`);
    vi.stubEnv("NO_PROXY", exempt);
    const { error, log } = await smokeTest({ url: own.url });
    expect([error, proxy.requests.length, own.requests.length]).toEqual([undefined, isUsed ? 3 : 0, 3]);
    expect(log.filter((line) => line.includes(variable))).toHaveLength(isUsed || scheme === "socks5://" ? 1 : 0);
    expect(log.join()).not.toContain("canary");
  });
});
