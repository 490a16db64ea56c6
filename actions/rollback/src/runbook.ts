// A rollback as a runbook, once the services are known: see what is running, choose a target, check it, report the plan,
// roll back, watch, report how it ended.
import { reportResults } from "../../shared/src/ecs/report/report-result.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { ServiceDetails } from "../../shared/src/ecs/report/service-section.ts";
import { codeBlock, inputsBlock } from "../../shared/src/summary/blocks.ts";
import { markup, type Markup } from "../../shared/src/summary/markup.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { asAsked } from "./choose-target.ts";
import type { Inputs } from "./inputs.ts";
import { planAll, planLines, type Asked, type ServicePlan } from "./plan.ts";
import { rollBack, type RollbackResult as ServiceRollback } from "./roll-back.ts";
import type { RollbackResult, Run } from "./dependencies.ts";

export async function rollBackAll(run: Run, asked: Asked[]): Promise<RollbackResult> {
  const { inputs } = run;
  const plans = await planAll(run, asked);
  await reportPlan(run, plans);
  if (inputs.dryRun) return { outcome: "" };

  const ended = await Promise.all(plans.map((plan) => rollBack(run, plan)));
  for (const { service, outcome, arn } of ended)
    if (outcome === "unchanged") run.log(`${service} runs ${shortName(arn)} already; nothing was changed`);
  const facts = (service: string) =>
    Object.assign({}, ...plans.filter(({ name }) => name === service).map((plan) => factsOf(inputs, plan)));
  const details = (service: string) => ({
    ...detailsOf(
      inputs,
      plans.find(({ name }) => name === service),
    ),
    warning: warningOf(ended.find((one) => one.service === service)),
  });
  const context = { ...run, cluster: inputs.cluster, done: "rolled back" as const, facts, details };
  return { outcome: await reportResults({ ...context, shownInputs: shownInputs(inputs) }, ended) };
}

/** A failure has more to say than what did not go back with it. */
const warningOf = (ended: ServiceRollback | undefined): string | undefined =>
  ended?.outcome === "succeeded" ? ended.warning : undefined;

function detailsOf({ reason }: Inputs, plan: ServicePlan | undefined): ServiceDetails {
  if (!plan) return {};
  const { running, target, action } = plan;
  // The first line names the revisions, as the heading does.
  const [, ...changes] = action === "rollback" ? planLines(plan) : [];
  return {
    tags: target.revision.tags,
    previousTags: running.tags,
    reason,
    choice: target.why === asAsked ? undefined : target.why,
    changes: changes.map((line) => line.trim()),
  };
}

const shownInputs = (inputs: Inputs): Markup | undefined =>
  inputsBlock({
    cluster: inputs.cluster,
    service: inputs.services,
    to: nameOf(inputs.to),
    reason: inputs.reason,
    "dry-run": inputs.dryRun || undefined,
    force: inputs.force || undefined,
    "wait-for-minutes": inputs.waitMinutes,
  });

function nameOf(to: Inputs["to"]): string {
  switch (to.kind) {
    case "last-healthy":
      return to.kind;
    case "revision":
      return to.name;
    case "number":
      return String(to.revision);
    case "commit":
      return to.commit;
  }
}

/** What a smoke test of the target expects: the version that was verified with it. */
function factsOf({ reason }: Inputs, { target: { revision } }: ServicePlan): Record<string, string> {
  const version = revision.tags.get("deploy:version");
  return { ...(version === undefined ? {} : { version }), ...(reason === undefined ? {} : { reason }) };
}

async function reportPlan(run: Run, plans: ServicePlan[]): Promise<void> {
  const { inputs } = run;
  // A deployment in flight is undone by ECS itself where it can, which goes back to the images as well.
  const caveats = plans.flatMap(({ name, inFlight, movingTags }) =>
    inputs.dryRun && !inFlight && movingTags !== undefined ? [`${name}: ${movingTags}`] : [],
  );
  const lines = [...plans.flatMap(planLines), ...caveats];
  for (const line of lines) run.log(line);
  const [first] = plans;
  run.setOutputs({
    "task-definition-arn": first?.target.revision.arn ?? "",
    "previous-task-definition-arn": first?.running.arn ?? "",
    version: first?.target.revision.tags.get("deploy:version") ?? "",
    outcome: "",
    services: JSON.stringify(
      plans.map((plan) => ({
        service: plan.name,
        "task-definition-arn": plan.target.revision.arn,
        "previous-task-definition-arn": plan.running.arn,
        ...factsOf(inputs, plan),
      })),
    ),
  });
  if (!inputs.dryRun) return;
  await appendSummary({
    status: "planned",
    title: `${inputs.services.join(", ")}: plan of a rollback, nothing was changed`,
    content: [inputs.reason === undefined ? undefined : markup`Reason: ${inputs.reason}`, codeBlock(lines.join("\n"))],
    end: shownInputs(inputs),
  });
}
