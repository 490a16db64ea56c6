import { appendSummary, factTable } from "../../shared/src/report.ts";
import type { Timeline } from "../../shared/src/timeline.ts";
import type { BuildResult } from "./build-result.ts";
import type { Builder } from "./builder.ts";
import type { EvaluatedFindings } from "./findings.ts";
import { megabytes } from "./gates.ts";

interface Summary {
  repository: string;
  built: BuildResult;
  findings: EvaluatedFindings | undefined;
  /** undefined: nothing was built. */
  builder: Builder | undefined;
  timeline: Timeline;
}

export async function summarise({ repository, built, findings, builder, timeline }: Summary): Promise<void> {
  const seconds = Object.entries(timeline.seconds)
    .filter(([, time]) => time >= 0.01)
    .map(([phase, time]) => `${phase} ${time} s`);
  const facts = {
    Image: `\`${built.image}\``,
    Version: `\`${built.version}\``,
    Tags: built.tags
      .split("\n")
      .map((tag) => `\`${tag}\``)
      .join("\n"),
    Size: `${megabytes(JSON.parse(built.sizes) as Record<string, number>)} compressed`,
    "Built with": builder?.description,
    "Let through":
      findings &&
      findings.suppressed
        .map(({ finding, rule }) => `${finding.severity} ${finding.id} until ${rule.until}`)
        .join("\n"),
    Time: seconds.join(", "),
  };
  await appendSummary(
    `### ${repository}: ${built.skipped ? "already built" : "built and pushed"}\n\n${factTable(facts)}`,
  );
}
