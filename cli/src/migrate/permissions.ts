// What our actions can do with more permissions than the AWS actions ask for, from iam-policy.json.
import type { Moved } from "./model.ts";

export interface Statement {
  Sid: string;
  Action: string[];
  [key: string]: unknown;
}

/**
 * In the policies of the README of amazon-ecs-deploy-task-definition 2.6.3, for a service, a task and CodeDeploy:
 * https://github.com/aws-actions/amazon-ecs-deploy-task-definition/blob/c465972ecbd160473f22e683363b422a5412a3de/README.md#permissions
 */
const alreadyThere = new Set([
  "ecs:DescribeServices",
  "codedeploy:GetDeployment",
  "codedeploy:GetDeploymentConfig",
  "codedeploy:GetDeploymentGroup",
]);

/** Reads. What else a policy allows is there already, or is for inputs that the AWS actions do not have. */
const isRead = (permission: string): boolean => /:(?:Describe|List|Get|Filter)/.test(permission);
const forOurInputs = new Set(["WatchAlarms", "FindNamedSecrets", "FindNamedParameters", "FindAutoscaling"]);

/** Those that a moved step can use, without what its role has already. All are optional. */
export function statementsToAdd(moved: Moved[], policies: Record<string, Statement[]>): Statement[] {
  const inputs = new Set(moved.flatMap(({ given }) => [...given.keys()]));
  const usesCodeDeploy = [...inputs].some((name) => name.startsWith("codedeploy-"));
  const statements = [...new Set(moved.map(({ action }) => action.ours))].flatMap((action) => policies[action] ?? []);
  const added = new Map<string, Statement>();
  for (const statement of statements) {
    if (forOurInputs.has(statement.Sid)) continue;
    const Action = statement.Action.filter(
      (one) => isRead(one) && !alreadyThere.has(one) && (usesCodeDeploy || !one.startsWith("codedeploy:")),
    );
    if (Action.length > 0) added.set(statement.Sid, { ...statement, Action });
  }
  return [...added.values()];
}
