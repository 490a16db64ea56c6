// A deployment, as an operator would tell it: look, check, migrate, register, update, watch, guard, say how it ended.
import { TagResourceCommand } from "@aws-sdk/client-ecs";
import { explained } from "../../shared/src/aws.ts";
import { register } from "../../shared/src/ecs/register.ts";
import { schemaOf, tagsOf } from "../../shared/src/ecs/schema.ts";
import { readSource, type Sourced } from "../../shared/src/ecs/source.ts";
import { checkDefinition } from "../../shared/src/ecs/check-definition.ts";
import type { Outcome } from "../../shared/src/outcome.ts";
import { concludeAll, type Ended } from "../../shared/src/ecs/conclude.ts";
import { shortName } from "../../shared/src/ecs/task-definition.ts";
import { appendSummary } from "../../shared/src/report.ts";
import { alarmCheck } from "./alarms.ts";
import { bake } from "./guard.ts";
import type { Inputs } from "./inputs.ts";
import { planService, tellPlan, type ServicePlan } from "./plan.ts";
import { preflight } from "../../shared/src/ecs/preflight.ts";
import { deployService, goBack } from "./deploy-service.ts";
import { verifySignatures } from "./signatures.ts";
import { migrate, runAsked } from "./tasks.ts";
import type { Run, Tools } from "./tools.ts";

export interface Deployed {
  outcome: Outcome | "";
  taskDefinitionArn: string;
  previousTaskDefinitionArn: string;
}

export async function main(inputs: Inputs, tools: Tools): Promise<Deployed> {
  const run: Run = {
    ...tools,
    inputs,
    started: tools.clock.now(),
    deadline: tools.clock.now() + inputs.waitMinutes * 60_000,
  };
  const wanted = await readSource(run, inputs.taskDefinition);
  if (wanted.arn === undefined) for (const notice of checkDefinition(wanted.definition, "file")) run.log(notice);
  const plans = await Promise.all(inputs.services.map((name) => planService(run, name, wanted)));
  const due = plans.filter(({ action }) => action === "deploy");
  const migration =
    inputs.migration && due.length > 0 ? await readSource(run, inputs.migration.taskDefinition) : undefined;
  if (inputs.preflight && (due.length > 0 || inputs.runTask))
    await preflight(
      run,
      wanted.definition,
      inputs.guard.alarms.length > 0 ? [alarmCheck(run, inputs.guard.alarms)] : [],
    );
  if (due.length > 0 || inputs.runTask)
    await verifySignatures(run, [wanted.definition, ...(migration ? [migration.definition] : [])]);
  if (inputs.plan) return tellPlan(run, plans, wanted, migration);

  const schema = migration ? await migrate(run, migration, due[0]!) : undefined;
  const arn = await revisionFor(run, plans, wanted, tagsOf(schema ?? (due[0] && schemaOf(due[0].running.tags))));
  run.setOutputs({ "task-definition-arn": arn, "previous-task-definition-arn": plans[0]?.running.arn ?? "" });
  if (inputs.runTask) await runAsked(run, inputs.runTask, arn, wanted.definition);
  const ended = await Promise.all(plans.map((plan) => deployService(run, plan, arn, wanted.definition)));
  if (ended.length === 0) await appendSummary(`### ${shortName(arn)} is registered`);
  const outcome = await concludeAll(
    { ...run, cluster: inputs.cluster, done: "deployed" },
    await guarded(run, plans, ended),
  );
  return { outcome, taskDefinitionArn: arn, previousTaskDefinitionArn: plans[0]?.running.arn ?? "" };
}

/** The revision that runs, the one that was named, or a new one. */
async function revisionFor(
  run: Run,
  plans: ServicePlan[],
  wanted: Sourced,
  tags: { key: string; value: string }[],
): Promise<string> {
  const [first] = plans;
  if (first && plans.every(({ same, running }) => same && running.arn === first.running.arn)) return first.running.arn;
  if (wanted.arn === undefined)
    return register(run, {
      ...wanted.definition,
      ...(tags.length > 0 ? { tags: [...(wanted.definition.tags ?? []), ...tags] } : {}),
    });
  if (tags.length > 0)
    await explained("ecs:TagResource", run.ecs.send(new TagResourceCommand({ resourceArn: wanted.arn, tags })));
  return wanted.arn;
}

/** What has gone live is watched a while longer, and goes back when something speaks against it. */
async function guarded(run: Run, plans: ServicePlan[], ended: Ended[]): Promise<Ended[]> {
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
  run.log(`${against} Going back.`);
  return Promise.all(ended.map((one) => (one.outcome === "succeeded" ? goBack(run, one, against) : one)));
}
