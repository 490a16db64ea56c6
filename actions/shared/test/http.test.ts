// Requests on real connections: IPv6, certificates, timeouts, where a connection goes.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import { setDefaultCACertificates, getCACertificates } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { sendHttp } from "../src/http.ts";

const servers: (Server | TcpServer)[] = [];
afterAll(() =>
  servers.forEach((server) => ("closeAllConnections" in server && server.closeAllConnections(), server.close())),
);

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

describe("a certificate", () => {
  it("is for the host of the url, a name or an address, wherever the connection goes", async () => {
    const pair = certificate("IP:::1,IP:127.0.0.1,DNS:rainbow.test");
    const serverNames: unknown[] = [];
    const server = createTlsServer(pair, (request, response) => {
      serverNames.push((request.socket as { servername?: unknown }).servername);
      response.end(request.headers.host);
    });
    const port = await listen(server);
    const before = getCACertificates("default");
    setDefaultCACertificates([...before, pair.cert.toString()]);
    const ask = async (host: string) => {
      const asked = { url: new URL(`https://${host}:${port}/`), timeout: 5000, connectTo: "127.0.0.1" };
      return (await sendHttp(asked)).text;
    };
    try {
      expect(await ask("[::1]")).toBe(`[::1]:${port}`);
      expect(await ask("127.0.0.1")).toBe(`127.0.0.1:${port}`);
      expect(await ask("rainbow.test")).toBe(`rainbow.test:${port}`);
      for (const wrong of ["[::2]", "127.0.0.2", "snow.test"])
        expect((await errorOf(() => ask(wrong)))?.message).toMatch(/altnames/);
      // Server names are names (RFC 6066).
      expect(serverNames).toEqual([false, false, "rainbow.test"]);
    } finally {
      setDefaultCACertificates(before);
    }
  });
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
