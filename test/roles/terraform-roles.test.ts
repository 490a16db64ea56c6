// The roles that plan and apply infra/ from GitHub: which job can assume which, and what each can do.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { isAllowed, listOf, type Policy, type Request } from "../../actions/shared/src/iam.ts";
import { root } from "../../infra/local/paths.ts";
import { roleNames as environmentRoles } from "./plan.ts";
import { tokenOf, type Job } from "./tokens.ts";
import { environments, forms, planOf } from "./trust.ts";

const roleNames = ["plan", "read", "apply"] as const;
type RoleName = (typeof roleNames)[number];

function documentOf(run: string, address: string, attribute: string): Policy {
  const changes = inject("terraformRoles")[run]?.resource_changes ?? [];
  const text = changes.find((one) => one.address === address)?.change.after?.[attribute];
  if (typeof text !== "string") throw new Error(`${attribute} of ${address} is not known in the plan ${run}.`);
  return JSON.parse(text) as Policy;
}

const trustOf = (run: string, name: RoleName) => documentOf(run, `aws_iam_role.this["${name}"]`, "assume_role_policy");
const policiesOf = (name: RoleName): Policy[] => [
  documentOf("production", `aws_iam_role_policy.${name}`, "policy"),
  documentOf("production", `aws_iam_role_policy.state["${name}"]`, "policy"),
];
const boundary = () => documentOf("production", "aws_iam_policy.boundary", "policy");

function rolesFor(run: string, job: Job, form: (typeof forms)[number]): RoleName[] {
  const { issuer, context } = tokenOf(job, form);
  const principal = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
  return roleNames.filter((name) =>
    isAllowed([trustOf(run, name)], { action: "sts:AssumeRoleWithWebIdentity", principal, context }),
  );
}

const file = "terraform.yml";
const pullRequest = { ref: "refs/pull/7/merge", isPullRequest: true };
const environment = "production-infrastructure";
const branch = { ref: "refs/heads/feature" };
const ofMain = `rainbow-seeker/deploy-toolkit/.github/workflows/${file}@refs/heads/main`;

describe("who can assume the roles", () => {
  it.each<[string, Job, RoleName[]]>([
    ["a pull request", { workflow: file, ...pullRequest }, ["plan"]],
    ["main", { workflow: file }, ["read"]],
    ["main in the environment", { workflow: file, environment }, ["apply"]],
    ["a branch", { workflow: file, ...branch }, []],
    ["a branch in the environment", { workflow: file, ...branch, environment }, []],
    ["a branch with the workflow of main", { workflow: ofMain, ...branch }, []],
    ["the same in the environment", { workflow: ofMain, ...branch, environment }, []],
    ["a pull request in the environment", { workflow: file, ...pullRequest, environment }, []],
    ["a tag", { workflow: file, ref: "refs/tags/v1" }, []],
    ["a tag in the environment", { workflow: file, ref: "refs/tags/v1", environment }, []],
    ["the environment of deployments", { workflow: file, environment: "production" }, []],
    ["the environment of staging", { workflow: file, environment: "staging-infrastructure" }, []],
    ["another workflow of main", { workflow: "infrastructure.yml" }, []],
    ["another workflow in the environment", { workflow: "deploy-service.yml", environment }, []],
    ["another workflow of a pull request", { workflow: "test.yml", ...pullRequest }, []],
    ["a fork", { workflow: file, repository: { owner: "somebody", id: "1", ownerId: "2" } }, []],
    [
      "a fork's own pull request",
      { workflow: file, ...pullRequest, repository: { owner: "x", id: "1", ownerId: "2" } },
      [],
    ],
    ["a token for others than AWS", { workflow: file, audience: "https://github.com/rainbow-seeker" }, []],
  ])("%s: %j", (_name, job, expected) => {
    expect(forms.map((form) => rolesFor("production", job, form))).toEqual([expected, expected]);
    expect(forms.map((form) => rolesFor("without_ids", job, form))).toEqual([expected, []]);
  });

  it("with the workflow of another repository: from there, at the ref that is named", () => {
    const run = "with_workflows_of_another_repository";
    const workflow = `another/toolkit/.github/workflows/${file}@refs/tags/v1`;
    const roles = (job: Job) => rolesFor(run, job, "immutable");
    expect(roles({ workflow })).toEqual(["read"]);
    expect(roles({ workflow, ...pullRequest })).toEqual(["plan"]);
    expect(roles({ workflow, environment })).toEqual(["apply"]);
    for (const other of [file, workflow.replace("v1", "v2"), workflow.replace("tags", "heads")])
      expect([roles({ workflow: other }), roles({ workflow: other, environment })]).toEqual([[], []]);
  });
});

const arn = (service: string, rest: string) => `arn:aws:${service}:ap-northeast-1:123456789012:${rest}`;
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const bucket = "arn:aws:s3:::rainbow-seeker-terraform-123456789012";
const state = `${bucket}/rainbow-seeker/production.tfstate`;
const otherState = `${bucket}/rainbow-seeker/staging.tfstate`;
const boundaryArn = "arn:aws:iam::123456789012:policy/rainbow-seeker-terraform-boundary";
const parameter = arn("ssm", "parameter/rainbow-seeker/production/db-password");
const can = (name: RoleName, action: string, resource: string, context: Request["context"] = {}) =>
  isAllowed(policiesOf(name), { action, resource, context });

describe("what they can do", () => {
  it("the code of a pull request reads the state of its environment, and no secret", () => {
    expect(can("plan", "s3:GetObject", state)).toBe(true);
    for (const [action, resource] of [
      ["s3:GetObject", otherState],
      ["s3:GetObject", "arn:aws:s3:::rainbow-seeker-backups/database/1/dump.age"],
      ["s3:PutObject", state],
      ["ssm:GetParameter", parameter],
      ["secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-1")],
      ["logs:GetLogEvents", arn("logs", "log-group:/ecs/rainbow-seeker-api:*")],
      ["ecs:DescribeTaskDefinition", "*"],
      ["kms:Decrypt", arn("kms", "key/1")],
      ["iam:PassRole", role("ecsTaskRole")],
    ] as const)
      expect([action, can("plan", action, resource)]).toEqual([action, false]);
  });

  it("the drift check reads settings, and of contents the parameters of its environment alone", () => {
    for (const [action, resource] of [
      ["s3:GetObject", state],
      ["ssm:GetParameter", parameter],
      ["ecs:DescribeServices", arn("ecs", "service/rainbow-seeker-cluster/rainbow-seeker-api")],
      ["rds:DescribeDBInstances", "*"],
      ["s3:GetBucketPolicy", "arn:aws:s3:::rainbow-seeker-backups"],
    ] as const)
      expect([action, can("read", action, resource)]).toEqual([action, true]);
    for (const [action, resource] of [
      ["s3:GetObject", otherState],
      ["s3:GetObject", "arn:aws:s3:::rainbow-seeker-backups/database/1/dump.age"],
      ["s3:PutObject", state],
      ["ssm:GetParameter", parameter.replace("production", "staging")],
      ["secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-1")],
      ["logs:GetLogEvents", arn("logs", "log-group:/ecs/rainbow-seeker-api:*")],
      ["logs:FilterLogEvents", arn("logs", "log-group:/ecs/rainbow-seeker-api:*")],
      ["ecr:BatchGetImage", arn("ecr", "repository/rainbow-seeker-api")],
      ["kms:Decrypt", arn("kms", "key/1")],
    ] as const)
      expect([action, can("read", action, resource)]).toEqual([action, false]);
    const words = policiesOf("read").flatMap(({ Statement }) =>
      listOf(Statement).flatMap(({ Action }) => listOf(Action).map((action) => action.split(":")[1] ?? "")),
    );
    expect(words.filter((word) => !/^(Get|List|Describe)/.test(word))).toEqual([]);
  });

  it("an apply gives no role more than the boundary, and itself nothing", () => {
    const within = { "iam:PermissionsBoundary": boundaryArn };
    for (const name of ["ecsTaskRole", "rainbow-seeker-github-deploy"]) {
      expect(can("apply", "iam:CreateRole", role(name), within)).toBe(true);
      expect(can("apply", "iam:PutRolePolicy", role(name), within)).toBe(true);
      for (const context of [{}, { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" }])
        for (const action of [
          "iam:CreateRole",
          "iam:PutRolePolicy",
          "iam:AttachRolePolicy",
          "iam:PutRolePermissionsBoundary",
        ])
          expect([action, can("apply", action, role(name), context)]).toEqual([action, false]);
      expect(can("apply", "iam:DeleteRolePermissionsBoundary", role(name), within)).toBe(false);
    }
    for (const name of roleNames)
      for (const action of ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:PassRole"])
        expect([action, can("apply", action, role(`rainbow-seeker-terraform-${name}`), within)]).toEqual([
          action,
          false,
        ]);
    for (const action of ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion"])
      expect([action, can("apply", action, boundaryArn)]).toEqual([action, false]);
    for (const action of [
      "iam:CreateUser",
      "iam:CreateAccessKey",
      "iam:CreatePolicy",
      "iam:CreateOpenIDConnectProvider",
      "iam:UpdateOpenIDConnectProviderThumbprint",
      "sts:AssumeRole",
      "organizations:LeaveOrganization",
    ])
      expect([action, can("apply", action, "*")]).toEqual([action, false]);
    expect(can("apply", "iam:CreateRole", role("administrator"), within)).toBe(false);
  });

  it("an apply passes roles to the services that use them, and keeps away from other states and environments", () => {
    const passed = (service: string) =>
      can("apply", "iam:PassRole", role("ecsTaskRole"), { "iam:PassedToService": service });
    expect([passed("ecs-tasks.amazonaws.com"), passed("lambda.amazonaws.com"), passed("ec2.amazonaws.com")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([can("apply", "s3:PutObject", state), can("apply", "s3:DeleteObject", `${state}.tflock`)]).toEqual([
      true,
      true,
    ]);
    for (const [action, resource] of [
      ["s3:GetObject", otherState],
      ["s3:PutObject", otherState],
      ["s3:DeleteObject", state],
      ["s3:DeleteObjectVersion", state],
      ["s3:DeleteBucket", bucket],
      ["s3:PutBucketPolicy", bucket],
      ["s3:PutBucketVersioning", bucket],
    ] as const)
      expect([action, can("apply", action, resource)]).toEqual([action, false]);
    const database = arn("rds", "db:rainbow-seeker-db");
    const deletes = (tag: string | undefined) =>
      can("apply", "rds:DeleteDBInstance", database, { "aws:ResourceTag/Environment": tag });
    expect([deletes("production"), deletes(undefined), deletes("staging")]).toEqual([true, true, false]);
  });

  it("the boundary leaves every role of the environments what its policies give it", () => {
    for (const name of environments) {
      const { permissions, tasks } = planOf(name, "with_ids");
      const policies = [...environmentRoles.map((one) => permissions[one]), ...Object.values(tasks)];
      const actions = policies.flatMap(({ Statement }) => listOf(Statement).flatMap(({ Action }) => listOf(Action)));
      expect(actions.length).toBeGreaterThan(50);
      for (const action of new Set(actions)) {
        const resource = action.startsWith("iam:") ? role("ecsTaskRole-staging") : "*";
        expect([action, isAllowed([boundary()], { action, resource })]).toEqual([action, true]);
      }
    }
    for (const [action, resource] of [
      ["iam:CreateUser", "*"],
      ["iam:PassRole", role("rainbow-seeker-terraform-apply")],
      ["s3:GetObject", state],
      ["ec2:RunInstances", "*"],
    ] as const)
      expect([action, isAllowed([boundary()], { action, resource })]).toEqual([action, false]);
  });
});

describe("the services of the roles", () => {
  /** Prefix in IAM of the first resource type that begins so. */
  const services: [string, string][] = [
    ["aws_acm_", "acm"],
    ["aws_appautoscaling_", "application-autoscaling"],
    ["aws_chatbot_", "chatbot"],
    ["aws_cloudfront_", "cloudfront"],
    ["aws_cloudwatch_log_", "logs"],
    ["aws_cloudwatch_", "cloudwatch"],
    ["aws_db_", "rds"],
    ["aws_ecr_", "ecr"],
    ["aws_ecs_", "ecs"],
    ["aws_elasticache_", "elasticache"],
    ["aws_iam_", "iam"],
    ["aws_kms_", "kms"],
    ["aws_lb", "elasticloadbalancing"],
    ["aws_route53_", "route53"],
    ["aws_s3_", "s3"],
    ["aws_secretsmanager_", "secretsmanager"],
    ["aws_service_discovery_", "servicediscovery"],
    ["aws_sns_", "sns"],
    ["aws_ssm_", "ssm"],
    ["aws_wafv2_", "wafv2"],
    ...[
      "default_security_group",
      "eip",
      "flow_log",
      "internet_gateway",
      "nat_gateway",
      "route_table",
      "security_group",
    ].map((type): [string, string] => [`aws_${type}`, "ec2"]),
    ...["subnet", "vpc", "vpn_gateway"].map((type): [string, string] => [`aws_${type}`, "ec2"]),
  ];
  const ofEnvironments = globSync("infra/{modules,environments}/*/*.tf", { cwd: root }).filter(
    (path) => !/modules\/(bootstrap|github-terraform)\//.test(path),
  );
  const types = new Set(
    ofEnvironments.flatMap((path) =>
      [...readFileSync(join(root, path), "utf8").matchAll(/^resource "(aws_\w+)"/gm)].map(([, type = ""]) => type),
    ),
  );
  const actionsOf = (name: RoleName) =>
    policiesOf(name).flatMap(({ Statement }) =>
      listOf(Statement).flatMap(({ Effect, Action }) => (Effect === "Allow" ? listOf(Action) : [])),
    );

  it.each(["read", "apply"] as const)("%s has those of every resource in infra/, and no others", (name) => {
    const needed = [...types].map((type) => services.find(([prefix]) => type.startsWith(prefix))?.[1] ?? type);
    const given = actionsOf(name).map((action) => action.split(":")[0] ?? "");
    expect([...new Set(given)].toSorted()).toEqual([...new Set(needed)].toSorted());
  });
});
