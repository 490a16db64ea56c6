// The roles that `rainbow-deploy init` makes for another repository: its jobs can assume them, nobody else can, and they
// are enough for what the jobs do. The local AWS could not tell: it lets every token in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { isAllowed, listOf, type Policy, type Request } from "../../actions/shared/src/iam.ts";
import { root } from "../../infra/local/paths.ts";
import type { Consumer } from "./consumer.ts";
import { tokenOf, type Job } from "./tokens.ts";
import { forms, planOf } from "./trust.ts";

const consumers = inject("consumers");
const repository = { owner: "somebody", name: "my-service" };
const toolkit = "rainbow-seeker/deploy-toolkit/.github/workflows";
const production = { environment: "production" };

const rolesFor = (consumer: Consumer, job: Job): string[][] =>
  forms.map((form) => {
    const { issuer, context } = tokenOf({ repository, ...job }, form);
    const principal = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
    const { trust } = consumers[consumer];
    return Object.keys(trust).filter((name) =>
      isAllowed([trust[name] as Policy], { action: "sts:AssumeRoleWithWebIdentity", principal, context }),
    );
  });

interface Case {
  name: string;
  job: Job;
  roles: string[];
}
const one = (name: string, job: Job, ...roles: string[]): Case => ({ name, job, roles });

const anybodyElse = (build: Job, deploy: Job): Case[] => [
  one("a build of a branch", { ...build, ref: "refs/heads/feature" }),
  one("a deployment from a branch", { ...deploy, ref: "refs/heads/feature" }),
  one("a deployment from a tag", { ...deploy, ref: "refs/tags/v1" }),
  one("a deployment in a pull request", { ...deploy, ref: "refs/pull/7/merge", isPullRequest: true }),
  one("a deployment of another environment", { ...deploy, environment: "staging" }),
  one("another repository of the owner", { ...deploy, repository: { ...repository, name: "other", id: "1" } }),
  one("a repository that gets the name later", { ...deploy, repository: { ...repository, id: "1", ownerId: "2" } }),
  one("a token for another audience", { ...deploy, audience: "somebody" }),
];

describe("with the reusable workflows", () => {
  const at = (file: string, ref = "refs/tags/v1") => ({ workflow: `${toolkit}/${file}@${ref}` });
  const deploy = { ...at("deploy-service.yml"), ...production };
  it.each([
    one("a build of main", at("build.yml"), "build"),
    one("a deployment of main", deploy, "deploy"),
    one("a rollback of main", { ...at("rollback-service.yml"), ...production }, "deploy"),
    one("a deployment without the environment", at("deploy-service.yml")),
    one("a build with the workflow at another ref", at("build.yml", "refs/heads/main")),
    one("a build with a workflow of its own", { workflow: "build.yml" }),
    one("a deployment with a workflow of its own", { workflow: "deploy-service.yml", ...production }),
    ...anybodyElse(at("build.yml"), deploy),
  ])("$name: $roles", ({ job, roles }) => {
    expect(rolesFor("reusable", job)).toEqual([roles, roles]);
  });

  it("a commit is trusted as the commit that the call names", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    expect(rolesFor("existing-load-balancer", at("build.yml", commit))).toEqual([["build"], ["build"]]);
    expect(rolesFor("existing-load-balancer", at("build.yml"))).toEqual([[], []]);
  });
});

describe("with workflows of its own", () => {
  const deploy = { workflow: "deploy.yml", ...production };
  it.each([
    one("a deployment of main", deploy, "deploy"),
    one("a rollback of main", { workflow: "rollback.yml", ...production }, "deploy"),
    one("the same without the environment", { workflow: "deploy.yml" }),
    one("another workflow of main, in the environment", { workflow: "test.yml", ...production }),
    one("a reusable workflow of the toolkit", {
      workflow: `${toolkit}/deploy-service.yml@refs/tags/v1`,
      ...production,
    }),
    ...anybodyElse(deploy, deploy),
  ])("$name: $roles", ({ job, roles }) => {
    expect(rolesFor("one-step", job)).toEqual([roles, roles]);
  });
});

const permissionsIn = (...policies: Policy[]): string[] =>
  [
    ...new Set(policies.flatMap(({ Statement }) => listOf(Statement).flatMap(({ Action }) => listOf(Action)))),
  ].toSorted();

/** Of a service without a migration and without secrets. */
const notNeeded = ["ecs:RunTask", "secretsmanager:DescribeSecret"];
/** Of workflows that leave audit records, for which a log group has to be given. */
const ofAuditRecords = ["logs:CreateLogStream", "logs:PutLogEvents"];
const isNeeded = (permission: string): boolean => ![...notNeeded, ...ofAuditRecords].includes(permission);

describe("what the roles may do", () => {
  // Those of production are compared with the policies of the actions: actions.test.ts.
  const { permissions: ofProduction } = planOf("production", "with_ids");

  it.each(["reusable", "existing-network", "existing-load-balancer"] as const)("is enough, and no more: %s", (name) => {
    const { build, deploy } = consumers[name].permissions as Record<"build" | "deploy", Policy>;
    expect(permissionsIn(build)).toEqual(permissionsIn(ofProduction.build));
    expect(permissionsIn(deploy)).toEqual(permissionsIn(ofProduction.deploy).filter(isNeeded));
  });

  it("is both in one role with workflows of its own, also enough for the root action", () => {
    const { deploy, ...others } = consumers["one-step"].permissions as Record<string, Policy>;
    expect(others).toEqual({});
    const given = permissionsIn(deploy as Policy);
    expect(given).toEqual(permissionsIn(ofProduction.build, ofProduction.deploy).filter(isNeeded));
    const ofRoot = JSON.parse(readFileSync(join(root, "actions/root/iam-policy.json"), "utf8")) as Policy;
    const missing = permissionsIn(ofRoot).filter((permission) => !given.includes(permission));
    expect(missing.filter((permission) => !permission.startsWith("codedeploy:"))).toEqual(notNeeded);
  });

  const arn = (service: string, rest: string) => `arn:aws:${service}:ap-northeast-1:123456789012:${rest}`;
  const requests: [name: string, role: "build" | "deploy", isAllowed: boolean, request: Request][] = [
    ["push the image", "build", true, { action: "ecr:PutImage", resource: arn("ecr", "repository/my-service") }],
    ["push another image", "build", false, { action: "ecr:PutImage", resource: arn("ecr", "repository/other") }],
    [
      "update the service",
      "deploy",
      true,
      { action: "ecs:UpdateService", resource: arn("ecs", "service/my-service/my-service") },
    ],
    [
      "update another service of the cluster",
      "deploy",
      false,
      { action: "ecs:UpdateService", resource: arn("ecs", "service/my-service/other") },
    ],
    [
      "register a revision",
      "deploy",
      true,
      { action: "ecs:RegisterTaskDefinition", resource: arn("ecs", "task-definition/my-service:*") },
    ],
    [
      "give tasks their role",
      "deploy",
      true,
      {
        action: "iam:PassRole",
        resource: "arn:aws:iam::123456789012:role/my-service-execution",
        context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
      },
    ],
    [
      "give tasks another role",
      "deploy",
      false,
      {
        action: "iam:PassRole",
        resource: "arn:aws:iam::123456789012:role/admin",
        context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
      },
    ],
    [
      "read the log of a failed task",
      "deploy",
      true,
      { action: "logs:GetLogEvents", resource: arn("logs", "log-group:/ecs/my-service:log-stream:ecs/app/1") },
    ],
  ];
  it.each(requests)("%s, by the role %s: %s", (_, role, expected, request) => {
    expect(isAllowed([consumers.reusable.permissions[role] as Policy], request)).toBe(expected);
  });
});
