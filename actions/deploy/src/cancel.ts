// After a cancelled run: what was begun is taken back or left, as asked, and the command that does the other is said.
import { StopServiceDeploymentCommand } from "@aws-sdk/client-ecs";
import { isUnavailable, persist } from "../../shared/src/aws.ts";
import { commandLine } from "../../shared/src/command-line.ts";
import { primaryOf } from "../../shared/src/ecs/judge.ts";
import { RolloutRecord } from "../../shared/src/ecs/rollout-record.ts";
import { describeService } from "../../shared/src/ecs/source.ts";
import { shortName } from "../../shared/src/ecs/task-definition.ts";
import { updateService } from "../../shared/src/ecs/update-service.ts";
import { appendSummary } from "../../shared/src/report.ts";
import { stopCodeDeploy } from "./codedeploy.ts";
import type { OnCancel } from "./inputs.ts";
import type { Begun, Tools } from "./tools.ts";

type CancelTools = Pick<Tools, "ecs" | "codeDeploy" | "clock" | "log">;

/** A job that is cancelled has a few minutes at most. */
const timeLimit = 120_000;

export async function afterCancel(begun: Begun[], onCancel: OnCancel, tools: CancelTools): Promise<void> {
  for (const one of begun) {
    const said = onCancel === "rollback" ? await takeBack(one, tools) : leave(one);
    tools.log(said);
    await appendSummary(`### ${one.service}: cancelled\n\n${said}`);
  }
}

function leave({ cluster, service, taskDefinitionArn, previousTaskDefinitionArn }: Begun): string {
  return `${service}: the deployment of ${shortName(taskDefinitionArn)} was left to ECS and goes on. To take it back: ${commandLine("rollback", { cluster, service, to: shortName(previousTaskDefinitionArn) })}`;
}

async function takeBack(begun: Begun, tools: CancelTools): Promise<string> {
  const { cluster, service, taskDefinitionArn, previousTaskDefinitionArn } = begun;
  const target = { ...tools, cluster, service, deadline: tools.clock.now() + timeLimit };
  const forward = `To go forward after all: ${commandLine("deploy", { cluster, service, "task-definition": shortName(taskDefinitionArn) })}`;
  if (begun.codeDeployId) {
    await stopCodeDeploy({ ...target, codeDeploy: tools.codeDeploy() }, begun.codeDeployId, true);
    return `${service}: the CodeDeploy deployment ${begun.codeDeployId} is stopped and rolled back. ${forward}`;
  }
  const now = await describeService(target, target);
  if (primaryOf(now)?.id !== begun.deploymentId)
    return `${service}: our deployment is no longer the one that counts; ${shortName(now.taskDefinition)} is. Nothing was changed.`;
  if (await stopInEcs(target, begun))
    return `${service}: ECS stops the deployment of ${shortName(taskDefinitionArn)} and rolls it back. ${forward}`;
  await updateService(target, now, { taskDefinition: previousTaskDefinitionArn });
  return `${service}: goes back to ${shortName(previousTaskDefinitionArn)}. ${forward}`;
}

/** ECS itself knows best how to undo what it is doing, where it keeps a record of it that this role may use. */
async function stopInEcs(
  target: CancelTools & { cluster: string; service: string; deadline: number },
  begun: Begun,
): Promise<boolean> {
  try {
    const record = await RolloutRecord.ofRunning(target, begun.taskDefinitionArn).look(() => undefined);
    if (!record || !["PENDING", "IN_PROGRESS"].includes(record.status ?? "")) return false;
    const command = new StopServiceDeploymentCommand({
      serviceDeploymentArn: record.serviceDeploymentArn,
      stopType: "ROLLBACK",
    });
    await persist(target, "ecs:StopServiceDeployment", () => target.ecs.send(command));
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}
