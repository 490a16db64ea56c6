// Blue/green by CodeDeploy, for services whose controller it is.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type CodeDeployClient,
  CreateDeploymentCommand,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  GetDeploymentTargetCommand,
  StopDeploymentCommand,
  type DeploymentGroupInfo,
  type DeploymentInfo,
  type DeploymentStatus,
} from "@aws-sdk/client-codedeploy";
import {
  goOnWithout,
  isAccessDenied,
  isTransient,
  isUnavailable,
  toUserError,
  withRetry,
  type RetryContext,
} from "../../shared/src/aws.ts";
import { parseDocument } from "../../shared/src/document.ts";
import { PollScheduler } from "../../shared/src/ecs/deployment/poll-scheduler.ts";
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import type { Decision } from "../../shared/src/ecs/deployment/evaluate-deployment.ts";
import type { CodeDeployInputs } from "./codedeploy-inputs.ts";
import { required } from "../../shared/src/required.ts";

export interface CodeDeployTarget extends RetryContext {
  codeDeploy: CodeDeployClient;
  cluster: string;
  service: string;
  settings: CodeDeployInputs;
}

/** CodeDeploy's own names for an application and group that the ECS console made. */
const withDeploymentId = ({ cluster, service, settings }: CodeDeployTarget) => ({
  applicationName: settings.application ?? `AppECS-${cluster}-${service}`,
  deploymentGroupName: settings.group ?? `DgpECS-${cluster}-${service}`,
});

/** The application specification with this revision in each of its ECS services. @throws before anything is called. */
export async function readAppSpec(path: string): Promise<(taskDefinitionArn: string) => string> {
  let document: unknown;
  try {
    document = parseDocument(await readFile(path, "utf8"));
  } catch (cause) {
    throw new ConfigurationError(
      `codedeploy-appspec: ${path} cannot be read as JSON or YAML: ${messageOf(cause).split("\n")[0]}`,
      { cause },
    );
  }
  const resources = valueOf(document, "resources");
  if (!Array.isArray(resources) || resources.length === 0)
    throw new ConfigurationError(
      `codedeploy-appspec: ${path} has no list Resources, in which CodeDeploy expects the service.`,
    );
  return (taskDefinitionArn) => {
    const copy = structuredClone(document) as object;
    for (const resource of valueOf(copy, "resources") as object[]) {
      for (const content of Object.values(resource)) {
        const properties = valueOf(content, "properties") as Record<string, unknown> | undefined;
        if (properties) properties[keyOf(properties, "taskDefinition") ?? "TaskDefinition"] = taskDefinitionArn;
      }
    }
    return JSON.stringify(copy);
  };
}

/** Keys of an AppSpec are read without regard to case, as CodeDeploy does. */
const keyOf = (value: unknown, name: string) =>
  Object.keys(typeof value === "object" && value !== null ? value : {}).find(
    (key) => key.toLowerCase() === name.toLowerCase(),
  );
const valueOf = (value: unknown, name: string): unknown => {
  const key = keyOf(value, name);
  return key === undefined ? undefined : (value as Record<string, unknown>)[key];
};

/** @returns the id of the deployment. */
export async function startCodeDeploy(target: CodeDeployTarget, content: string): Promise<string> {
  const { codeDeploy, settings } = target;
  const command = new CreateDeploymentCommand({
    ...withDeploymentId(target),
    description: settings.description,
    deploymentConfigName: settings.configuration,
    revision: {
      revisionType: "AppSpecContent",
      appSpecContent: { content, sha256: createHash("sha256").update(content).digest("hex") },
    },
  });
  const { deploymentId } = await withRetry(target, "codedeploy:CreateDeployment", () => codeDeploy.send(command));
  target.log(`CodeDeploy deployment ${deploymentId}`);
  return required(deploymentId, "codedeploy:CreateDeployment: deploymentId");
}

const minutes = (value: number | undefined): number => (value ?? 0) * 60_000;
const longest = 360 * 60_000;

/** What the deployment group itself waits for (confirmation, old tasks kept) comes on top of the wait. Milliseconds. */
export async function groupWaits(target: CodeDeployTarget): Promise<number> {
  const deploymentGroupInfo = await readGroup(target);
  const blueGreen = deploymentGroupInfo?.blueGreenDeploymentConfiguration;
  const waits =
    minutes(blueGreen?.deploymentReadyOption?.waitTimeInMinutes) +
    minutes(blueGreen?.terminateBlueInstancesOnDeploymentSuccess?.terminationWaitTimeInMinutes);
  return Math.min(waits, longest);
}

async function readGroup(target: CodeDeployTarget): Promise<DeploymentGroupInfo | undefined> {
  try {
    const command = new GetDeploymentGroupCommand(withDeploymentId(target));
    const { deploymentGroupInfo } = await withRetry(target, "codedeploy:GetDeploymentGroup", () =>
      target.codeDeploy.send(command),
    );
    return deploymentGroupInfo;
  } catch (error) {
    goOnWithout(
      target,
      "codedeploy:GetDeploymentGroup",
      error,
      "how long the deployment group itself waits is unknown and not added to the time limit",
    );
    return undefined;
  }
}

/** Whether its deployments may be looked at: asked about the last one, before there is a new one. */
export async function checkWatchable(target: CodeDeployTarget): Promise<void> {
  const group = await readGroup(target);
  const { deploymentId } = group?.lastAttemptedDeployment ?? {};
  if (deploymentId === undefined) return;
  try {
    await withRetry(target, "codedeploy:GetDeployment", () =>
      target.codeDeploy.send(new GetDeploymentCommand({ deploymentId })),
    );
  } catch (error) {
    // Anything else shows with the deployment that it is about.
    if (isAccessDenied(error)) throw error;
  }
}

/** Follows the deployment to its end. */
export async function watchCodeDeploy(target: CodeDeployTarget, deploymentId: string): Promise<Decision> {
  const { codeDeploy, clock, log, deadline } = target;
  const scheduler = new PollScheduler(clock);
  let last = "";
  for (let turn = 0; ; turn += 1) {
    try {
      scheduler.recordCall();
      const { deploymentInfo } = await codeDeploy.send(new GetDeploymentCommand({ deploymentId }));
      const decision = deploymentInfo && evaluateCodeDeploy(deploymentInfo);
      const line = `CodeDeploy status: ${deploymentInfo?.status ?? "nothing"}${turn % 5 === 1 ? await stage(target, deploymentId, scheduler) : ""}`;
      if (line !== last && !(turn % 5 !== 1 && last.startsWith(line))) log(line);
      last = turn % 5 === 1 || !last.startsWith(line) ? line : last;
      if (decision) return decision;
    } catch (error) {
      if (!isTransient(error)) throw toUserError("codedeploy:GetDeployment", error);
    }
    if (clock.now() >= deadline)
      return { outcome: "timed-out", reason: `The time limit has passed. Last seen: ${last}` };
    await clock.sleep(Math.min(scheduler.nextDelay(true), Math.max(deadline - clock.now(), 1)));
  }
}

/** "; AllowTraffic: InProgress" */
async function stage(target: CodeDeployTarget, deploymentId: string, scheduler: PollScheduler): Promise<string> {
  const { codeDeploy, cluster, service } = target;
  scheduler.recordCall();
  try {
    const { deploymentTarget } = await codeDeploy.send(
      new GetDeploymentTargetCommand({ deploymentId, targetId: `${cluster}:${service}` }),
    );
    const current = deploymentTarget?.ecsTarget?.lifecycleEvents?.findLast(({ status }) => status !== "Pending");
    return current ? `; ${current.lifecycleEventName}: ${current.status}` : "";
  } catch (error) {
    if (isTransient(error)) return "";
    if (!isUnavailable(error)) throw toUserError("codedeploy:GetDeploymentTarget", error);
    goOnWithout(target, "codedeploy:GetDeploymentTarget", error, "lifecycle events are not shown");
    return "";
  }
}

const finalStatuses: Partial<Record<DeploymentStatus, (info: DeploymentInfo) => Decision>> = {
  Succeeded: () => ({ outcome: "succeeded", reason: "" }),
  Failed: failed,
  Stopped: failed,
};

function evaluateCodeDeploy(info: DeploymentInfo): Decision | undefined {
  return info.status === undefined ? undefined : finalStatuses[info.status]?.(info);
}

function failed({ errorInformation, rollbackInfo, status }: DeploymentInfo): Decision {
  const reason =
    [errorInformation?.code, errorInformation?.message, rollbackInfo?.rollbackMessage].filter(Boolean).join(": ") ||
    `CodeDeploy reports ${status} without a reason.`;
  return { outcome: rollbackInfo?.rollbackDeploymentId ? "rolled-back" : "failed", reason };
}

export async function stopCodeDeploy(
  target: RetryContext & { codeDeploy: CodeDeployClient },
  deploymentId: string,
  autoRollbackEnabled: boolean,
): Promise<void> {
  await withRetry(target, "codedeploy:StopDeployment", () =>
    target.codeDeploy.send(new StopDeploymentCommand({ deploymentId, autoRollbackEnabled })),
  );
}
