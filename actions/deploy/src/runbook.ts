// A deployment as a runbook, once it is known what is wanted and what is there: plan, check, migrate, register, update,
// watch, bake, report.
import { TagResourceCommand } from "@aws-sdk/client-ecs";
import { goOnWithout, isAccessDenied, isCredentialsExpired, toUserError, withNote } from "../../shared/src/aws.ts";
import { commandLine } from "../../shared/src/command-line.ts";
import { bake } from "../../shared/src/ecs/bake.ts";
import { longerSession } from "../../shared/src/ecs/deployment/left-running.ts";
import { registerTaskDefinition } from "../../shared/src/ecs/task-definition/register.ts";
import { verifiedTag, wasLeft } from "../../shared/src/ecs/task-definition/marks.ts";
import { schemaOf, tagsOf } from "../../shared/src/ecs/task-definition/database-schema.ts";
import { resolveTaskDefinition, type ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import { reportResults, type ServiceResult } from "../../shared/src/ecs/report/report-result.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { imageFacts } from "../../shared/src/ecs/report/image-facts.ts";
import { factTable } from "../../shared/src/summary/blocks.ts";
import { isKnown } from "../../shared/src/summary/failure.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { ConfigurationError, FailedError, messageOf } from "../../shared/src/errors.ts";
import { checkBeforeWrite } from "./check-before-write.ts";
import { beginAutoscaling } from "./begin-autoscaling.ts";
import { isStopped, nothingRuns, warnNothingRuns } from "./nothing-runs.ts";
import { planService, type ServicePlan } from "./plan.ts";
import { reportPlan } from "./report-plan.ts";
import { shownInputs } from "./shown-inputs.ts";
import { detailsOf } from "./summary.ts";
import { deployService, rollBack } from "./deploy-service.ts";
import { runMigration, runRequestedTask } from "./tasks.ts";
import type { DeployResult, Found, Run } from "./dependencies.ts";

export async function deploy(run: Run, found: Found): Promise<DeployResult> {
  const { inputs } = run;
  const { wanted } = found;
  const { plans, migration } = await prepare(run, found).catch((error: unknown) => {
    throw withNote(error, "Nothing was changed.");
  });
  if (inputs.plan) return reportPlan(run, plans, wanted, migration);

  const first = plans.find(({ action }) => action === "deploy");
  const schema = migration && first ? await runMigration(run, migration, first) : undefined;
  const tags = tagsOf(schema ?? (first && schemaOf(first.running.tags)));
  const arn = await revisionFor(run, plans, wanted, tags).catch((error: unknown) => {
    throw withNote(error, migration ? "The migration has run; the service was left as it is." : "Nothing was changed.");
  });
  const previousArn = plans[0]?.running.arn ?? "";
  run.setOutputs({ "task-definition-arn": arn, "previous-task-definition-arn": previousArn });
  if (inputs.runTask) await runRequestedTask(run, inputs.runTask, arn, wanted.definition);
  const ended = await allEnded(plans.map((plan) => deployService(run, plan, arn, wanted.definition)));
  if (ended.length === 0)
    await appendSummary({
      status: "succeeded",
      title: `${shortName(arn)} is registered`,
      content: [factTable(imageFacts(wanted.definition))],
      end: shownInputs(inputs),
    });
  const guarded = await withGuard(run, plans, ended);
  for (const one of guarded) {
    const plan = plans.find(({ name }) => name === one.service);
    if (plan) await beginAutoscaling(run, plan, one);
  }
  const idle = idleServices(run, plans, guarded);
  const stopped = plans.some((plan) => idle.has(plan.name) && isStopped(plan));
  run.setOutputs({ stopped: String(stopped), unverified: String(plans.some((plan) => isUnverified(plan, arn))) });
  const details = (service: string) => {
    const plan = plans.find(({ name }) => name === service);
    return { ...(plan ? detailsOf(plan, wanted) : {}), warning: idle.get(service) };
  };
  const outcome = await reportResults(
    { ...run, cluster: inputs.cluster, done: "deployed", details, shownInputs: shownInputs(inputs) },
    guarded,
  );
  warnNothingRuns(run, idle.values());
  return { outcome, taskDefinitionArn: arn, previousTaskDefinitionArn: previousArn, isStopped: stopped };
}

/**
 * No smoke test has passed the revision that runs now: it is new, or one that an earlier run has deployed and, killed or
 * cancelled, not verified.
 */
const isUnverified = ({ running }: ServicePlan, arn: string): boolean =>
  arn !== running.arn || !running.tags.has(verifiedTag) || wasLeft(running.tags);

/** Each service is watched to its end, also where another one cannot be; every problem is in the error. */
async function allEnded(deployments: Promise<ServiceResult>[]): Promise<ServiceResult[]> {
  const settled = await Promise.allSettled(deployments);
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  const [first] = failures;
  if (failures.length === 0) return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (failures.length === 1 || !failures.every(isKnown)) throw first;
  const text = [...new Set(failures.map(messageOf))].join("\n\n");
  const cause = first instanceof Error ? first.cause : undefined;
  throw first instanceof FailedError
    ? new FailedError(text, { cause, outcome: first.outcome })
    : new ConfigurationError(text, { cause });
}

/** Name → why nothing runs, of the services of which that was not asked. */
function idleServices(run: Run, plans: ServicePlan[], ended: ServiceResult[]): Map<string, string> {
  return new Map(
    plans.flatMap((plan) => {
      const one = ended.find(({ service }) => service === plan.name);
      const text = one && nothingRuns(run, plan, one);
      return text === undefined ? [] : [[plan.name, text] as const];
    }),
  );
}

interface Prepared {
  plans: ServicePlan[];
  migration: ResolvedTaskDefinition | undefined;
}

/** Everything before the first write. */
async function prepare(run: Run, { wanted, services }: Found): Promise<Prepared> {
  const { inputs } = run;
  const plans = await Promise.all(services.map((one) => planService(run, one, wanted)));
  const due = plans.filter(({ action }) => action === "deploy");
  const migration =
    inputs.migration && due.length > 0 ? await resolveTaskDefinition(run, inputs.migration.taskDefinition) : undefined;
  if (due.length > 0 || inputs.runTask) await checkBeforeWrite(run, due, wanted, migration);
  return { plans, migration };
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
  if (wanted.arn === undefined) return register(run, wanted, tags);
  if (tags.length > 0)
    try {
      await run.ecs.send(new TagResourceCommand({ resourceArn: wanted.arn, tags }));
    } catch (error) {
      if (!isAccessDenied(error)) throw toUserError("ecs:TagResource", error);
      goOnWithout(run, "ecs:TagResource", error, withoutTags);
    }
  return wanted.arn;
}

const withoutTags =
  "the revision does not keep the schema that it was made for (deploy:schema), so that a later rollback cannot check it";

/** With the tags of this toolkit where the role may set them. Those of the file are part of the definition. */
async function register(
  run: Run,
  { definition }: ResolvedTaskDefinition,
  tags: { key: string; value: string }[],
): Promise<string> {
  if (tags.length === 0) return registerTaskDefinition(run, definition);
  const own = definition.tags ?? [];
  try {
    return await registerTaskDefinition(run, { ...definition, tags: [...own, ...tags] });
  } catch (error) {
    const isTagging = isAccessDenied(error) && messageOf(error).includes("ecs:TagResource");
    if (!isTagging || own.length > 0) throw error;
    goOnWithout(run, "ecs:TagResource", error, withoutTags);
    return registerTaskDefinition(run, definition);
  }
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
  try {
    const { against } = await bake(
      run,
      plans.filter(({ name }) => live.some(({ service }) => service === name)).map(({ service }) => service),
      { guard },
    );
    if (against === undefined) return ended;
    return await Promise.all(ended.map((one) => (one.outcome === "succeeded" ? rollBack(run, one, against) : one)));
  } catch (error) {
    if (!isCredentialsExpired(error)) throw error;
    run.setOutputs({ outcome: "failed" });
    // The rollback has begun, and the error says so.
    if (error instanceof FailedError) throw error;
    throw new FailedError([...live.map((one) => unguarded(run, one)), longerSession].join("\n"), {
      cause: error instanceof Error ? error.cause : error,
    });
  }
}

function unguarded({ inputs: { cluster } }: Run, { service, arn, previousArn }: ServiceResult): string {
  const back = commandLine("rollback", { cluster, service, to: shortName(previousArn) });
  return `The AWS credentials have expired during the bake time: ${service} runs ${shortName(arn)}, is no longer watched, and was not rolled back. To roll it back: ${back}`;
}
