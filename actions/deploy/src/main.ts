// A deployment as a runbook: plan, check, migrate, register, update, watch, bake, report.
import { TagResourceCommand } from "@aws-sdk/client-ecs";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import { registerTaskDefinition } from "../../shared/src/ecs/task-definition/register.ts";
import { schemaOf, tagsOf } from "../../shared/src/ecs/task-definition/database-schema.ts";
import { resolveTaskDefinition, type ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import { checkDefinition } from "../../shared/src/ecs/task-definition/check-definition.ts";
import { reportResults, type ServiceResult } from "../../shared/src/ecs/report/report-result.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { imageFacts } from "../../shared/src/ecs/report/image-facts.ts";
import { factTable } from "../../shared/src/summary/blocks.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { alarmCheck } from "./alarms.ts";
import { bake } from "./guard.ts";
import type { Inputs } from "./inputs.ts";
import { planService, reportPlan, type ServicePlan } from "./plan.ts";
import { shownInputs } from "./shown-inputs.ts";
import { detailsOf } from "./summary.ts";
import { preflight } from "../../shared/src/ecs/preflight.ts";
import { deployService, rollBack } from "./deploy-service.ts";
import { verifySignatures } from "./signatures.ts";
import { runMigration, runRequestedTask } from "./tasks.ts";
import type { Dependencies, DeployResult, Run } from "./dependencies.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<DeployResult> {
  const run: Run = {
    ...dependencies,
    inputs,
    started: dependencies.clock.now(),
    deadline: dependencies.clock.now() + inputs.waitMinutes * 60_000,
  };
  const wanted = await resolveTaskDefinition(run, inputs.taskDefinition);
  if (wanted.arn === undefined) for (const notice of checkDefinition(wanted.definition, "file")) run.log(notice);
  const plans = await Promise.all(inputs.services.map((name) => planService(run, name, wanted)));
  const due = plans.filter(({ action }) => action === "deploy");
  const migration =
    inputs.migration && due.length > 0 ? await resolveTaskDefinition(run, inputs.migration.taskDefinition) : undefined;
  if (due.length > 0 || inputs.runTask) await checkBeforeWrite(run, wanted, migration);
  if (inputs.plan) return reportPlan(run, plans, wanted, migration);

  const [first] = due;
  const schema = migration && first ? await runMigration(run, migration, first) : undefined;
  const arn = await revisionFor(run, plans, wanted, tagsOf(schema ?? (first && schemaOf(first.running.tags))));
  const previousArn = plans[0]?.running.arn ?? "";
  run.setOutputs({ "task-definition-arn": arn, "previous-task-definition-arn": previousArn });
  if (inputs.runTask) await runRequestedTask(run, inputs.runTask, arn, wanted.definition);
  const ended = await Promise.all(plans.map((plan) => deployService(run, plan, arn, wanted.definition)));
  if (ended.length === 0)
    await appendSummary({
      status: "succeeded",
      title: `${shortName(arn)} is registered`,
      content: [factTable(imageFacts(wanted.definition))],
      end: shownInputs(inputs),
    });
  const details = (service: string) => {
    const plan = plans.find(({ name }) => name === service);
    return plan ? detailsOf(plan, wanted) : {};
  };
  const outcome = await reportResults(
    { ...run, cluster: inputs.cluster, done: "deployed", details, shownInputs: shownInputs(inputs) },
    await withGuard(run, plans, ended),
  );
  return { outcome, taskDefinitionArn: arn, previousTaskDefinitionArn: previousArn };
}

/** What can be known to fail fails here, while nothing has been changed. */
async function checkBeforeWrite(
  run: Run,
  wanted: ResolvedTaskDefinition,
  migration: ResolvedTaskDefinition | undefined,
): Promise<void> {
  const { alarms } = run.inputs.guard;
  if (run.inputs.preflight) await preflight(run, wanted.definition, alarms.length > 0 ? [alarmCheck(run, alarms)] : []);
  await verifySignatures(run, [wanted.definition, ...(migration ? [migration.definition] : [])]);
}

/** The revision that runs, the one that was named, or a new one. */
async function revisionFor(
  run: Run,
  plans: ServicePlan[],
  wanted: ResolvedTaskDefinition,
  tags: { key: string; value: string }[],
): Promise<string> {
  const [first] = plans;
  if (first && plans.every(({ same, running }) => same && running.arn === first.running.arn)) return first.running.arn;
  if (wanted.arn === undefined)
    return registerTaskDefinition(run, {
      ...wanted.definition,
      ...(tags.length > 0 ? { tags: [...(wanted.definition.tags ?? []), ...tags] } : {}),
    });
  if (tags.length > 0)
    await withAwsErrorContext(
      "ecs:TagResource",
      run.ecs.send(new TagResourceCommand({ resourceArn: wanted.arn, tags })),
    );
  return wanted.arn;
}

/** The bake time: what went live is watched a while longer, and rolled back on an alarm or too many 5xx responses. */
async function withGuard(run: Run, plans: ServicePlan[], ended: ServiceResult[]): Promise<ServiceResult[]> {
  const { guard } = run.inputs;
  const live = ended.filter(({ outcome }) => outcome === "succeeded");
  if (
    guard.bakeMinutes === 0 ||
    live.length < ended.filter(({ outcome }) => outcome !== "unchanged").length ||
    live.length === 0
  )
    return ended;
  const against = await bake(
    run,
    plans.filter(({ name }) => live.some(({ service }) => service === name)).map(({ service }) => service),
    guard,
  );
  if (against === undefined) return ended;
  run.log(`${against} Rolling back.`);
  return Promise.all(ended.map((one) => (one.outcome === "succeeded" ? rollBack(run, one, against) : one)));
}
