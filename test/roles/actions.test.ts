// Each role against the policies of the actions that its workflows run: everything that these need, but for what is
// named here, and nothing else. A new call of an action is in its iam-policy.json, and so in the role.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listOf, type Policy } from "../../actions/shared/src/iam.ts";
import { root } from "../../infra/local/paths.ts";
import { roleNames, type RoleName } from "./plan.ts";
import { environments, planOf } from "./trust.ts";

/** The workflows that assume each role. */
const workflows: Record<RoleName, string[]> = {
  build: ["build.yml"],
  deploy: ["deploy-service.yml", "rollback-service.yml"],
  backup: ["backup-database.yml"],
  prune: ["prune-backups.yml"],
  emergency: ["emergency-service.yml"],
};

/** What the actions can do and these workflows do not ask for. */
const notGiven: Record<RoleName, string[]> = {
  // Repositories are created by Terraform.
  build: ["ecr:CreateRepository", "ecr:PutLifecyclePolicy"],
  // The services are deployed by ECS itself.
  deploy: [
    "codedeploy:CreateDeployment",
    "codedeploy:GetDeployment",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:GetDeploymentGroup",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:RegisterApplicationRevision",
    "codedeploy:StopDeployment",
  ],
  // The task writes the dump and its metrics, with a role of its own; pruning is another job's.
  backup: [
    "cloudwatch:PutMetricData",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "rds:AddTagsToResource",
    "rds:CreateDBSnapshot",
    "rds:DescribeDBSnapshots",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObjectLegalHold",
    "s3:GetObjectRetention",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
    "secretsmanager:DescribeSecret",
    "ssm:DescribeParameters",
  ],
  prune: [
    "cloudwatch:PutMetricData",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "ecs:StopTask",
    "ecs:TagResource",
    "iam:PassRole",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "rds:AddTagsToResource",
    "rds:CreateDBSnapshot",
    "rds:DescribeDBSnapshots",
    "s3:AbortMultipartUpload",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
  ],
  // Protecting the database needs no backups.
  emergency: [
    "cloudwatch:PutMetricData",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "rds:AddTagsToResource",
    "rds:CreateDBSnapshot",
    "rds:DescribeDBSnapshots",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectLegalHold",
    "s3:GetObjectRetention",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
  ],
};

const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");
const permissionsIn = (policy: Policy): string[] => [
  ...new Set(listOf(policy.Statement).flatMap(({ Action }) => listOf(Action))),
];

/** The actions of this repository that the jobs of a role run. */
const actionsOf = (role: RoleName): string[] => [
  ...new Set(
    workflows[role].flatMap((file) =>
      [...read(".github/workflows", file).matchAll(/uses: \S*\$?\/actions\/([a-z-]+)$/gm)].map(([, name = ""]) => name),
    ),
  ),
];

describe.each(environments)("in %s", (environment) => {
  it.each(roleNames)("the role %s has what the actions of its jobs need", (role) => {
    const { permissions } = planOf(environment, "with_ids");
    const actions = actionsOf(role);
    expect(actions).not.toEqual([]);
    const needed = actions.flatMap((action) => permissionsIn(JSON.parse(read("actions", action, "iam-policy.json"))));
    const expected = new Set(needed.filter((permission) => !notGiven[role].includes(permission)));
    expect(permissionsIn(permissions[role]).toSorted()).toEqual([...expected].toSorted());
    // What is left out for no reason any more.
    expect(notGiven[role].filter((permission) => !needed.includes(permission))).toEqual([]);
  });
});
