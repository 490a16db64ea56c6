// TLS connections: which certificates the action and the programs of PostgreSQL accept.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server as NetServer } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Fixture } from "./fixture.ts";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";

const fixture = Fixture.set();
let folder: string;
let proxy: NetServer;
const pem = (name: string) => join(folder, `${name}.pem`);

/** A self-signed certificate. */
function makeCertificate(name: string, host: string): void {
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
      `/CN=${host}`,
      "-addext",
      `subjectAltName=DNS:${host}`,
      "-keyout",
      pem(`${name}-key`),
      "-out",
      pem(name),
    ],
    { stdio: "ignore" },
  );
}

/** A TLS proxy before the server's socket, with PostgreSQL's handshake: a request of eight bytes, "S", then TLS. */
function startTlsProxy(): Promise<NetServer> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, {
        isServer: true,
        key: readFileSync(pem("server-key")),
        cert: readFileSync(pem("server")),
      });
      const upstream = connect(join(fixture.server.connection.host, ".s.PGSQL.5432"));
      const sockets = [secure, upstream];
      for (const one of sockets) one.on("error", () => sockets.forEach((each) => each.destroy()));
      secure.pipe(upstream).pipe(secure);
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

beforeAll(async () => {
  folder = makeTestFolder("tls-");
  makeCertificate("server", "localhost");
  makeCertificate("other", "localhost");
  proxy = await startTlsProxy();
});
afterAll(() => {
  proxy.close();
  rmSync(folder, { recursive: true });
});

const backup = (more: Record<string, string>) =>
  fixture.run({ host: "localhost", port: String((proxy.address() as AddressInfo).port), ...more });

it("a certificate is accepted if it is signed by the given CA, for the requested host", async () => {
  expect((await backup({ "ssl-mode": "verify-full", "ssl-root-cert": pem("server") })).error).toBeUndefined();
});

it("a certificate is refused if another CA signed it, or none in the system's trust store", async () => {
  for (const trusted of [{ "ssl-root-cert": pem("other") }, {}]) {
    const before = await fixture.earlierBackup();
    const result = await backup({ "ssl-mode": "verify-full", ...trusted });
    fixture.expectFailure(result, before, "CONNECT_FAILED");
    expect(result.error!.message).toMatch(/certificate/);
  }
});

it("a certificate is valid for its own host only, unless ssl-mode ignores the host", async () => {
  const byAddress = { host: "127.0.0.1", "ssl-root-cert": pem("server") };
  expect((await backup({ ...byAddress, "ssl-mode": "verify-full" })).error).toMatchObject({
    code: "CONNECT_FAILED",
    message: expect.stringMatching(/IP: 127\.0\.0\.1 is not in the cert/),
  });
  expect((await backup({ ...byAddress, "ssl-mode": "verify-ca" })).error).toBeUndefined();
  expect((await backup({ host: "127.0.0.1", "ssl-mode": "require" })).error).toBeUndefined();
});
