// Amazon RDS has certificate authorities of its own in each region, which Node does not know. The file is a copy of the
// one of db-backup (`npm run sync`), which describes where it comes from.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";

/** Beside src/, and beside dist/ in the image. */
const file = new URL("../rds-certificates.pem", import.meta.url);

const certificates = (): string[] =>
  readFileSync(file, "utf8").match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];

function regionOf(host: string): string | undefined {
  const [, region, chinese] =
    /\.([a-z]+(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.(?:com|eu)$|\.rds\.(cn-[a-z]+-\d+)\.amazonaws\.com\.cn$/.exec(host) ??
    [];
  return region ?? chinese;
}

/** The region of an RDS host, if the file has no certificates of it. */
export function regionWithoutCertificates(host: string): string | undefined {
  const region = regionOf(host);
  if (region === undefined) return undefined;
  const isOfRegion = (text: string) => new X509Certificate(text).subject.includes(`CN=Amazon RDS ${region} Root CA `);
  return certificates().some(isOfRegion) ? undefined : region;
}

/** What a connection to the host trusts; undefined: what Node trusts, with NODE_EXTRA_CA_CERTS. */
export function trustedFor(host: string): string[] | undefined {
  return regionOf(host) === undefined ? undefined : [...getCACertificates("default"), ...certificates()];
}
