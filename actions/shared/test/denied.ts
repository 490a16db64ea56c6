// A role that lacks a permission: AWS's answer, and what a message about it must say. The permissions are those of the
// policies in actions/, which test/permissions holds against AWS's reference.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { AwsError, type Handlers } from "./scripted-aws.ts";

interface Statement {
  Action: string[];
  Resource: string | string[];
}

const statementsOf = (action: string): Statement[] =>
  JSON.parse(readFileSync(new URL(`../../${action}/iam-policy.json`, import.meta.url), "utf8")).Statement;

export const permissionsOf = (action: string): string[] =>
  [...new Set(statementsOf(action).flatMap(({ Action }) => Action))].toSorted();

const names: [RegExp, string][] = [
  [/REGION/, "ap-northeast-1"],
  [/ACCOUNT/, "123456789012"],
  [/CLUSTER/, "default"],
  [/\/SERVICE/, "/api"],
  [/FAMILY/, "api"],
  [/LOG-GROUP/, "/ecs/api"],
  [/REPOSITORY/, "api"],
];
const named = (resource: string) => names.reduce((arn, [pattern, name]) => arn.replace(pattern, name), resource);

/** One resource out of a pattern of the policy. */
const instances: [RegExp, string][] = [
  [/(:task-definition\/api):\*$/, "$1:7"],
  [/(:task\/default)\/\*$/, "$1/0123456789abcdef0123456789abcdef"],
  [/(:service-(?:deployment|revision)\/default\/api)\/\*$/, "$1/Ab3-x"],
  [/(:log-group:\/ecs\/api):\*$/, "$1:log-stream:ecs/api/0123456789abcdef"],
];
const instanceOf = (resource: string) =>
  instances.reduce((arn, [pattern, instance]) => arn.replace(pattern, instance), resource);

/** The resources of a permission in a policy: of several statements the first. */
function resourcesOf(action: string, permission: string): string[] {
  const statement = statementsOf(action).find(({ Action }) => Action.includes(permission));
  return [statement?.Resource ?? "*"].flat().map(named);
}

/** Which of the resources of a statement AWS names for a call. */
const kinds: Record<string, RegExp> = {
  "ecs:DescribeServiceDeployments": /:service-deployment\//,
  "ecs:StopServiceDeployment": /:service-deployment\//,
  "ecs:ContinueServiceDeployment": /:service-deployment\//,
  "ecs:DescribeServiceRevisions": /:service-revision\//,
  "codedeploy:CreateDeployment": /:deploymentgroup:/,
  "codedeploy:GetDeployment": /:deploymentgroup:/,
  "codedeploy:GetDeploymentGroup": /:deploymentgroup:/,
  "codedeploy:GetDeploymentConfig": /:deploymentconfig:/,
};

function resourceOf(action: string, permission: string): string {
  const resources = resourcesOf(action, permission);
  const kind = kinds[permission];
  return instanceOf(resources.find((resource) => kind?.test(resource)) ?? resources[0]!);
}

/** Source of the text: IAM user guide, "Troubleshoot access denied error messages". */
export function refusal(action: string, permission: string): AwsError {
  const user = "arn:aws:sts::123456789012:assumed-role/deploy/run-1";
  const reason = `because no identity-based policy allows the ${permission} action`;
  const resource = resourceOf(action, permission);
  return new AwsError(
    "AccessDeniedException",
    `User: ${user} is not authorized to perform: ${permission} on resource: ${resource} ${reason}`,
  );
}

/** Permissions that AWS asks for within another call. */
const within: Record<string, { call: string; only?: (input: { tags?: unknown }) => boolean }> = {
  "iam:PassRole": { call: "ecs:RegisterTaskDefinition" },
  "codedeploy:GetDeploymentConfig": { call: "codedeploy:CreateDeployment" },
  "codedeploy:RegisterApplicationRevision": { call: "codedeploy:CreateDeployment" },
};

/** The handlers of a role that lacks a permission. */
export function without(action: string, permission: string, handlers: Handlers): Handlers {
  const denied = refusal(action, permission);
  const tagging: Handlers =
    permission === "ecs:TagResource" && handlers["ecs:RegisterTaskDefinition"]
      ? {
          "ecs:RegisterTaskDefinition": (input, call) =>
            input.tags ? denied : handlers["ecs:RegisterTaskDefinition"]!(input, call),
        }
      : {};
  return { ...handlers, ...tagging, [within[permission]?.call ?? permission]: () => denied };
}

/** The call that shows that a permission is used. */
export const callOf = (permission: string): string => within[permission]?.call ?? permission;

/** Calls that change something. */
export const isWrite = (call: string): boolean => !/:(Describe|List|Get|BatchGet|Filter)/.test(call);

/** That a text names the permission, with the statement that the policy of the action has for it. */
export function expectLine(text: string, action: string, permission: string): void {
  expect(text).toContain(`lacks ${permission}`);
  const line = JSON.parse(/Add to the role's policy: (\{.*\})/.exec(text)?.[1] ?? "null");
  expect(line).toMatchObject({ Effect: "Allow", Action: permission });
  const allowed = resourcesOf(action, permission);
  expect([line.Resource].flat().filter((resource: string) => !allowed.includes(resource))).toEqual([]);
}
