// A deployment after which nothing runs looks like a success; it is one only for who has asked for it.
import type { ServiceResult } from "../../shared/src/ecs/report/report-result.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { tagOf } from "../../shared/src/ecs/service.ts";
import { warn } from "../../shared/src/warn.ts";
import type { Run } from "./dependencies.ts";
import type { ServicePlan } from "./plan.ts";

/** What to change, if the deployment went well and the desired count is 0 without having been set to 0 here. */
export function nothingRuns(run: Run, plan: ServicePlan, ended: ServiceResult): string | undefined {
  const { cluster, desiredCount: asked } = run.inputs;
  const { name, service, desiredCount, controller } = plan;
  const count = ended.result?.service.desiredCount ?? desiredCount ?? service.desiredCount;
  // The number of a daemon's tasks is that of the container instances.
  if (asked === 0 || count !== 0 || service.schedulingStrategy === "DAEMON") return undefined;
  if (!["succeeded", "unchanged", ""].includes(ended.outcome)) return undefined;
  const what = `${name}: ${shortName(ended.arn)} is deployed, and nothing runs: the desired count of the service is 0.`;
  const emergency = tagOf(service, "emergency:reason");
  if (emergency !== undefined)
    return `${what} It has the tag emergency:reason (${emergency}), with which it stays at 0. When the emergency is over: rainbow-deploy service-control resume --cluster ${cluster} --service ${name} --reason …`;
  if (controller === "CODE_DEPLOY")
    return `${what} CodeDeploy leaves it as it is: aws ecs update-service --cluster ${cluster} --service ${name} --desired-count 1`;
  return `${what} Set the input desired-count, for example to 1, or before the first deployment the tag deploy:initial-count of the service. If it is meant to be 0, say so with desired-count: 0.`;
}

/** Whether it is an emergency that keeps it at 0, so that nothing can be asked of what is deployed now. */
export const isStopped = ({ service }: ServicePlan): boolean => tagOf(service, "emergency:reason") !== undefined;

/** One warning for each service; the summary has them, too. */
export function warnNothingRuns(run: Run, texts: Iterable<string>): void {
  for (const text of texts) warn(run, "nothing runs", text);
}
