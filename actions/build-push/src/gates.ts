// What an image must be before it gets its names.
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import { formatMegabytes } from "../../shared/src/size.ts";
import { evaluateFindings, scanFindings, type Finding, type EvaluatedFindings, type Severity } from "./findings.ts";
import type { Inputs } from "./inputs.ts";

/** "12.3 MB", or each platform's. */
export function megabytes(sizes: Record<string, number>): string {
  const entries = Object.entries(sizes);
  return entries
    .map(([platform, bytes]) => `${entries.length > 1 ? `${platform} ` : ""}${formatMegabytes(bytes)}`)
    .join(", ");
}

/** @throws FailedError when a platform is larger, compressed, than `maxSize` million bytes. */
export function checkSize(sizes: Record<string, number>, maxSize: number | undefined): void {
  const largest = Math.max(...Object.values(sizes)) / 1e6;
  if (maxSize === undefined || largest <= maxSize) return;
  throw new FailedError(
    `The image is ${megabytes(sizes)} compressed, and max-size allows ${maxSize} MB. It is in the registry under its content alone; no tag was put. docker history shows which step brings how much.`,
  );
}

/** @throws FailedError that lists what was found and is not let through. */
export async function checkFindings(
  { failOnSeverity: threshold, ...inputs }: Inputs & { failOnSeverity: Severity },
  image: { repositoryName: string; digest: string },
  dependencies: { ecr: ECRClient; clock: Clock; log: Log },
): Promise<EvaluatedFindings> {
  const findings = await scanFindings(dependencies.ecr, { ...image, timeout: inputs.scanTimeout * 1000 }, dependencies);
  const today = new Date(dependencies.clock.now()).toISOString().slice(0, 10);
  const evaluated = evaluateFindings(findings, { threshold, rules: inputs.ignoredFindings, today });
  for (const { finding, rule } of evaluated.suppressed)
    dependencies.log(
      `let through until ${rule.until}: ${describeFinding(finding)}${rule.reason ? ` (${rule.reason})` : ""}`,
    );
  for (const rule of evaluated.expired) dependencies.log(`no longer let through since ${rule.until}: ${rule.id}`);
  if (evaluated.blocking.length === 0) {
    dependencies.log(`ECR's scan: ${findings.length} findings, none of ${threshold} or above that is not let through`);
    return evaluated;
  }
  throw new FailedError(
    [
      `ECR's scan has found ${evaluated.blocking.length} of ${threshold} or above; the image is in the registry under its content alone, and no tag was put.`,
      ...evaluated.blocking.slice(0, 50).map((finding) => `  ${describeFinding(finding)}`),
      ...(evaluated.blocking.length > 50 ? [`  and ${evaluated.blocking.length - 50} more`] : []),
      ...evaluated.expired.map(({ id, until }) => `  ${id} was let through until ${until}`),
      "Build on a newer base image or package, or let a finding through in ignore-findings, with its last day and why.",
    ].join("\n"),
  );
}

const describeFinding = ({ severity, id, where, fixedIn }: Finding): string =>
  `${severity} ${id}${where ? ` in ${where}` : ""}${fixedIn && fixedIn !== "NotAvailable" ? `, fixed in ${fixedIn}` : ""}`;
