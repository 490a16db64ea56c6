// After a cancelled run: its deployments are rolled back or left running, as requested, and the log has the command that
// does the other.
import { StopServiceDeploymentCommand } from "@aws-sdk/client-ecs";
import { isUnavailable, withRetry } from "../../shared/src/aws.ts";
import { commandLine } from "../../shared/src/command-line.ts";
import { primaryOf } from "../../shared/src/ecs/deployment/evaluate-deployment.ts";
import { DeploymentRecord } from "../../shared/src/ecs/deployment/deployment-record.ts";
import { describeService } from "../../shared/src/ecs/task-definition/resolve.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { updateService } from "../../shared/src/ecs/deployment/update-service.ts";
import { appendSummary } from "../../shared/src/report.ts";
import { stopCodeDeploy } from "./codedeploy.ts";
import type { OnCancel } from "./inputs.ts";
import type { StartedDeployment, Dependencies } from "./dependencies.ts";

type CancelDependencies = Pick<Dependencies, "ecs" | "codeDeploy" | "clock" | "log">;

/** A job that is cancelled has a few minutes at most. */
const timeLimit = 120_000;

export async function afterCancel(
  started: StartedDeployment[],
  onCancel: OnCancel,
  dependencies: CancelDependencies,
): Promise<void> {
  for (const one of started) {
    const outcome = onCancel === "rollback" ? await rollBack(one, dependencies) : leaveRunning(one);
    dependencies.log(outcome);
    await appendSummary(`### ${one.service}: cancelled\n\n${outcome}`);
  }
}

function leaveRunning({ cluster, service, taskDefinitionArn, previousTaskDefinitionArn }: StartedDeployment): string {
  return `${service}: the deployment of ${shortName(taskDefinitionArn)} was left to ECS and continues. To roll it back: ${commandLine("rollback", { cluster, service, to: shortName(previousTaskDefinitionArn) })}`;
}

async function rollBack(started: StartedDeployment, dependencies: CancelDependencies): Promise<string> {
  const { cluster, service, taskDefinitionArn, previousTaskDefinitionArn } = started;
  const target = { ...dependencies, cluster, service, deadline: dependencies.clock.now() + timeLimit };
  const forward = `To deploy it again: ${commandLine("deploy", { cluster, service, "task-definition": shortName(taskDefinitionArn) })}`;
  if (started.codeDeployId) {
    await stopCodeDeploy({ ...target, codeDeploy: dependencies.codeDeploy() }, started.codeDeployId, true);
    return `${service}: the CodeDeploy deployment ${started.codeDeployId} is stopped and rolled back. ${forward}`;
  }
  const now = await describeService(target, target);
  if (primaryOf(now)?.id !== started.deploymentId)
    return `${service}: our deployment is no longer the primary one; ${shortName(now.taskDefinition)} is. Nothing was changed.`;
  if (await stopInEcs(target, started))
    return `${service}: ECS stops the deployment of ${shortName(taskDefinitionArn)} and rolls it back. ${forward}`;
  await updateService(target, now, { taskDefinition: previousTaskDefinitionArn });
  return `${service}: is rolled back to ${shortName(previousTaskDefinitionArn)}. ${forward}`;
}

/** ECS itself knows best how to undo what it is doing, where it keeps a record of it that this role may use. */
async function stopInEcs(
  target: CancelDependencies & { cluster: string; service: string; deadline: number },
  started: StartedDeployment,
): Promise<boolean> {
  try {
    const record = await DeploymentRecord.ofRunning(target, started.taskDefinitionArn).look(() => undefined);
    if (!record || !["PENDING", "IN_PROGRESS"].includes(record.status ?? "")) return false;
    const command = new StopServiceDeploymentCommand({
      serviceDeploymentArn: record.serviceDeploymentArn,
      stopType: "ROLLBACK",
    });
    await withRetry(target, "ecs:StopServiceDeployment", () => target.ecs.send(command));
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}
