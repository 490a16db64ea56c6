// What an image must pass before it gets the requested tags: size, findings, signature.
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSignedBy, signatureMediaType, signatureTag } from "../../shared/src/signature.ts";
import { AwsError, type Handlers } from "../../shared/test/scripted-aws.ts";
import { aws, buildPush, Docker, registry } from "./fixture.ts";

describe("gates", () => {
  const finding = (name: string, severity: string) => ({
    name,
    severity,
    attributes: [
      { key: "package_name", value: "openssl" },
      { key: "package_version", value: "3.0" },
    ],
  });
  const scanned = (findings: object[]): Handlers => ({
    "ecr:DescribeImageScanFindings": (_input, call) =>
      call === 0
        ? { imageScanStatus: { status: "IN_PROGRESS" } }
        : { imageScanStatus: { status: "COMPLETE" }, imageScanFindings: { findings } },
  });

  it("withhold the requested tags if the scan finds something, and list it", async () => {
    const run = {
      handlers: scanned([finding("CVE-1", "HIGH"), finding("CVE-2", "CRITICAL"), finding("CVE-3", "LOW")]),
    };
    await expect(buildPush({ tags: "v1", "fail-on-severity": "HIGH" }, run)).rejects.toThrow(
      /ECR's scan found 2 of HIGH or above[\s\S]*CRITICAL CVE-2 in openssl 3\.0\n\s*HIGH CVE-1/,
    );
    expect(registry.find("v1")).toBeUndefined();
    // Again with the same content: nothing is built, and the image is checked again.
    await expect(buildPush({ tags: "v1", "fail-on-severity": "CRITICAL" }, run)).rejects.toThrow("found 1 of CRITICAL");
    const built = await buildPush(
      {
        tags: "v1",
        "fail-on-severity": "HIGH",
        "ignore-findings": "CVE-1 2026-11-25 not reachable\nCVE-2 2027-01-01 fixed next week",
      },
      run,
    );
    expect(registry.find("v1")?.digest).toBe(built.digest);
    expect(built.log.join("\n")).toContain("suppressed until 2026-11-25: HIGH CVE-1 in openssl 3.0 (not reachable)");
  });

  it("fail on a finding whose suppression expired yesterday", async () => {
    const run = { handlers: scanned([finding("CVE-1", "HIGH")]) };
    await expect(buildPush({ "fail-on-severity": "HIGH", "ignore-findings": "CVE-1 2026-11-24" }, run)).rejects.toThrow(
      "CVE-1 was suppressed until 2026-11-24",
    );
  });

  it("start a missing scan, read enhanced findings and all pages, and fail if the scan fails", async () => {
    const enhanced = {
      severity: "CRITICAL",
      packageVulnerabilityDetails: {
        vulnerabilityId: "CVE-9",
        vulnerablePackages: [{ name: "zlib", version: "1.2", fixedInVersion: "1.3" }],
      },
    };
    const handlers: Handlers = {
      "ecr:StartImageScan": () => ({}),
      "ecr:DescribeImageScanFindings": ({ nextToken }, call) => {
        if (call === 0) return new AwsError("ScanNotFoundException", "no scan");
        return nextToken
          ? { imageScanStatus: { status: "ACTIVE" }, imageScanFindings: { enhancedFindings: [enhanced] } }
          : { imageScanStatus: { status: "ACTIVE" }, imageScanFindings: {}, nextToken: "2" };
      },
    };
    await expect(buildPush({ "fail-on-severity": "CRITICAL" }, { handlers })).rejects.toThrow(
      "CRITICAL CVE-9 in zlib 1.2, fixed in 1.3",
    );
    expect(aws!.count("ecr:StartImageScan")).toBe(1);
    await expect(
      buildPush(
        { "fail-on-severity": "CRITICAL" },
        { handlers: { "ecr:DescribeImageScanFindings": () => ({ imageScanStatus: { status: "UNSUPPORTED_IMAGE" } }) } },
      ),
    ).rejects.toThrow("could not scan");
    await expect(
      buildPush(
        { "fail-on-severity": "CRITICAL", "scan-timeout": "10" },
        { handlers: { "ecr:DescribeImageScanFindings": () => ({ imageScanStatus: { status: "PENDING" } }) } },
      ),
    ).rejects.toMatchObject({ outcome: "timed-out" });
  });

  it("limit the size", async () => {
    await expect(
      buildPush(
        { tags: "v1", "max-size": "0.001" },
        { docker: Object.assign(new Docker(), { labels: { long: "x".repeat(2000) } }) },
      ),
    ).rejects.toThrow(/0\.0 MB compressed, and max-size allows 0\.001 MB/);
    expect(registry.find("v1")).toBeUndefined();
  });
});

describe("a signature", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "sec1", format: "pem" }) as string;

  it("is stored next to the image, is made once, and is valid for this key and this digest only", async () => {
    const built = await buildPush({ "signing-key": pem });
    const { text } = registry.find(`${built.digest.replace(":", "-")}.sig`)!;
    const image = { reference: `${registry.host}/api`, digest: built.digest, manifest: text };
    expect(
      isSignedBy({ ...image, key: createPublicKey(privateKey).export({ type: "spki", format: "pem" }) as string }),
    ).toBe(true);
    expect(isSignedBy({ ...image, digest: `sha256:${"0".repeat(64)}`, key: pem })).toBe(false);
    const payload = registry.blobs.get((JSON.parse(text) as { layers: { digest: string }[] }).layers[0]!.digest)!;
    expect(JSON.parse(payload.toString()).critical.image["docker-manifest-digest"]).toBe(built.digest);
    expect((await buildPush({ "signing-key": pem })).log).toContain(
      `already signed: ${built.digest.replace(":", "-")}.sig`,
    );
    registry.put("{}", signatureMediaType, signatureTag(built.digest));
    await expect(buildPush({ "signing-key": pem })).rejects.toThrow("from another key");
  });

  it("requires a P-256 key", async () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }) as string;
    await expect(buildPush({ "signing-key": rsa })).rejects.toThrow("must be ECDSA P-256");
  });
});
