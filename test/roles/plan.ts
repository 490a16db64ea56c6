// The policies of an environment as Terraform makes them: from the plans of its tests/github.tftest.hcl.
import { listOf, type Policy } from "../../actions/shared/src/iam.ts";
import type { Environment, PlanJson } from "../../scripts/lib/environment-plan.ts";

export const roleNames = ["build", "deploy", "backup", "prune", "emergency"] as const;
export type RoleName = (typeof roleNames)[number];

export interface Plan {
  /** Who may assume each role. */
  trust: Record<RoleName, Policy>;
  /** What each role may do. */
  permissions: Record<RoleName, Policy>;
  /** Longest session of each role, in seconds. */
  sessions: Record<RoleName, number>;
  /** What ECS and the containers may do with the roles of tasks, by the ARN of the role. */
  tasks: Record<string, Policy>;
}

interface Change {
  address: string;
  change: { after: { policy?: string; assume_role_policy?: string; max_session_duration?: number } | null };
}

/** One plan for each `run`, by its name. */
export const policiesOf = (plans: Record<string, PlanJson>, environment: Environment): Record<string, Plan> =>
  Object.fromEntries(
    Object.entries(plans).map(([name, plan]) => [name, policiesIn(plan.resource_changes as Change[], environment)]),
  );

/** Policies of the roles that ECS and the containers get, by the name of the role. */
const taskPolicies: Record<string, string[]> = {
  ecsTaskExecutionRole: ["api.module.task.aws_iam_role_policy.execution[0]"],
  ecsTaskRole: ["uploads", "parameters"].map((name) => `api.module.task.aws_iam_role_policy.task["${name}"]`),
  ecsMlExecutionRole: ["ml.module.task.aws_iam_role_policy.execution[0]"],
  ecsMigrationExecutionRole: ["migration.aws_iam_role_policy.execution[0]"],
  ecsBackupExecutionRole: ['backup.module.task["backup"].aws_iam_role_policy.execution[0]'],
  ecsRestoreExecutionRole: ['backup.module.task["restore"].aws_iam_role_policy.execution[0]'],
  ecsBackupTaskRole: ["backup.aws_iam_role_policy.task"],
};

function policiesIn(changes: Change[], environment: string): Plan {
  const value = <K extends "policy" | "assume_role_policy" | "max_session_duration">(address: string, attribute: K) => {
    const found = changes.find((one) => one.address === `module.platform.module.${address}`)?.change.after?.[attribute];
    if (found === undefined) throw new Error(`${attribute} of ${address} is not known in the plan of ${environment}.`);
    return found;
  };
  const policy = (address: string, attribute: "policy" | "assume_role_policy"): Policy =>
    JSON.parse(value(address, attribute)) as Policy;
  const ofRoles = <T>(make: (name: RoleName) => T) =>
    Object.fromEntries(roleNames.map((name) => [name, make(name)])) as Record<RoleName, T>;
  const role = (name: RoleName) => `github[0].aws_iam_role.this["${name}"]`;
  const suffix = environment === "production" ? "" : `-${environment}`;
  return {
    trust: ofRoles((name) => policy(role(name), "assume_role_policy")),
    permissions: ofRoles((name) => policy(`github[0].aws_iam_role_policy.this["${name}"]`, "policy")),
    sessions: ofRoles((name) => value(role(name), "max_session_duration")),
    tasks: Object.fromEntries(
      Object.entries(taskPolicies).map(([name, addresses]) => [
        `arn:aws:iam::123456789012:role/${name}${suffix}`,
        { Statement: addresses.flatMap((address) => listOf(policy(address, "policy").Statement)) },
      ]),
    ),
  };
}
