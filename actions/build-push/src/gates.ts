// What an image must pass before it gets the requested tags.
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import { formatMegabytes } from "../../shared/src/size.ts";
import { evaluateFindings, scanFindings, type EvaluatedFindings, type Finding, type Severity } from "./findings.ts";
import type { Inputs } from "./inputs.ts";

/** "12.3 MB"; for several platforms "linux/amd64 12.3 MB, …". */
export function megabytes(sizes: Record<string, number>): string {
  const entries = Object.entries(sizes);
  return entries
    .map(([platform, bytes]) => `${entries.length > 1 ? `${platform} ` : ""}${formatMegabytes(bytes)}`)
    .join(", ");
}

/** @throws FailedError if a platform is larger, compressed, than `maxSize` million bytes. */
export function checkSize(sizes: Record<string, number>, maxSize: number | undefined): void {
  const largest = Math.max(...Object.values(sizes)) / 1e6;
  if (maxSize === undefined || largest <= maxSize) return;
  throw new FailedError(
    `The image is ${megabytes(sizes)} compressed, and max-size allows ${maxSize} MB. ` +
      "It is in the registry under its content tag only; the requested tags were not set. " +
      "docker history shows the size that each step adds.",
  );
}

/** @throws FailedError that lists the findings that are not suppressed. */
export async function checkFindings(
  image: { repositoryName: string; digest: string },
  { scanTimeout, ignoredFindings: rules, threshold }: ScanLimits,
  { ecr, clock, log }: { ecr: ECRClient; clock: Clock; log: Log },
): Promise<EvaluatedFindings> {
  const findings = await scanFindings(ecr, { ...image, timeout: scanTimeout * 1000 }, { clock, log });
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  const evaluated = evaluateFindings(findings, { threshold, rules, today });
  for (const { finding, rule } of evaluated.suppressed)
    log(`suppressed until ${rule.until}: ${describeFinding(finding)}${rule.reason ? ` (${rule.reason})` : ""}`);
  for (const { id, until } of evaluated.expired) log(`no longer suppressed, expired on ${until}: ${id}`);
  if (evaluated.blocking.length > 0) throw blockingError(evaluated, threshold);
  log(`ECR's scan: ${findings.length} findings, none of ${threshold} or above that is not suppressed`);
  return evaluated;
}

export type ScanLimits = Pick<Inputs, "scanTimeout" | "ignoredFindings"> & { threshold: Severity };

/** Findings listed in the message; ECR's console has all of them. */
const maxListed = 50;

function blockingError({ blocking, expired }: EvaluatedFindings, threshold: Severity): FailedError {
  return new FailedError(
    [
      `ECR's scan found ${blocking.length} of ${threshold} or above. ` +
        "The image is in the registry under its content tag only; the requested tags were not set.",
      ...blocking.slice(0, maxListed).map((finding) => `  ${describeFinding(finding)}`),
      ...(blocking.length > maxListed ? [`  and ${blocking.length - maxListed} more`] : []),
      ...expired.map(({ id, until }) => `  ${id} was suppressed until ${until}`),
      "Use a newer base image or package, or suppress a finding in ignore-findings, with the last day and the reason.",
    ].join("\n"),
  );
}

function describeFinding({ severity, id, where, fixedIn }: Finding): string {
  const fix = fixedIn && fixedIn !== "NotAvailable" ? `, fixed in ${fixedIn}` : "";
  return `${severity} ${id}${where ? ` in ${where}` : ""}${fix}`;
}
