// The summary of a build: what came out of it, or where it failed.
import { details, factTable, inputsBlock, table, type Facts } from "../../shared/src/summary/blocks.ts";
import { imageLink } from "../../shared/src/summary/console-links.ts";
import { explanationOf, failureSection, isKnown, markExplained } from "../../shared/src/summary/failure.ts";
import { code, type Markup } from "../../shared/src/summary/markup.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { formatMegabytes } from "../../shared/src/size.ts";
import type { Timeline } from "../../shared/src/timeline.ts";
import type { BuildResult } from "./build-result.ts";
import type { FoundBuilder } from "./builder.ts";
import type { EvaluatedFindings } from "./findings.ts";
import { withoutEffect, type Inputs } from "./inputs.ts";

interface Summary {
  inputs: Inputs;
  built: BuildResult;
  findings: EvaluatedFindings | undefined;
  /** undefined: nothing was built. */
  builder: FoundBuilder | undefined;
  timeline: Timeline;
}

export async function summarise({ inputs, built, findings, builder, timeline }: Summary): Promise<void> {
  const sizes = Object.entries(JSON.parse(built.sizes) as Record<string, number>);
  const version = built.version.slice(0, 12);
  await appendSummary({
    status: built.skipped ? "unchanged" : "succeeded",
    title: built.skipped
      ? `${inputs.repository}: this content was already built, as version ${version}`
      : `${inputs.repository}: version ${version} built and pushed`,
    content: [
      factTable({
        Image: code(built.image),
        Console: imageLink("image in ECR", built.image),
        Version: code(built.version),
        ...commitFact(built.version),
        Tags: built.tags.split("\n").map((tag) => code(tag)),
        "Size, compressed": sizes.map(([platform, bytes]) =>
          sizes.length > 1 ? `${platform}: ${formatMegabytes(bytes)}` : formatMegabytes(bytes),
        ),
        "Built with": builder?.description,
        "Not done": built.skipped ? withoutEffect(inputs) : undefined,
        Scan: findings && scanFact(inputs, findings),
        Duration: durationOf(timeline),
      }),
      findings && suppressedTable(findings),
    ],
    end: shownInputs(inputs),
  });
}

const scanFact = ({ failOnSeverity }: Inputs, { suppressed }: EvaluatedFindings): string =>
  `no finding of ${failOnSeverity} or above${suppressed.length > 0 ? " that is not suppressed" : ""}`;

/** The commit that first built this content, where it is another than this run's. */
function commitFact(version: string): Facts {
  const { GITHUB_SHA: sha } = process.env;
  return sha && !version.startsWith(sha) ? { "Commit of this run": code(sha) } : {};
}

function suppressedTable({ suppressed }: EvaluatedFindings): Markup | undefined {
  if (suppressed.length === 0) return undefined;
  const rows = suppressed.map(({ finding, rule }) => [
    code(finding.id),
    finding.severity,
    finding.where,
    rule.until,
    rule.reason,
  ]);
  return details(`Suppressed findings (${rows.length})`, [
    table(["Finding", "Severity", "Package", "Until", "Reason"], rows),
  ]);
}

/** The message has the failed step, its last lines and what to do about it. */
export async function summariseFailure(
  inputs: Inputs,
  error: unknown,
  { timeline, version }: { timeline: Timeline; version: string | undefined },
): Promise<void> {
  if (!isKnown(error)) return;
  const section = failureSection(inputs.repository, error);
  // Of a failed build step the first line of what it wrote names it.
  const step = timeline.failed === "Build" && section.status === "failed" && /^ {2}(.+)$/m.exec(error.message)?.[1];
  const facts = factTable({
    Version: version === undefined ? undefined : code(version),
    Dockerfile: code(inputs.dockerfile),
    Duration: durationOf(timeline),
  });
  await appendSummary({
    ...section,
    ...(step ? { title: `${inputs.repository}: build failed at ${step}` } : {}),
    content: [facts, ...(step ? [explanationOf(error, "all")] : section.content)],
    end: shownInputs(inputs),
  });
  markExplained(error);
}

const durationOf = (timeline: Timeline): string =>
  Object.entries(timeline.seconds)
    .filter(([, time]) => time >= 0.01)
    .map(([phase, time]) => `${phase} ${time} s`)
    .join(", ");

/** Not the secrets, and not the build arguments, labels and cache settings, which some put tokens into. */
const shownInputs = (inputs: Inputs): Markup | undefined =>
  inputsBlock({
    context: inputs.context,
    file: inputs.dockerfile,
    target: inputs.target,
    repository: inputs.repository,
    registry: inputs.registry,
    tags: [...inputs.tags, ...inputs.references.map(({ text }) => text)],
    platforms: inputs.platforms,
    "build-contexts": [...inputs.buildContexts].map(([name, from]) => `${name}=${from}`),
    provenance: inputs.provenance,
    sbom: inputs.sbom,
    "no-cache": inputs.noCache || undefined,
    "no-cache-filters": inputs.noCacheFilters,
    pull: inputs.pull || undefined,
    builder: inputs.builder,
    "max-size": inputs.maxSize,
    "fail-on-severity": inputs.failOnSeverity,
  });
