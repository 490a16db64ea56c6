// The smoke test's bundle on real connections: TLS, other hosts, proxies, and where the token goes.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBundle } from "../lib/run-bundle.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => (server.closeAllConnections(), server.close())));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface Seen {
  path: string;
  host: string | undefined;
  authorization: string | undefined;
  key: unknown;
}

async function service(answer: RequestListener): Promise<{ port: number; url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const port = await listen(
    createServer((incoming, response) => {
      seen.push({
        path: incoming.url!,
        host: incoming.headers.host,
        authorization: incoming.headers.authorization,
        key: incoming.headers["x-api-key"],
      });
      answer(incoming, response);
    }),
  );
  return { port, url: `http://127.0.0.1:${port}/`, seen };
}

const fine: RequestListener = (_request, response) => response.end("{}");
const smokeTest = (inputs: Record<string, string>, environment: Record<string, string> = {}) =>
  runBundle("smoke-test", { inputs: { consecutive: "1", timeout: "5", ...inputs }, environment });

describe("the token", () => {
  const token = "token-canary-1f2e3d";

  it("goes to the service alone, after a redirect too, and is hidden", async () => {
    const other = await service(fine);
    const own = await service((incoming, response) =>
      incoming.url === "/away"
        ? response.writeHead(302, { location: `${other.url}there` }).end()
        : incoming.url === "/within"
          ? response.writeHead(307, { location: "/inner" }).end()
          : response.end("{}"),
    );
    const checks = `- { path: away, follow-redirects: true }\n- { path: within, follow-redirects: true }\n- url: ${other.url}direct`;
    const { code, text, summary, outputs } = await smokeTest({
      url: own.url,
      checks,
      "bearer-token": token,
      headers: "x-api-key: key-canary",
    });
    expect(code, text).toBe(0);
    expect(own.seen.map(({ path, authorization, key }) => [path, authorization, key]).toSorted()).toEqual(
      ["/away", "/inner", "/within"].map((path) => [path, `Bearer ${token}`, "key-canary"]),
    );
    expect(other.seen.map(({ path, authorization, key }) => [path, authorization, key]).toSorted()).toEqual([
      ["/direct", undefined, undefined],
      ["/there", undefined, undefined],
    ]);
    expect(text).toContain(`::add-mask::${token}`);
    expect(text.replace(`::add-mask::${token}`, "") + summary + JSON.stringify(outputs)).not.toContain(token);
  });

  it("is not sent on when the way is no longer safe, nor round and round", async () => {
    const own = await service((incoming, response) => response.writeHead(302, { location: `${incoming.url}x` }).end());
    const { code, text } = await smokeTest({
      url: own.url,
      checks: "- { path: a, follow-redirects: true }",
      "bearer-token": token,
    });
    expect(code).toBe(1);
    expect(text).toContain("redirected more than 5 times");
    expect(own.seen).toHaveLength(6);
  });
});

describe("another host", () => {
  it("is asked for where the url points", async () => {
    const own = await service(fine);
    expect((await smokeTest({ url: own.url, host: "rainbow.example.com" })).code).toBe(0);
    expect(own.seen[0]!.host).toBe("rainbow.example.com");
    const named = await smokeTest({
      url: `http://rainbow.example.com:${own.port}/`,
      resolve: "rainbow.example.com=127.0.0.1",
    });
    expect(named.code, named.text).toBe(0);
    expect(own.seen[1]!.host).toBe(`rainbow.example.com:${own.port}`);
  });
});

describe("TLS", () => {
  let port: number;
  let authority: string;

  beforeAll(async () => {
    const folder = makeTestFolder("tls-");
    authority = join(folder, "cert.pem");
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=rainbow.test",
        "-addext",
        "subjectAltName=DNS:rainbow.test",
        "-keyout",
        join(folder, "key.pem"),
        "-out",
        authority,
      ],
      { stdio: "ignore" },
    );
    port = await listen(
      createTlsServer({ key: readFileSync(join(folder, "key.pem")), cert: readFileSync(authority) }, fine),
    );
  });

  it("is checked, by an authority of one's own too, and the certificate's end is known", async () => {
    const at = { url: `https://rainbow.test:${port}/`, resolve: "rainbow.test=127.0.0.1" };
    const trusted = { NODE_EXTRA_CA_CERTS: authority };
    const good = await smokeTest({ ...at, checks: "- { path: a, certificate-days: 29 }" }, trusted);
    expect(good.code, good.text).toBe(0);
    // By the load balancer's own address, as the host that the certificate is for.
    const byAddress = await smokeTest({ url: `https://127.0.0.1:${port}/`, host: "rainbow.test" }, trusted);
    expect(byAddress.code, byAddress.text).toBe(0);
    const soon = await smokeTest({ ...at, checks: "- { path: a, certificate-days: 31 }" }, trusted);
    expect(JSON.parse(soon.outputs["failures"]!)).toMatchObject([
      { expected: "31 days", problem: expect.stringMatching(/^the certificate expires in (29|30) days, on \d{4}-/) },
    ]);
    const began = Date.now();
    const unknown = await smokeTest({ ...at, timeout: "60" });
    expect(unknown.text).toMatch(/self-signed certificate/);
    const wrongName = await smokeTest({ url: `https://127.0.0.1:${port}/`, timeout: "60" }, trusted);
    expect(wrongName.text).toMatch(/altnames|does not match/);
    // A wrong certificate is not waited out.
    expect(Date.now() - began).toBeLessThan(30_000);
  });
});

describe("a proxy of the environment", () => {
  it("is used, for HTTP and through a tunnel, but for what it is not for", async () => {
    const lines: string[] = [];
    const proxy = createServer((incoming, response) => {
      lines.push(`${incoming.method} ${incoming.url}`);
      const onward = request(
        incoming.url!,
        { method: incoming.method!, headers: incoming.headers },
        (answer) => (response.writeHead(answer.statusCode!, answer.headers), answer.pipe(response)),
      );
      incoming.pipe(onward);
    });
    proxy.on("connect", (incoming, socket) => {
      lines.push(`CONNECT ${incoming.url}`);
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    const address = `http://127.0.0.1:${await listen(proxy)}`;
    const own = await service(fine);
    expect((await smokeTest({ url: own.url }, { HTTP_PROXY: address })).code).toBe(0);
    expect(lines).toEqual([`GET ${own.url}health`]);
    expect((await smokeTest({ url: own.url }, { HTTP_PROXY: address, NO_PROXY: "127.0.0.1" })).code).toBe(0);
    expect(lines).toHaveLength(1);
    await smokeTest({ url: "https://rainbow.invalid/", timeout: "1" }, { https_proxy: address });
    expect(lines[1]).toBe("CONNECT rainbow.invalid:443");
  });
});

describe("checks from a file", () => {
  it("are run beside those of the workflow", async () => {
    const own = await service((incoming, response) => response.end(incoming.url === "/a" ? "rainbow" : "snow"));
    const file = join(makeTestFolder("checks-"), "checks.yml");
    writeFileSync(file, "- { path: a, text: rainbow }\n");
    const { code, text, summary } = await smokeTest({
      url: own.url,
      "checks-file": file,
      checks: "- { path: b, text: rainbow }",
    });
    expect(code).toBe(1);
    expect(text).toContain('::error title=Smoke test%3A /b::the response does not contain "rainbow"');
    expect(summary).toContain("<td>✅</td><td><code>/a</code></td>");
  });
});
