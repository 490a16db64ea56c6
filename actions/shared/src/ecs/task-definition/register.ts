// Registers a revision, unless the family's latest is the same already.
import { DescribeTaskDefinitionCommand, RegisterTaskDefinitionCommand, type ECSClient } from "@aws-sdk/client-ecs";
import type { BuildMiddleware } from "@smithy/types";
import { goOnWithout, isAccessDenied, withRetry, type RetryContext } from "../../aws.ts";
import { differences } from "./differences.ts";
import { toTaskDefinitionInput } from "./read-definition.ts";
import { shortName, type TaskDefinitionInput } from "./task-definition.ts";
import { unknownRevision } from "./resolve.ts";
import { required } from "../../required.ts";

export interface Registry extends RetryContext {
  ecs: ECSClient;
}

/** @returns the ARN of a revision that is what was asked for. */
export async function registerTaskDefinition(target: Registry, definition: TaskDefinitionInput): Promise<string> {
  const there = await latest(target, definition);
  if (there) {
    target.log(`${shortName(there)} is the same; nothing to register`);
    return there;
  }
  const { taskDefinition } = await withRetry(target, "ecs:RegisterTaskDefinition", () =>
    target.ecs.send(asWritten(definition)),
  );
  const arn = required(taskDefinition?.taskDefinitionArn, "ecs:RegisterTaskDefinition: taskDefinitionArn");
  target.log(`registered ${shortName(arn)}`);
  return arn;
}

/** The family's latest revision, when it differs in nothing, its tags included. */
async function latest(target: Registry, definition: TaskDefinitionInput): Promise<string | undefined> {
  const { family = "" } = definition;
  // For a new family, or a role without read permission, it is registered.
  const answer = await target.ecs
    .send(new DescribeTaskDefinitionCommand({ taskDefinition: family, include: ["TAGS"] }))
    .catch((error: unknown) => {
      if (isAccessDenied(error)) goOnWithout(target, "ecs:DescribeTaskDefinition", error, unknownRevision);
      return undefined;
    });
  if (!answer?.taskDefinition || answer.taskDefinition.status === "INACTIVE") return undefined;
  const there = toTaskDefinitionInput({ taskDefinition: answer.taskDefinition, tags: answer.tags }, family);
  return differences(there, definition).length === 0 ? answer.taskDefinition.taskDefinitionArn : undefined;
}

/**
 * The SDK sends what it knows and drops the rest without a word; ECS may know more by now. What was written is what is
 * sent.
 */
function asWritten(definition: TaskDefinitionInput): RegisterTaskDefinitionCommand {
  const command = new RegisterTaskDefinitionCommand(definition);
  const asIs: BuildMiddleware<object, object> = (next) => (args) =>
    next({ ...args, request: { ...(args.request as object), body: JSON.stringify(definition) } });
  // Before the step's other middleware, which counts the bytes.
  command.middlewareStack.add(asIs as never, { step: "build", priority: "high", name: "asWritten" });
  return command;
}
