// Autoscaling of a service while it is stopped. Its minimum is 0 and its activities are suspended: with a higher minimum,
// the next scale-out would start tasks again (Application Auto Scaling user guide, "Suspend and resume scaling"; Amazon
// ECS developer guide, "Automatically scale your Amazon ECS service").
import type { ScalableTarget } from "@aws-sdk/client-application-auto-scaling";
import { goOnWithout, isUnavailable } from "../../shared/src/aws.ts";
import { readScalableTarget, registerScalableTarget } from "../../shared/src/ecs/scalable-target.ts";
import { messageOf } from "../../shared/src/errors.ts";
import { required } from "../../shared/src/required.ts";
import { warn } from "../../shared/src/warn.ts";
import type { Run } from "./dependencies.ts";

export interface Limits {
  min: number;
  max: number;
  /** Which activities were suspended before already. */
  suspended: { in: boolean; out: boolean; scheduled: boolean };
}

/** The text of the tag for a service without autoscaling, and for one where it could not be seen. */
export const noAutoscaling = "none";
export const unknownAutoscaling = "unknown";

/** "min=3 max=12", with "suspended=in+out+scheduled" for what was suspended before. */
export function formatLimits({ min, max, suspended }: Limits): string {
  const which = Object.entries(suspended).flatMap(([name, isSuspended]) => (isSuspended ? [name] : []));
  return `min=${min} max=${max}${which.length === 0 ? "" : ` suspended=${which.join("+")}`}`;
}

export function parseLimits(text: string): Limits | undefined {
  const [, min, max, suspended = ""] = /^min=(\d+) max=(\d+)(?: suspended=([a-z+]+))?$/.exec(text) ?? [];
  if (min === undefined || max === undefined) return undefined;
  const which = new Set(suspended.split("+"));
  return {
    min: Number(min),
    max: Number(max),
    suspended: { in: which.has("in"), out: which.has("out"), scheduled: which.has("scheduled") },
  };
}

/** Where it cannot be seen, for whatever reason, the work goes on with a warning: what must be stopped is stopped. */
export async function readAutoscaling(run: Run, service: string): Promise<Limits | "none" | "unknown"> {
  try {
    const target = await readScalableTarget(run, { cluster: run.inputs.cluster, service });
    return target === undefined ? "none" : limitsOf(target);
  } catch (error) {
    const call = "application-autoscaling:DescribeScalableTargets";
    const consequence = "autoscaling, where it is on, may start tasks again while the service is stopped";
    if (isUnavailable(error)) goOnWithout(run, call, error, consequence);
    else warn(run, "autoscaling", `${messageOf(error)}; ${consequence}`);
    return "unknown";
  }
}

function limitsOf({ MinCapacity, MaxCapacity, SuspendedState = {} }: ScalableTarget): Limits {
  const call = "application-autoscaling:DescribeScalableTargets";
  return {
    min: required(MinCapacity, `${call}: MinCapacity`),
    max: required(MaxCapacity, `${call}: MaxCapacity`),
    suspended: {
      in: SuspendedState.DynamicScalingInSuspended ?? false,
      out: SuspendedState.DynamicScalingOutSuspended ?? false,
      scheduled: SuspendedState.ScheduledScalingSuspended ?? false,
    },
  };
}

export const suspendAutoscaling = (run: Run, service: string, { max }: Limits): Promise<void> =>
  register(run, service, { min: 0, max, suspended: { in: true, out: true, scheduled: true } });

export const restoreAutoscaling = (run: Run, service: string, limits: Limits): Promise<void> =>
  register(run, service, limits);

const register = (run: Run, service: string, { min, max, suspended }: Limits): Promise<void> =>
  registerScalableTarget(
    run,
    { cluster: run.inputs.cluster, service },
    {
      MinCapacity: min,
      MaxCapacity: max,
      SuspendedState: {
        DynamicScalingInSuspended: suspended.in,
        DynamicScalingOutSuspended: suspended.out,
        ScheduledScalingSuspended: suspended.scheduled,
      },
    },
  );
