// Stopping one service: record, show the maintenance answer, suspend autoscaling, scale to 0, wait. Each step can be done
// again, so that a run that was killed half-way is continued by the next one.
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
import { setMaintenance } from "./maintenance.ts";
import { recordRule, writeRecord } from "./record.ts";
import { ruleOf, type ServiceState } from "./state.ts";
import { waitUntil } from "./wait.ts";

export async function stop(run: Run, service: ServiceState): Promise<"succeeded" | "unchanged"> {
  const { name, record, state } = service;
  if (state === "stopped") {
    run.log(`${name}: is stopped already, ${described(service)}`);
    return (await showMaintenance(run, service)) ? "succeeded" : "unchanged";
  }
  const limits = await readAutoscaling(run, name);
  // What an earlier run has recorded is the way back, not the numbers of a service that is half stopped.
  if (record === undefined)
    await writeRecord(run, service.arn, {
      desiredCount: service.desired,
      autoscaling: autoscalingText(limits),
      maintenanceRule: ruleOf(run, service),
    });
  else run.log(`${name}: was stopped before, ${described(service)}; its record is kept`);
  // An answer that cannot be shown is no reason to leave the service running: it is an error at the end.
  const shown = showMaintenance(run, service).catch((error: unknown) => ({ error }));
  if (typeof limits === "object") await suspendAutoscaling(run, name, limits);
  await scale(run, name, 0);
  run.log(`${name}: scaled from ${service.desired} to 0${typeof limits === "object" ? ", autoscaling suspended" : ""}`);
  await waitUntil(run, name, "all its tasks have stopped", ({ tasks }) => tasks === 0);
  const answer = await shown;
  if (typeof answer === "object") throw answer.error;
  return "succeeded";
}

/** Nothing for a service without one. @returns whether anything was changed. */
async function showMaintenance(run: Run, service: ServiceState): Promise<boolean> {
  const rule = ruleOf(run, service);
  if (rule === undefined) return false;
  // The way back first, as for the number of tasks.
  if (service.record !== undefined && service.record.maintenanceRule !== rule) await recordRule(run, service.arn, rule);
  return setMaintenance(run, rule, "shown");
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
