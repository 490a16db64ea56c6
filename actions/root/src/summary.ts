// One summary of a release: what became of it as a whole, then its parts, when each ran, and the inputs.
import type { DeployResult } from "../../deploy/src/dependencies.ts";
import { revisionOf } from "../../shared/src/ecs/report/headline.ts";
import { blocks, inputsBlock } from "../../shared/src/summary/blocks.ts";
import { explanationOf, failureSection, isExplained, isKnown, statusOf } from "../../shared/src/summary/failure.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { Timeline } from "../../shared/src/timeline.ts";
import type { Inputs } from "./inputs.ts";

/** What is known of a release, also when it fails in the middle. */
export interface Released {
  timeline: Timeline;
  /** Sections of render-task-definition; deploy's have the same changes. */
  rendered: Section[];
  /** Sections of the other actions. */
  parts: Section[];
  deployed: Partial<DeployResult>;
  isPlan?: boolean;
  isVerified?: boolean;
}

export async function writeSummary(inputs: Inputs, released: Released, error?: unknown): Promise<void> {
  const { timeline } = released;
  const parts = released.parts.length > 0 ? released.parts : released.rendered;
  await appendSummary({
    ...headingOf(inputs, released, error),
    // Their inputs are among those at the end.
    parts: parts.map((part) => ({ ...part, end: undefined })),
    end: blocks([timeline.markdown(inputs.service), shownInputs(inputs)]),
  });
}

function headingOf(inputs: Inputs, released: Released, error: unknown): Section {
  const { service } = inputs;
  const { deployed, isPlan, isVerified, timeline } = released;
  const revision = revisionOf(deployed.taskDefinitionArn ?? "");
  if (error === undefined) {
    if (isPlan) return { status: "planned", title: `${service}: plan of a release, nothing was changed`, content: [] };
    const what = deployed.outcome === "unchanged" ? `already ran ${revision}` : `${revision} deployed`;
    const verified = isVerified ? (deployed.outcome === "unchanged" ? ", verified" : " and verified") : "";
    const status = deployed.outcome === "unchanged" ? "unchanged" : "succeeded";
    return { status, title: `${service}: ${what}${verified}`, content: [] };
  }
  if (!isKnown(error)) return failureSection(service, error);
  const what = timeline.failed === "Smoke test" ? "smoke test" : "deployment";
  const status = statusOf(error);
  const previous = revisionOf(deployed.previousTaskDefinitionArn ?? "");
  if (status === "rolled-back") {
    const title = `${service}: ${revision} was rolled back to ${previous} because the ${what} failed`;
    return { status, title, content: [] };
  }
  if (timeline.seconds["Rollback"] !== undefined) {
    const title = `${service}: ${what} of ${revision} failed, and so did the rollback to ${previous}`;
    return { status, title, content: [explanationOf(error, "all")] };
  }
  // One of the parts says more than its first line.
  if (isExplained(error)) return { status, title: `${service}: ${what} of ${revision} failed`, content: [] };
  return failureSection(service, error);
}

function shownInputs({ cluster, service, rollbackOnFailure, render, renderMigration, smokeTest }: Inputs) {
  const tested = smokeTest?.("");
  return inputsBlock({
    cluster,
    service,
    images: [...render.change.containers].map(([name, { image }]) => `${name}=${image ?? ""}`),
    "migration-images":
      renderMigration && [...renderMigration.change.containers].map(([name, { image }]) => `${name}=${image ?? ""}`),
    url: tested?.url,
    "expect-version": tested?.expected?.version,
    "rollback-on-failure": rollbackOnFailure,
  });
}
