// Stopping one service: record, suspend autoscaling, scale to 0, wait. Each step can be done again, so that a run that
// was killed half-way is continued by the next one.
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { withRetry } from "../../shared/src/aws.ts";
import {
  formatLimits,
  noAutoscaling,
  readAutoscaling,
  suspendAutoscaling,
  unknownAutoscaling,
  type Limits,
} from "./autoscaling.ts";
import type { Run } from "./dependencies.ts";
import { writeRecord } from "./record.ts";
import type { ServiceState } from "./state.ts";
import { waitUntil } from "./wait.ts";

export async function stop(run: Run, service: ServiceState): Promise<"succeeded" | "unchanged"> {
  const { name, record, state } = service;
  if (state === "stopped") {
    run.log(`${name}: is stopped already, ${described(service)}`);
    return "unchanged";
  }
  const limits = await readAutoscaling(run, name);
  // What an earlier run has recorded is the way back, not the numbers of a service that is half stopped.
  if (record === undefined)
    await writeRecord(run, service.arn, { desiredCount: service.desired, autoscaling: autoscalingText(limits) });
  else run.log(`${name}: was stopped before, ${described(service)}; its record is kept`);
  if (typeof limits === "object") await suspendAutoscaling(run, name, limits);
  await scale(run, name, 0);
  run.log(`${name}: scaled from ${service.desired} to 0${typeof limits === "object" ? ", autoscaling suspended" : ""}`);
  await waitUntil(run, name, "all its tasks have stopped", ({ tasks }) => tasks === 0);
  return "succeeded";
}

function autoscalingText(limits: Limits | "none" | "unknown"): string {
  if (limits === "none") return noAutoscaling;
  return limits === "unknown" ? unknownAutoscaling : formatLimits(limits);
}

export const described = ({ record }: ServiceState): string =>
  record === undefined
    ? "without a record"
    : `since ${record.at || "an unknown time"} by ${record.by || "an unknown user"}: ${record.reason || "no reason given"}`;

export async function scale(run: Run, service: string, desiredCount: number): Promise<void> {
  const { cluster } = run.inputs;
  await withRetry(run, "ecs:UpdateService", () =>
    run.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount })),
  );
}
