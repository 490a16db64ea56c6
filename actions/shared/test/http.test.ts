// Requests on real connections: IPv6, certificates, timeouts, where a connection goes.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setDefaultCACertificates, getCACertificates } from "node:tls";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { sendHttp } from "../src/http.ts";

const servers: (Server | TcpServer)[] = [];
afterAll(() =>
  servers.forEach((server) => ("closeAllConnections" in server && server.closeAllConnections(), server.close())),
);

afterEach(() => vi.unstubAllEnvs());

async function listen(server: Server | TcpServer, host = "127.0.0.1"): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

function certificate(subjects: string): { key: Buffer; cert: Buffer } {
  const folder = makeTestFolder("http-");
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3"];
  const names = ["-subj", "/CN=test", "-addext", `subjectAltName=${subjects}`];
  execFileSync("openssl", ["req", "-x509", ...curve, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Runs work with a TLS server whose certificate is trusted. */
async function withTlsServer(work: (port: number, serverNames: unknown[]) => Promise<void>): Promise<void> {
  const pair = certificate("IP:::1,IP:127.0.0.1,DNS:rainbow.test");
  const serverNames: unknown[] = [];
  const server = createTlsServer(pair, (request, response) => {
    serverNames.push((request.socket as { servername?: unknown }).servername);
    response.end(request.headers.host);
  });
  const port = await listen(server);
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, pair.cert.toString()]);
  try {
    await work(port, serverNames);
  } finally {
    setDefaultCACertificates(before);
  }
}

/** A proxy that connects every tunnel to a port of this machine. */
async function tunnelTo(port: number, asked: (string | undefined)[]): Promise<number> {
  const proxy = createServer();
  proxy.on("connect", (request, socket: Duplex) => {
    asked.push(request.url);
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  return listen(proxy);
}

describe("a certificate", () => {
  const names = ["[::1]", "127.0.0.1", "rainbow.test"];
  const wrongNames = ["[::2]", "127.0.0.2", "snow.test"];

  it("is for the host of the url, a name or an address, wherever the connection goes", () =>
    withTlsServer(async (port, serverNames) => {
      const ask = (host: string) =>
        sendHttp({ url: new URL(`https://${host}:${port}/`), timeout: 5000, connectTo: "127.0.0.1" });
      for (const name of names) expect((await ask(name)).text).toBe(`${name}:${port}`);
      for (const wrong of wrongNames) expect((await errorOf(() => ask(wrong)))?.message).toMatch(/altnames/);
      // Server names are names (RFC 6066).
      expect(serverNames).toEqual([false, false, "rainbow.test"]);
    }));

  it("is compared through a proxy too, of any variable", () =>
    withTlsServer(async (port, serverNames) => {
      const asked: (string | undefined)[] = [];
      const proxy = await tunnelTo(port, asked);
      for (const name of ["https_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy", "NO_PROXY"]) vi.stubEnv(name, "");
      vi.stubEnv("ALL_PROXY", `127.0.0.1:${proxy}`);
      const ask = (host: string) => sendHttp({ url: new URL(`https://${host}/`), timeout: 5000 });
      for (const name of names) expect((await ask(name)).text).toBe(name);
      for (const wrong of wrongNames) expect((await errorOf(() => ask(wrong)))?.message).toMatch(/altnames/);
      expect(serverNames).toEqual([false, false, "rainbow.test"]);
      expect(asked.slice(0, 3)).toEqual(["[::1]:443", "127.0.0.1:443", "rainbow.test:443"]);
    }));
});

describe("a connection", () => {
  it("goes to the chosen host and port, and the body comes back as it is", async () => {
    const port = await listen(
      createServer((request, response) => {
        expect(request.headers.host).toBe("rainbow.example.com");
        response.end(Buffer.from([0xff, 0xfe, 0x41, 0]));
      }),
    );
    const url = new URL("http://rainbow.example.com/");
    const answer = await sendHttp({ url, timeout: 5000, connectTo: "127.0.0.1", connectPort: port });
    expect([...answer.bytes]).toEqual([0xff, 0xfe, 0x41, 0]);
    expect(answer.text).toBe("\uFFFD\uFFFDA\0");
  });

  it("that never stands is told from an answer that never comes", async () => {
    const silent = await listen(createTcpServer(() => undefined));
    const late = await errorOf(() => sendHttp({ url: new URL(`http://127.0.0.1:${silent}/`), timeout: 100 }));
    expect(late).toMatchObject({ message: "no answer within 0.1 s", code: "ETIMEDOUT" });
    expect(late).not.toHaveProperty("syscall");
    const closed = createTcpServer();
    const port = await listen(closed);
    closed.close();
    const refused = await errorOf(() => sendHttp({ url: new URL(`http://127.0.0.1:${port}/`), timeout: 5000 }));
    expect(refused).toMatchObject({ code: "ECONNREFUSED", syscall: "connect" });
  });
});
