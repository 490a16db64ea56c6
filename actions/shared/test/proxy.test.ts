// Which proxy a request goes through. NO_PROXY is compared with Node's own reading of it.
import { Agent } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isExempt, proxySetting } from "../src/proxy.ts";

const chosen = (url: string, environment: Record<string, string>) => {
  const setting = proxySetting(new URL(url), environment);
  return setting && `${setting.variable} ${setting.url?.href}`;
};

describe("the proxy of a URL", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ["http://a/", {}, undefined],
    ["http://a/", { HTTP_PROXY: "http://p:1" }, "HTTP_PROXY http://p:1/"],
    ["http://a/", { HTTPS_PROXY: "http://p:1" }, undefined],
    ["https://a/", { HTTP_PROXY: "http://p:1" }, undefined],
    ["https://a/", { HTTPS_PROXY: "https://p:1" }, "HTTPS_PROXY https://p:1/"],
    ["https://a/", { https_proxy: "http://p:1", HTTPS_PROXY: "http://q:1" }, "https_proxy http://p:1/"],
    ["https://a/", { https_proxy: "", HTTPS_PROXY: "http://q:1" }, "HTTPS_PROXY http://q:1/"],
    ["http://a/", { ALL_PROXY: "http://p:1" }, "ALL_PROXY http://p:1/"],
    ["https://a/", { all_proxy: "http://p:1", ALL_PROXY: "http://q:1" }, "all_proxy http://p:1/"],
    ["https://a/", { HTTPS_PROXY: "http://p:1", all_proxy: "http://q:1" }, "HTTPS_PROXY http://p:1/"],
    ["http://a/", { http_proxy: "proxy:3128" }, "http_proxy http://proxy:3128/"],
    ["http://a/", { http_proxy: "10.0.0.1:3128" }, "http_proxy http://10.0.0.1:3128/"],
    ["http://a/", { http_proxy: "user:word@proxy:3128" }, "http_proxy http://user:word@proxy:3128/"],
    ["http://a/", { HTTP_PROXY: "HTTP://Proxy:3128" }, "HTTP_PROXY http://proxy:3128/"],
    ["http://a/", { ALL_PROXY: "socks5://p:1080" }, "ALL_PROXY undefined"],
    ["http://a/", { HTTP_PROXY: "http://p:1", NO_PROXY: "b, A" }, undefined],
    ["http://a:8080/", { HTTP_PROXY: "http://p:1", no_proxy: "a:80" }, "HTTP_PROXY http://p:1/"],
    ["http://a:8080/", { HTTP_PROXY: "http://p:1", no_proxy: "a:8080" }, undefined],
    ["http://[::1]/", { HTTP_PROXY: "http://p:1", no_proxy: "::1" }, undefined],
    ["http://a/", { ALL_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
  ])("%s with %j: %s", (url, environment, expected) => expect(chosen(url, environment)).toBe(expected));

  it("must be a URL, and its password is not shown", () => {
    const read = () => chosen("http://a/", { HTTP_PROXY: "http://user:canary@:x/" });
    expect(read).toThrow("HTTP_PROXY is not the URL of a proxy");
    expect(read).not.toThrow("canary");
  });

  it("is exempted as Node exempts it", () => {
    const nodeUsesProxy = (host: string, port: number, list: string): boolean => {
      const agent = new Agent({ proxyEnv: { HTTP_PROXY: "http://p:1", NO_PROXY: list } });
      const symbol = Object.getOwnPropertySymbols(agent).find(({ description }) => description === "kProxyConfig")!;
      const config = (agent as unknown as Record<symbol, { shouldUseProxy: (host: string, port: number) => boolean }>)[
        symbol
      ]!;
      return config.shouldUseProxy(host, port);
    };
    const label = fc.constantFrom("a", "b", "example", "com", "", "10", "*");
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
    const address = fc.tuple(...Array.from({ length: 4 }, () => fc.constantFrom(0, 1, 9, 200))).map((n) => n.join("."));
    const host = fc.oneof(name, address, fc.constantFrom("::1", "localhost", "A.Example.com"));
    const entry = fc.oneof(
      host,
      fc.tuple(fc.constantFrom(".", "*.", "*", " "), host).map((parts) => parts.join("")),
      fc.tuple(host, fc.constantFrom(80, 443)).map((parts) => parts.join(":")),
      fc.tuple(address, address).map((parts) => parts.join("-")),
      fc.tuple(address, address, address).map((parts) => parts.join(" - ")),
    );
    const list = fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => entries.join(","));
    fc.assert(
      fc.property(host, fc.constantFrom(80, 443), list, (host, port, list) => {
        // Node takes an empty list for none.
        expect(list !== "" && isExempt(host, port, list)).toBe(!nodeUsesProxy(host, port, list));
      }),
      { numRuns: 2000 },
    );
  });
});
