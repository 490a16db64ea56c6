import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readInputs, type BackupInputs } from "../src/inputs.ts";
import { libpqEnvironment } from "../src/postgres/connection.ts";

const bundled = new URL("../dist/rds-certificates.pem", import.meta.url).pathname;

const connectionFor = (inputs: Record<string, string>, environment: NodeJS.ProcessEnv = {}) =>
  (
    readInputs((name) => ({ bucket: "b", database: "app", ...inputs })[name] ?? "", environment, bundled).work
      .inputs as BackupInputs
  ).connection;

describe("the trusted CA certificates", () => {
  it.each([
    ["app.abc.ap-northeast-1.rds.amazonaws.com", bundled],
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
});

describe("the bundled RDS certificates", () => {
  it("include those of Tokyo and Osaka, valid for decades", () => {
    const certificates = readFileSync(bundled, "utf8")
      .match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g)!
      .map((text) => new X509Certificate(text));
    for (const region of ["ap-northeast-1", "ap-northeast-3"]) {
      const valid = certificates.filter(
        ({ subject, validToDate }) => subject.includes(`RDS ${region} Root CA`) && validToDate > new Date("2060-01-01"),
      );
      expect(valid.map(({ subject }) => /Root CA (\w+)/.exec(subject)![1]).toSorted()).toEqual(
        expect.arrayContaining(["ECC384", "RSA2048", "RSA4096"]),
      );
    }
  });
});
