// The way to the server under TLS: whose certificate is believed, by the action and by PostgreSQL's own programs.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();
let folder: string;
let front: NetServer;
const pem = (name: string) => join(folder, `${name}.pem`);

/** A certificate that is its own authority. */
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

/** PostgreSQL's handshake (a request of eight bytes, answered by "S", then TLS) before the server's own socket. */
function startFront(): Promise<NetServer> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, {
        isServer: true,
        key: readFileSync(pem("server-key")),
        cert: readFileSync(pem("server")),
      });
      const inner = connect(join(fixture.server.connection.host, ".s.PGSQL.5432"));
      for (const one of [secure, inner]) one.on("error", () => [secure, inner].forEach((both) => both.destroy()));
      secure.pipe(inner).pipe(secure);
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tls-"));
  makeCertificate("server", "localhost");
  makeCertificate("other", "localhost");
  front = await startFront();
});
afterAll(() => {
  front.close();
  rmSync(folder, { recursive: true });
});

const backup = (more: Record<string, string>) =>
  fixture.run({ host: "localhost", port: String((front.address() as AddressInfo).port), ...more });

it("is believed when it is signed by the authority that was given, for the host that was asked", async () => {
  expect((await backup({ "ssl-mode": "verify-full", "ssl-root-cert": pem("server") })).error).toBeUndefined();
});

it("is not believed when somebody else has signed it, or nobody whom this machine knows", async () => {
  for (const authority of [{ "ssl-root-cert": pem("other") }, {}]) {
    const before = await fixture.earlier();
    const ended = await backup({ "ssl-mode": "verify-full", ...authority });
    fixture.expectFailure(ended, before, "CONNECT_FAILED");
    expect(ended.error!.message).toMatch(/certificate/);
  }
});

it("is for its own host alone, unless one only asks who has signed it", async () => {
  const byAddress = { host: "127.0.0.1", "ssl-root-cert": pem("server") };
  expect((await backup({ ...byAddress, "ssl-mode": "verify-full" })).error).toMatchObject({
    code: "CONNECT_FAILED",
    message: expect.stringMatching(/IP: 127\.0\.0\.1 is not in the cert/),
  });
  expect((await backup({ ...byAddress, "ssl-mode": "verify-ca" })).error).toBeUndefined();
  expect((await backup({ host: "127.0.0.1", "ssl-mode": "require" })).error).toBeUndefined();
});
