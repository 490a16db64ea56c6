// Amazon RDS has certificate authorities of its own, three in each region, which no system trust store has. They are in
// ../../certificates/rds.pem; where they come from is in docs/decisions/0008-verified-backups.md.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** Download links for each region and partition. */
const documentation = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html";

/** The region of a host of RDS, Aurora or RDS Proxy; undefined for every other host. */
export function rdsRegionOf(host: string): string | undefined {
  const [, region, chinese] =
    /\.([a-z]+(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.(?:com|eu)$|\.rds\.(cn-[a-z]+-\d+)\.amazonaws\.com\.cn$/.exec(host) ??
    [];
  return region ?? chinese;
}

/** The regions whose certificate authorities are in a file. */
export function regionsIn(file: string): Set<string> {
  const certificates = readFileSync(file, "utf8").match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const names = certificates.map((text) => new X509Certificate(text).subject);
  return new Set(names.flatMap((name) => /^CN=Amazon RDS (\S+) Root CA /m.exec(name)?.[1] ?? []));
}

/**
 * The bundled certificates for a host, if it is one of RDS.
 *
 * @param bundled the file with them, or undefined where there is none: in tests of the sources
 * @returns the file, or why a connection that verifies the server would fail
 */
export function bundledCertificates(host: string, bundled: string | undefined): { file?: string; problem?: string } {
  const region = rdsRegionOf(host);
  if (region === undefined || bundled === undefined) return {};
  if (regionsIn(bundled).has(region)) return { file: bundled };
  return {
    problem:
      `is required for ${host}: this version of the toolkit has no RDS certificates of ${region}. ` +
      `Download the bundle of the region (${documentation}) and give the path of the file`,
  };
}
