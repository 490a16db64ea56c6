// Bringing one service back: number of tasks, autoscaling, wait, hide the maintenance answer, and only then the record is
// removed. A run that was killed half-way is continued by the next one.
import { ConfigurationError } from "../../shared/src/errors.ts";
import { noAutoscaling, restoreAutoscaling } from "./autoscaling.ts";
import { warn } from "../../shared/src/warn.ts";
import type { Run } from "./dependencies.ts";
import { setMaintenance } from "./maintenance.ts";
import { limitsOf, removeRecord } from "./record.ts";
import { ruleOf, type ServiceState } from "./state.ts";
import { described, scale } from "./stop.ts";
import { waitUntil } from "./wait.ts";

/** What is to be done with a service, known before anything is changed. */
export interface ResumePlan {
  service: ServiceState;
  /** undefined: it is in no emergency, and runs. */
  count: number | undefined;
}

/** @throws ConfigurationError for all services of which nobody knows how many tasks they had. */
export function planResume(run: Run, states: ServiceState[]): ResumePlan[] {
  const { desiredCount } = run.inputs;
  const plans = states.map((service): ResumePlan => {
    const isUntouched = service.record === undefined && service.desired > 0;
    return { service, count: isUntouched ? undefined : (desiredCount ?? service.record?.desiredCount) };
  });
  const problems = plans.flatMap(({ service, count }) => {
    if (count !== undefined || (service.record === undefined && service.desired > 0)) return [];
    const why = service.record === undefined ? "has no record of an emergency" : "has no number of tasks in its record";
    return [`${service.name} ${why}: set desired-count to the number of tasks that it shall have.`];
  });
  if (problems.length > 0) throw new ConfigurationError(`${problems.join("\n")}\nNothing was changed.`);
  return plans;
}

export async function resume(run: Run, { service, count }: ResumePlan): Promise<"succeeded" | "unchanged"> {
  const { name, record, arn } = service;
  if (count === undefined) {
    run.log(`${name}: is in no emergency and has ${service.desired} tasks; nothing to resume`);
    return (await hideMaintenance(run, service)) ? "succeeded" : "unchanged";
  }
  run.log(
    `${name}: ${record ? `was stopped ${described(service)}` : "is in no emergency"}; going back to ${count} tasks`,
  );
  await scale(run, name, count);
  await bringBackAutoscaling(run, service);
  // Autoscaling may have another number in mind by now; but none at all is a stop, whose record must stay.
  const isStable = ({ desired, tasks, running }: ServiceState) =>
    desired === running && tasks === running && (desired > 0 || count === 0);
  await waitUntil(run, name, `its tasks run`, isStable);
  await hideMaintenance(run, service);
  if (record !== undefined) await removeRecord(run, arn);
  return "succeeded";
}

/** Nothing for a service without one. @returns whether anything was changed. */
async function hideMaintenance(run: Run, service: ServiceState): Promise<boolean> {
  const rule = ruleOf(run, service);
  return rule !== undefined && setMaintenance(run, rule, "hidden");
}

async function bringBackAutoscaling(run: Run, { name, record }: ServiceState): Promise<void> {
  if (record === undefined || record.autoscaling === noAutoscaling) return;
  const limits = limitsOf(record);
  if (limits !== undefined) {
    await restoreAutoscaling(run, name, limits);
    return run.log(`${name}: autoscaling is as before (${record.autoscaling})`);
  }
  const text = `${name}: its autoscaling was not recorded (${record.autoscaling || "no tag"}) and is left as it is. Check it: aws application-autoscaling describe-scalable-targets --service-namespace ecs`;
  warn(run, "autoscaling", text);
}
