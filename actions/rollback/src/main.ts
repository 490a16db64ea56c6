// A rollback, as an operator would tell it: look what runs, choose, check, say what will be done, do it, watch, say how
// it ended.
import { reportResults } from "../../shared/src/ecs/report/report-result.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { Outcome } from "../../shared/src/outcome.ts";
import { appendSummary, codeBlock } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";
import { planAll, planLines, type ServicePlan } from "./plan.ts";
import { rollBack } from "./roll-back.ts";
import type { Run, Dependencies } from "./dependencies.ts";

export interface RollbackResult {
  outcome: Outcome | "";
}

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<RollbackResult> {
  const started = dependencies.clock.now();
  const run: Run = { ...dependencies, inputs, started, deadline: started + inputs.waitMinutes * 60_000 };
  const plans = await planAll(run);
  await reportPlan(run, plans);
  if (inputs.dryRun) return { outcome: "" };

  const ended = await Promise.all(plans.map((plan) => rollBack(run, plan)));
  for (const { service, outcome, arn } of ended)
    if (outcome === "unchanged") run.log(`${service} runs ${shortName(arn)} already; nothing was changed`);
  const facts = (service: string) =>
    Object.assign({}, ...plans.filter(({ name }) => name === service).map((plan) => factsOf(inputs, plan)));
  return { outcome: await reportResults({ ...run, cluster: inputs.cluster, done: "rolled back", facts }, ended) };
}

/** What a smoke test of the target expects: the version that was verified with it. */
function factsOf({ reason }: Inputs, { target: { revision } }: ServicePlan): Record<string, string> {
  const version = revision.tags.get("deploy:version");
  return { ...(version === undefined ? {} : { version }), ...(reason === undefined ? {} : { reason }) };
}

async function reportPlan(run: Run, plans: ServicePlan[]): Promise<void> {
  const { inputs } = run;
  const lines = plans.flatMap(planLines);
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
  const title = inputs.dryRun ? "Rollback, dry run: nothing was changed" : "Rollback";
  await appendSummary(
    `### ${title}\n\n${inputs.reason ? `Reason: ${inputs.reason}\n\n` : ""}${codeBlock(lines.join("\n"))}`,
  );
}
