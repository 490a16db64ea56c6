// The way back, in tags of the service: there is no other store that could be lost.
import { TagResourceCommand, UntagResourceCommand, type Tag } from "@aws-sdk/client-ecs";
import { withRetry } from "../../shared/src/aws.ts";
import { tagOf } from "../../shared/src/ecs/service.ts";
import { tagValue } from "../../shared/src/ecs/tag-value.ts";
import { parseLimits, type Limits } from "./autoscaling.ts";
import type { Run } from "./dependencies.ts";

/** What a service was before it was stopped, and why it was. */
export interface EmergencyRecord {
  /** undefined: the tag is missing or is no number. */
  desiredCount: number | undefined;
  /** As it is in the tag. */
  autoscaling: string;
  /** undefined: there is no maintenance answer. */
  maintenanceRule: string | undefined;
  reason: string;
  by: string;
  /** ISO 8601, UTC. */
  at: string;
}

const names = {
  desiredCount: "emergency:desired-count",
  autoscaling: "emergency:autoscaling",
  maintenanceRule: "emergency:maintenance-rule",
  reason: "emergency:reason",
  by: "emergency:by",
  at: "emergency:at",
} as const;

type Tagged = { tags?: Tag[] | undefined };

/** undefined: the service is in no emergency. */
export function recordOf(service: Tagged): EmergencyRecord | undefined {
  const values = Object.values(names).map((name) => tagOf(service, name));
  if (values.every((value) => value === undefined)) return undefined;
  const [count, autoscaling = "", maintenanceRule, reason = "", by = "", at = ""] = values;
  const desiredCount = /^\d{1,4}$/.test(count ?? "") ? Number(count) : undefined;
  return { desiredCount, autoscaling, maintenanceRule, reason, by, at };
}

/** The limits of its autoscaling that are to come back; undefined: none, or none that are known. */
export const limitsOf = ({ autoscaling }: EmergencyRecord): Limits | undefined => parseLimits(autoscaling);

/** All tags in one call, before anything is stopped: a run that is killed half-way leaves the way back. */
export async function writeRecord(
  run: Run,
  resourceArn: string,
  {
    desiredCount,
    autoscaling,
    maintenanceRule,
  }: Pick<EmergencyRecord, "autoscaling" | "maintenanceRule"> & { desiredCount: number },
): Promise<void> {
  const { inputs, clock } = run;
  const tags = [
    { key: names.desiredCount, value: String(desiredCount) },
    { key: names.autoscaling, value: autoscaling },
    ...(maintenanceRule === undefined ? [] : [ruleTag(maintenanceRule)]),
    { key: names.reason, value: tagValue(inputs.reason) },
    { key: names.by, value: tagValue(inputs.by) },
    { key: names.at, value: new Date(clock.now()).toISOString() },
  ];
  await addTags(run, resourceArn, tags);
}

/** Of a service that was stopped before without one. */
export const recordRule = (run: Run, resourceArn: string, maintenanceRule: string): Promise<void> =>
  addTags(run, resourceArn, [ruleTag(maintenanceRule)]);

const ruleTag = (arn: string): Tag => ({ key: names.maintenanceRule, value: arn });

async function addTags(run: Run, resourceArn: string, tags: Tag[]): Promise<void> {
  await withRetry(run, "ecs:TagResource", () => run.ecs.send(new TagResourceCommand({ resourceArn, tags })));
}

/** The last step of a resume. */
export async function removeRecord(run: Run, resourceArn: string): Promise<void> {
  await withRetry(run, "ecs:UntagResource", () =>
    run.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: Object.values(names) })),
  );
}
