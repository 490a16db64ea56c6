// What ECR's scan has found, against what is let through.
import {
  DescribeImageScanFindingsCommand,
  StartImageScanCommand,
  type DescribeImageScanFindingsCommandOutput,
  type ECRClient,
} from "@aws-sdk/client-ecr";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import { formatDuration, type Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";

/** From the gravest down. ECR also knows UNDEFINED and UNTRIAGED, which nobody has judged yet. */
export const severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"] as const;
export type Severity = (typeof severities)[number];

export interface FindingRule {
  id: string;
  /** Last day on which it is let through, YYYY-MM-DD, UTC. */
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

/** Lines `CVE-2026-1234 2026-12-31 why`. A date is not optional: what is let through is looked at again. */
export function parseFindingRules(lines: string[], problem: (text: string) => void): FindingRule[] {
  return lines.flatMap((line) => {
    const [, id, until = "", reason = ""] = /^(\S+)\s+(\d{4}-\d{2}-\d{2})(?:\s+(.*))?$/.exec(line) ?? [];
    if (id === undefined || Number.isNaN(Date.parse(until))) {
      problem(
        `"${line}" must be an id, the last day on which it is let through, and why: CVE-2026-1234 2026-12-31 not reachable`,
      );
      return [];
    }
    return [{ id, until, reason }];
  });
}

export interface EvaluatedFindings {
  blocking: Finding[];
  suppressed: { finding: Finding; rule: FindingRule }[];
  /** Rules whose day is over, of findings that are still there. */
  expired: FindingRule[];
}

export function evaluateFindings(
  findings: Finding[],
  { threshold, rules, today }: { threshold: Severity; rules: FindingRule[]; today: string },
): EvaluatedFindings {
  const grave = new Set<string>(severities.slice(0, severities.indexOf(threshold) + 1));
  const evaluated: EvaluatedFindings = { blocking: [], suppressed: [], expired: [] };
  for (const finding of findings.filter(({ severity }) => grave.has(severity))) {
    const rule = rules.find(({ id }) => id === finding.id);
    if (rule && rule.until >= today) evaluated.suppressed.push({ finding, rule });
    else evaluated.blocking.push(finding);
    if (rule && rule.until < today && !evaluated.expired.includes(rule)) evaluated.expired.push(rule);
  }
  return evaluated;
}

const pause = 3000;

/** Waits for the scan, starting it where the registry does not, and reads all findings. Milliseconds. */
export async function scanFindings(
  ecr: ECRClient,
  image: { repositoryName: string; digest: string; timeout: number },
  { clock, log }: { clock: Clock; log: Log },
): Promise<Finding[]> {
  const { repositoryName, digest, timeout } = image;
  const imageId = { imageDigest: digest };
  const began = clock.now();
  let started = false;
  let said = "";
  for (;;) {
    const state = await describeScan(ecr, { repositoryName, imageId });
    if (state === undefined && !started) {
      // The registry scans this repository only when it is asked to.
      await ecr.send(new StartImageScanCommand({ repositoryName, imageId })).catch((error: unknown) => {
        if (!(error instanceof Error && /LimitExceeded/.test(error.name)))
          return withAwsErrorContext("ecr:StartImageScan", Promise.reject(error as Error));
        return undefined;
      });
      started = true;
    }
    const status = state?.imageScanStatus?.status ?? "PENDING";
    if (state && (status === "COMPLETE" || status === "ACTIVE"))
      return readFindings(ecr, { repositoryName, imageId }, state);
    if (status !== "PENDING" && status !== "IN_PROGRESS") {
      throw new FailedError(
        `ECR could not scan ${repositoryName}@${digest}: ${status}${state?.imageScanStatus?.description ? `, ${state.imageScanStatus.description}` : ""}. Nothing is known about its findings, so it is not let through; leave fail-on-severity out for images that ECR cannot scan.`,
      );
    }
    if (clock.now() + pause - began > timeout)
      throw new FailedError(
        `ECR has not scanned ${repositoryName}@${digest} within ${formatDuration(timeout)} (${status}). Raise scan-timeout, or run this again: the scan goes on.`,
        { outcome: "timed-out" },
      );
    if (status !== said) log(`waiting for ECR's scan (${status})`);
    said = status;
    await clock.sleep(pause);
  }
}

type ScanId = { repositoryName: string; imageId: { imageDigest: string } };

/** undefined: nobody has begun one; a fresh image is not known to the scanner for a moment either. */
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
    // Basic scanning fills the one list, enhanced scanning (Inspector) the other.
    findings.push(
      ...(page.imageScanFindings?.findings ?? []).map(({ name = "", severity = "", attributes = [] }): Finding => {
        const attribute = (key: string) => attributes.find((one) => one.key === key)?.value;
        return {
          id: name,
          severity,
          where: [attribute("package_name"), attribute("package_version")].filter(Boolean).join(" "),
          fixedIn: undefined,
        };
      }),
      ...(page.imageScanFindings?.enhancedFindings ?? []).map(
        ({ packageVulnerabilityDetails: details, severity = "", title = "" }): Finding => {
          const [one] = details?.vulnerablePackages ?? [];
          return {
            id: details?.vulnerabilityId ?? title,
            severity,
            where: [one?.name, one?.version].filter(Boolean).join(" "),
            fixedIn: one?.fixedInVersion,
          };
        },
      ),
    );
  }
  return findings.toSorted((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1));
}

const order = ({ severity }: Finding): number => {
  const index = severities.findIndex((one) => one === severity);
  return index < 0 ? severities.length : index;
};
