// The findings of ECR's scan, and the rules that suppress some of them.
import {
  DescribeImageScanFindingsCommand,
  StartImageScanCommand,
  type DescribeImageScanFindingsCommandOutput,
  type ECRClient,
  type EnhancedImageScanFinding,
  type ImageScanFinding,
} from "@aws-sdk/client-ecr";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import { formatDuration, type Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";

/** The most severe first. ECR also has UNDEFINED and UNTRIAGED, for findings that have not been rated. */
export const severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"] as const;
export type Severity = (typeof severities)[number];

export interface FindingRule {
  id: string;
  /** Last day of the suppression, YYYY-MM-DD, UTC. */
  until: string;
  reason: string;
}

export interface Finding {
  id: string;
  severity: string;
  /** "openssl 3.0.11" */
  where: string;
  fixedIn: string | undefined;
}

/** Lines `CVE-2026-1234 2026-12-31 reason`. The date is required, so that every suppression is reviewed again. */
export function parseFindingRules(lines: string[], problem: (text: string) => void): FindingRule[] {
  return lines.flatMap((line) => {
    const [, id, until, reason = ""] = /^(\S+)\s+(\d{4}-\d{2}-\d{2})(?:\s+(.*))?$/.exec(line) ?? [];
    if (id === undefined || until === undefined || Number.isNaN(Date.parse(until))) {
      problem(
        `"${line}" must be a finding's id, the last day of its suppression, and the reason, ` +
          "for example CVE-2026-1234 2026-12-31 not reachable",
      );
      return [];
    }
    return [{ id, until, reason }];
  });
}

export interface EvaluatedFindings {
  blocking: Finding[];
  suppressed: { finding: Finding; rule: FindingRule }[];
  /** Rules that have expired, for findings that still exist. */
  expired: FindingRule[];
}

export function evaluateFindings(
  findings: Finding[],
  { threshold, rules, today }: { threshold: Severity; rules: FindingRule[]; today: string },
): EvaluatedFindings {
  const relevant = new Set<string>(severities.slice(0, severities.indexOf(threshold) + 1));
  const evaluated: EvaluatedFindings = { blocking: [], suppressed: [], expired: [] };
  for (const finding of findings.filter(({ severity }) => relevant.has(severity))) {
    const rule = rules.find(({ id }) => id === finding.id);
    if (rule && rule.until >= today) evaluated.suppressed.push({ finding, rule });
    else evaluated.blocking.push(finding);
    if (rule && rule.until < today && !evaluated.expired.includes(rule)) evaluated.expired.push(rule);
  }
  return evaluated;
}

/** Milliseconds between two polls. */
const pollInterval = 3000;

/** Waits for the scan, starting it if the repository does not scan on push, and reads all findings. Milliseconds. */
export async function scanFindings(
  ecr: ECRClient,
  { repositoryName, digest, timeout }: { repositoryName: string; digest: string; timeout: number },
  { clock, log }: { clock: Clock; log: Log },
): Promise<Finding[]> {
  const id: ScanId = { repositoryName, imageId: { imageDigest: digest } };
  const startedAt = clock.now();
  let isStarted = false;
  let lastStatus = "";
  for (;;) {
    const scan = await describeScan(ecr, id);
    if (scan === undefined && !isStarted) {
      await startScan(ecr, id);
      isStarted = true;
    }
    const status = scan?.imageScanStatus?.status ?? "PENDING";
    if (scan && (status === "COMPLETE" || status === "ACTIVE")) return readFindings(ecr, id, scan);
    if (status !== "PENDING" && status !== "IN_PROGRESS")
      throw scanFailed(id, [status, scan?.imageScanStatus?.description].filter(Boolean).join(", "));
    if (clock.now() + pollInterval - startedAt > timeout)
      throw new FailedError(
        `ECR did not scan ${repositoryName}@${digest} within ${formatDuration(timeout)} (${status}). ` +
          "Increase scan-timeout, or run this again later: the scan continues.",
        { outcome: "timed-out" },
      );
    if (status !== lastStatus) log(`waiting for ECR's scan (${status})`);
    lastStatus = status;
    await clock.sleep(pollInterval);
  }
}

type ScanId = { repositoryName: string; imageId: { imageDigest: string } };

function scanFailed({ repositoryName, imageId }: ScanId, reason: string): FailedError {
  return new FailedError(
    `ECR could not scan ${repositoryName}@${imageId.imageDigest}: ${reason}. ` +
      "Its findings are unknown, so the step fails. Omit fail-on-severity for images that ECR cannot scan.",
  );
}

/** For repositories without scan on push. LimitExceeded: the image was scanned within the last 24 hours. */
async function startScan(ecr: ECRClient, id: ScanId): Promise<void> {
  try {
    await ecr.send(new StartImageScanCommand(id));
  } catch (error) {
    if (error instanceof Error && /LimitExceeded/.test(error.name)) return;
    await withAwsErrorContext("ecr:StartImageScan", Promise.reject(error as Error));
  }
}

/** undefined: no scan was started, or the image was pushed so recently that the scanner does not have it yet. */
async function describeScan(
  ecr: ECRClient,
  id: ScanId,
  nextToken?: string,
): Promise<DescribeImageScanFindingsCommandOutput | undefined> {
  try {
    return await ecr.send(
      new DescribeImageScanFindingsCommand({ ...id, maxResults: 1000, ...(nextToken ? { nextToken } : {}) }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === "ScanNotFoundException") return undefined;
    return withAwsErrorContext("ecr:DescribeImageScanFindings", Promise.reject(error as Error));
  }
}

async function readFindings(
  ecr: ECRClient,
  id: ScanId,
  first: DescribeImageScanFindingsCommandOutput,
): Promise<Finding[]> {
  const findings = [];
  for (
    let page: DescribeImageScanFindingsCommandOutput | undefined = first;
    page;
    page = page.nextToken ? await describeScan(ecr, id, page.nextToken) : undefined
  ) {
    // Basic scanning fills the first list, enhanced scanning (Inspector) the second.
    findings.push(
      ...(page.imageScanFindings?.findings ?? []).map(basicFinding),
      ...(page.imageScanFindings?.enhancedFindings ?? []).map(enhancedFinding),
    );
  }
  return findings.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

function basicFinding({ name: id = "", severity, attributes = [] }: ImageScanFinding): Finding {
  const attribute = (name: string) => attributes.find(({ key }) => key === name)?.value;
  return {
    id,
    severity: severity ?? "",
    where: [attribute("package_name"), attribute("package_version")].filter(Boolean).join(" "),
    fixedIn: undefined,
  };
}

function enhancedFinding({
  packageVulnerabilityDetails: details,
  severity = "",
  title = "",
}: EnhancedImageScanFinding): Finding {
  const [vulnerable] = details?.vulnerablePackages ?? [];
  return {
    id: details?.vulnerabilityId ?? title,
    severity,
    where: [vulnerable?.name, vulnerable?.version].filter(Boolean).join(" "),
    fixedIn: vulnerable?.fixedInVersion,
  };
}

const rank = ({ severity }: Finding): number => {
  const index = severities.findIndex((known) => known === severity);
  return index < 0 ? severities.length : index;
};
