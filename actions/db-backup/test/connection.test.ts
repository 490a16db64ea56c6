import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInputs } from "../src/inputs.ts";
import type { BackupInputs } from "../src/input-types.ts";
import { libpqEnvironment } from "../src/postgres/connection.ts";

const bundled = join(import.meta.dirname, "../certificates/rds.pem");

const connectionFor = (inputs: Record<string, string>, environment: NodeJS.ProcessEnv = {}) =>
  (
    readInputs((name) => ({ bucket: "b", database: "app", ...inputs })[name] ?? "", environment, bundled).work
      .inputs as BackupInputs
  ).connection;

describe("the trusted CA certificates", () => {
  it.each([
    ["app.abc.ap-northeast-1.rds.amazonaws.com", bundled],
    ["app.cluster-abc.us-gov-west-1.rds.amazonaws.com", bundled],
    ["app.proxy-abc.ap-southeast-6.rds.amazonaws.com", bundled],
    ["rds.amazonaws.com.example.org", undefined],
    ["database.internal", undefined],
  ])("for %s: %s", (host, expected) => {
    expect(connectionFor({ host })).toMatchObject({ sslMode: "verify-full", sslRootCert: expected });
    expect(libpqEnvironment(connectionFor({ host }))).toMatchObject({
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: expected ?? "system",
    });
  });

  it("come from the given file, by input or by the variable of libpq", () => {
    const host = "app.abc.ap-northeast-1.rds.amazonaws.com";
    expect(connectionFor({ host, "ssl-root-cert": "/own.pem" }, { PGSSLROOTCERT: "/libpq.pem" }).sslRootCert).toBe(
      "/own.pem",
    );
    expect(connectionFor({ host }, { PGSSLROOTCERT: "/libpq.pem" }).sslRootCert).toBe("/libpq.pem");
  });

  it.each([
    ["app.abc.ap-south-3.rds.amazonaws.com", "ap-south-3"],
    ["app.abc.rds.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ["app.abc.eusc-de-east-1.rds.amazonaws.eu", "eusc-de-east-1"],
  ])("have to be given for %s, whose region the bundled file does not have", (host, region) => {
    for (const sslMode of ["verify-full", "verify-ca"])
      expect(() => connectionFor({ host, "ssl-mode": sslMode })).toThrow(
        new RegExp(`ssl-root-cert: is required for ${host}: .* no RDS certificates of ${region}\\. Download`),
      );
    expect(connectionFor({ host, "ssl-root-cert": "/own.pem" }).sslRootCert).toBe("/own.pem");
    expect(connectionFor({ host }, { PGSSLROOTCERT: "/libpq.pem" }).sslRootCert).toBe("/libpq.pem");
    // libpq would verify against a file even with `require`.
    expect(connectionFor({ host, "ssl-mode": "require" }).sslRootCert).toBeUndefined();
  });
});
