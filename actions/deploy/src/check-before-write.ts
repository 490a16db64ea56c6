// What can be known to fail fails here, while nothing has been changed: what is missing, what is not signed, and
// permissions that the run could not go on without.
import { DescribeTasksCommand } from "@aws-sdk/client-ecs";
import { isAccessDenied, toUserError } from "../../shared/src/aws.ts";
import { alarmStates } from "../../shared/src/ecs/alarms.ts";
import { checkMetrics } from "../../shared/src/ecs/bake.ts";
import { accountOf, preflight } from "../../shared/src/ecs/preflight.ts";
import type { ResolvedTaskDefinition } from "../../shared/src/ecs/task-definition/resolve.ts";
import { alarmCheck } from "./alarms.ts";
import { checkWatchable } from "./codedeploy.ts";
import type { Run } from "./dependencies.ts";
import type { ServicePlan } from "./plan.ts";
import { verifySignatures } from "./signatures.ts";

export async function checkBeforeWrite(
  run: Run,
  due: ServicePlan[],
  wanted: ResolvedTaskDefinition,
  migration: ResolvedTaskDefinition | undefined,
): Promise<void> {
  await checkPermissions(run, due, migration);
  const { alarms } = run.inputs.guard;
  if (run.inputs.preflight)
    await preflight(run, wanted.definition, {
      account: accountOf(due[0]?.running.arn),
      more: alarms.length > 0 ? [alarmCheck(run, alarms)] : [],
    });
  await verifySignatures(run, [wanted.definition, ...(migration ? [migration.definition] : [])]);
}

/** Reads that decide the outcome later, asked once now. Whether a write is allowed, only the write itself can tell. */
async function checkPermissions(
  run: Run,
  due: ServicePlan[],
  migration: ResolvedTaskDefinition | undefined,
): Promise<void> {
  const { guard, runTask, wait } = run.inputs;
  if (migration || runTask?.waitForStop) await checkTasks(run);
  if (guard.bakeMinutes > 0) {
    if (guard.alarms.length > 0) await alarmStates(run, guard.alarms);
    if (guard.max5xxPercent !== undefined)
      await checkMetrics(
        run,
        due.map(({ service }) => service),
      );
  }
  for (const { name, controller } of due) {
    if (!wait || controller !== "CODE_DEPLOY") continue;
    const { cluster, codeDeploy: settings } = run.inputs;
    await checkWatchable({ ...run, codeDeploy: run.codeDeploy(), cluster, service: name, settings });
  }
}

/** No task has this ID: ECS answers that it is missing, or that the role may not ask. */
const noTask = "0".repeat(32);

async function checkTasks({ ecs, inputs: { cluster } }: Run): Promise<void> {
  try {
    await ecs.send(new DescribeTasksCommand({ cluster, tasks: [noTask] }));
  } catch (error) {
    // Anything else shows when it matters, with the task that it is about.
    if (isAccessDenied(error)) throw toUserError("ecs:DescribeTasks", error);
  }
}
