// What a deployment would do: it goes the same way up to the first write.
import type { ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { codeBlock } from "../../shared/src/summary/blocks.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { DeployResult, Run } from "./dependencies.ts";
import type { ServicePlan } from "./plan.ts";
import { changesOf } from "./service-state.ts";
import { shownInputs } from "./shown-inputs.ts";

export async function reportPlan(
  run: Run,
  plans: ServicePlan[],
  wanted: ResolvedTaskDefinition,
  migration: ResolvedTaskDefinition | undefined,
): Promise<DeployResult> {
  const revision = wanted.arn === undefined ? `a new revision of ${wanted.definition.family}` : shortName(wanted.arn);
  const lines = [
    ...(migration
      ? [`run the migration ${migration.arn ? shortName(migration.arn) : migration.definition.family}`]
      : []),
    ...(run.inputs.runTask ? [`run ${revision} as a task`] : []),
    ...(plans.length === 0
      ? [
          wanted.arn === undefined
            ? `register ${revision}, unless the latest is the same`
            : `nothing: ${revision} is registered already`,
        ]
      : []),
    ...plans.flatMap((plan) => planLines(plan, revision, wanted)),
  ];
  for (const line of lines) run.log(line);
  await appendSummary({
    status: "planned",
    title: `${plans.map(({ name }) => name).join(", ") || revision}: plan of a deployment, nothing was changed`,
    content: [codeBlock(lines.join("\n"))],
    end: shownInputs(run.inputs),
  });
  const previous = plans[0]?.running.arn ?? "";
  run.setOutputs({ "task-definition-arn": wanted.arn ?? "", "previous-task-definition-arn": previous, outcome: "" });
  return { outcome: "", taskDefinitionArn: wanted.arn ?? "", previousTaskDefinitionArn: previous, isStopped: false };
}

function planLines(plan: ServicePlan, revision: string, wanted: ResolvedTaskDefinition): string[] {
  const { name, action, running, again, desiredCount, controller } = plan;
  const current = shortName(running.arn);
  if (action === "unchanged") return [`${name}: nothing; it is running already (${current})`];
  if (action === "resume") return [`${name}: watch the deployment of ${current} that is in progress`];
  const by = controller === "CODE_DEPLOY" ? " through CodeDeploy" : "";
  const count = desiredCount === undefined ? "" : ` with ${desiredCount} tasks`;
  const why = again === undefined ? "" : `, because ${again}`;
  return [
    `${name}: ${nextRevision(plan, revision)}${count}${by}${why}`,
    ...(changesOf(running, wanted) ?? []).map((line) => `  ${line}`),
  ];
}

/** "api:1 → api:2"; of a revision that stays, whether a new deployment starts. */
function nextRevision({ running, same, force, controller, settings }: ServicePlan, revision: string): string {
  const current = shortName(running.arn);
  if (!same) return `${current} → ${revision}`;
  if (force || controller === "CODE_DEPLOY") return `${current} again`;
  return [`${current} as it is`, ...Object.keys(settings)].join(", with ");
}
