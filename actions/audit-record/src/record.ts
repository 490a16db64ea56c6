// The record: what event.schema.json describes, and the same as lines for people.
import type { Inputs, ServiceEntry } from "./inputs.ts";
import type { Run } from "./run.ts";

/** What is undefined is left out. */
export interface AuditRecord {
  /** Of this shape. A reader that does not know it must not guess. */
  version: 1;
  /** ISO 8601 */
  at: string;
  environment: string;
  kind: string;
  step: string | undefined;
  outcome: string;
  actor: string;
  trigger: string | undefined;
  reason: string | undefined;
  subject: string | undefined;
  repository: string | undefined;
  commit: string | undefined;
  run: string | undefined;
  services: ServiceEntry[] | undefined;
  code: string | undefined;
  explanation: string | undefined;
}

/** @param now milliseconds since the epoch */
export function recordOf(inputs: Inputs, run: Run, now: number): AuditRecord {
  const { kind, step, environment, outcome, reason, subject, services, code, explanation } = inputs;
  return {
    version: 1,
    at: new Date(now).toISOString(),
    environment,
    kind,
    outcome,
    actor: inputs.by ?? run.actor ?? "unknown",
    step,
    trigger: run.trigger,
    reason,
    subject,
    repository: run.repository,
    commit: run.commit,
    run: run.url,
    services: services.length === 0 ? undefined : services,
    code,
    explanation,
  };
}

/** In the order in which somebody on call reads. */
export function textOf({ actor, reason, commit, services = [], code, explanation }: AuditRecord): string {
  return [
    `By: ${actor}`,
    ...(reason === undefined ? [] : [`Reason: ${reason}`]),
    ...(commit === undefined ? [] : [`Commit: ${commit}`]),
    ...services.map(serviceLine),
    ...(code === undefined ? [] : [`Error code: ${code}`]),
    ...(explanation === undefined ? [] : [explanation]),
  ].join("\n");
}

/** "api: rolled-back, api:41 → api:42" */
function serviceLine({ service, outcome, before, after, state, desired, running }: ServiceEntry): string {
  const revisions = before === after ? after : [before, after].filter((one) => one !== undefined).join(" → ");
  const tasks = running === undefined ? undefined : `${running} of ${desired ?? running} tasks`;
  const facts = [outcome, state, tasks, revisions].filter((one) => one !== undefined && one !== "");
  return `${service}: ${facts.length === 0 ? "unknown" : facts.join(", ")}`;
}
