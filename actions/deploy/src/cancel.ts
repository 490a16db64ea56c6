// After a cancelled run: what was begun is taken back or left, as asked, and the command that does the other is said.
import { StopServiceDeploymentCommand } from "@aws-sdk/client-ecs";
import { goOnWithout, isCredentialsExpired, withRetry } from "../../shared/src/aws.ts";
import { commandLine } from "../../shared/src/command-line.ts";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import { DeploymentRecord } from "../../shared/src/ecs/deployment/deployment-record.ts";
import { onlyRevision } from "../../shared/src/ecs/deployment/same-revision.ts";
import { revisionOf } from "../../shared/src/ecs/report/headline.ts";
import { describeService } from "../../shared/src/ecs/service.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { updateService } from "../../shared/src/ecs/deployment/update-service.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { command } from "../../shared/src/summary/blocks.ts";
import { code, markup } from "../../shared/src/summary/markup.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
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
  const left: string[] = [];
  for (const one of started) {
    const { what, next } =
      onCancel === "rollback"
        ? await rollBack(one, dependencies).catch((error: unknown) => {
            if (!isCredentialsExpired(error)) throw error;
            left.push(one.service);
            return { ...leaveRunning(one), what: expired(one) };
          })
        : leaveRunning(one);
    dependencies.log([`${one.service}: ${what}`, ...(next ? [`${next.purpose}: ${next.line}`] : [])].join(" "));
    await appendSummary({
      status: "cancelled",
      title: `${one.service}: deployment of ${revisionOf(one.taskDefinitionArn)} was cancelled`,
      content: [
        markup`${what.slice(0, 1).toUpperCase()}${what.slice(1)}`,
        next && command(`${next.purpose}:`, next.line),
        markup`Cluster ${code(one.cluster)}, deployment ${code(one.deploymentId)}`,
      ],
    });
  }
  if (left.length > 0)
    throw new FailedError(
      `${left.join(", ")}: not rolled back, because the AWS credentials have expired. The log has the commands that do it.`,
    );
}

const expired = ({ taskDefinitionArn }: StartedDeployment): string =>
  `the AWS credentials have expired, so that the deployment of ${shortName(taskDefinitionArn)} could not be rolled back; it was left to ECS and continues.`;

interface Conclusion {
  what: string;
  /** The command that does the other. */
  next?: { purpose: string; line: string };
}

function leaveRunning(started: StartedDeployment): Conclusion {
  const { cluster, service, taskDefinitionArn, previousTaskDefinitionArn } = started;
  const what = `the deployment of ${shortName(taskDefinitionArn)} was left to ECS and continues.`;
  if (taskDefinitionArn === previousTaskDefinitionArn) return { what: `${what} ${onlyAgain(taskDefinitionArn)}` };
  return {
    what,
    next: {
      purpose: "To roll it back",
      line: commandLine("rollback", { cluster, service, to: shortName(previousTaskDefinitionArn) }),
    },
  };
}

async function rollBack(started: StartedDeployment, dependencies: CancelDependencies): Promise<Conclusion> {
  const { cluster, service, taskDefinitionArn, previousTaskDefinitionArn } = started;
  const target = { ...dependencies, cluster, service, deadline: dependencies.clock.now() + timeLimit };
  const next = {
    purpose: "To deploy it again",
    line: commandLine("deploy", { cluster, service, "task-definition": shortName(taskDefinitionArn) }),
  };
  if (started.codeDeployId) {
    await stopCodeDeploy({ ...target, codeDeploy: dependencies.codeDeploy() }, started.codeDeployId, true);
    return { what: `the CodeDeploy deployment ${started.codeDeployId} is stopped and rolled back.`, next };
  }
  const now = await describeService(target, target);
  if (primaryOf(now)?.id !== started.deploymentId)
    return {
      what: `our deployment is no longer the primary one; ${shortName(now.taskDefinition)} is. Nothing was changed.`,
    };
  if (await stopInEcs(target, started))
    return { what: `ECS stops the deployment of ${shortName(taskDefinitionArn)} and rolls it back.`, next };
  if (taskDefinitionArn === previousTaskDefinitionArn) return leaveRunning(started);
  await updateService(target, now, { taskDefinition: previousTaskDefinitionArn });
  return { what: `is rolled back to ${shortName(previousTaskDefinitionArn)}.`, next };
}

const onlyAgain = (arn: string): string => `It cannot be rolled back by revision: ${onlyRevision(arn)}`;

/** ECS undoes its own deployment best, if it keeps a record of it that the role may use. */
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
    goOnWithout(
      target,
      "ecs:StopServiceDeployment",
      error,
      "the deployment is not stopped by ECS itself; the previous revision is deployed instead",
    );
    return false;
  }
}
