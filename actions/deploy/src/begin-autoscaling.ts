// Autoscaling begins with the first deployment. Terraform registers a service with minimum 0, since registering one moves
// the desired count into the range at once, when there is no image yet; the minimum to begin with is in a tag of the
// service (docs/decisions/0002-who-owns-what.md). Later on, minimum and maximum are Terraform's.
import { goOnWithout, isUnavailable } from "../../shared/src/aws.ts";
import { readScalableTarget, registerScalableTarget } from "../../shared/src/ecs/scalable-target.ts";
import { tagOf } from "../../shared/src/ecs/service.ts";
import type { ServiceResult } from "../../shared/src/ecs/report/report-result.ts";
import { messageOf } from "../../shared/src/errors.ts";
import { warn } from "../../shared/src/warn.ts";
import type { Run } from "./dependencies.ts";
import type { ServicePlan } from "./plan.ts";

const minimumTag = "deploy:minimum-count";

/**
 * Raises the minimum of a service that runs now, if its autoscaling waits for that. The deployment is over: what is
 * wrong here is a warning.
 */
export async function beginAutoscaling(run: Run, plan: ServicePlan, ended: ServiceResult): Promise<void> {
  const { name, service } = plan;
  const text = tagOf(service, minimumTag);
  const count = ended.result?.service.desiredCount ?? plan.desiredCount ?? service.desiredCount;
  const runs = count !== 0 && ["succeeded", "unchanged", ""].includes(ended.outcome);
  if (text === undefined || !runs || tagOf(service, "emergency:reason") !== undefined) return;
  const minimum = Number(text);
  const consequence = `autoscaling of ${name} may keep the minimum 0, with which it can stop all tasks, until the next terraform apply`;
  if (!Number.isInteger(minimum) || minimum < 1)
    return warn(
      run,
      "autoscaling",
      `${minimumTag} of ${name} is "${text}" and must be a whole number, 1 or more; ${consequence}`,
    );
  const session = { ...run, autoscaling: run.autoscaling() };
  const place = { cluster: run.inputs.cluster, service: service.serviceName };
  try {
    const target = await readScalableTarget(session, place);
    if (target?.MinCapacity !== 0) return;
    await registerScalableTarget(session, place, { MinCapacity: minimum });
  } catch (error) {
    if (!isUnavailable(error)) return warn(run, "autoscaling", `${messageOf(error)}; ${consequence}`);
    return goOnWithout(run, "application-autoscaling:RegisterScalableTarget", error, consequence);
  }
  run.log(`${name}: autoscaling begins, with at least ${minimum} ${minimum === 1 ? "task" : "tasks"}`);
}
