// A repository, an account and a machine in which doctor finds nothing to change; tests break one thing at a time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ECRClient, type Repository } from "@aws-sdk/client-ecr";
import { ECSClient, type Service, type TaskDefinition } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { systemClock } from "../../../actions/shared/src/clock.ts";
import { sendHttp } from "../../../actions/shared/src/http.ts";
import { runProcess } from "../../../actions/shared/src/process.ts";
import { AwsError, ScriptedAws, type Handlers } from "../../../actions/shared/test/scripted-aws.ts";
import { root } from "../../../infra/local/paths.ts";
import { examine } from "../../src/doctor/doctor.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { readInputs } from "../../src/doctor/inputs.ts";
import type { Schema } from "../../src/github/github.ts";
import { modelled } from "../aws-model.ts";
import { ScriptedGitHub, type Routes, type Some } from "../scripted-github.ts";

export const account = "123456789012";
export const repository = "rainbow-seeker/deploy-toolkit";
const ids = { repository: 456789, owner: 123456 };
const provider = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
const roles = ["build", "deploy", "backup", "prune", "emergency"] as const;
type RoleName = (typeof roles)[number];
export const roleArn = (name: RoleName): string => `arn:aws:iam::${account}:role/rainbow-seeker-github-${name}`;

const files: Record<RoleName, string[]> = {
  build: ["build.yml"],
  deploy: ["deploy-service.yml", "rollback-service.yml"],
  backup: ["backup-database.yml"],
  prune: ["prune-backups.yml"],
  emergency: ["emergency-service.yml"],
};
const sessions: Record<RoleName, number> = { build: 3600, deploy: 7200, backup: 21_600, prune: 3600, emergency: 3600 };

type Conditions = Record<string, string | string[]>;

/** As infra/modules/github-oidc makes it. */
export function trustOf(name: RoleName, more: Conditions = {}): Conditions {
  const context = name === "deploy" ? "environment:production" : "ref:refs/heads/main";
  return {
    aud: "sts.amazonaws.com",
    sub: [
      `repo:${repository}:${context}`,
      `repo:rainbow-seeker@${ids.owner}/deploy-toolkit@${ids.repository}:${context}`,
    ],
    job_workflow_ref: files[name].map((file) => `${repository}/.github/workflows/${file}@refs/heads/main`),
    repository_id: String(ids.repository),
    ...(name === "deploy" ? { ref: "refs/heads/main", environment: "production" } : {}),
    ...more,
  };
}

const trustPolicy = (conditions: Conditions): string =>
  encodeURIComponent(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: provider },
        Condition: {
          StringEquals: Object.fromEntries(
            Object.entries(conditions).map(([claim, value]) => [`token.actions.githubusercontent.com:${claim}`, value]),
          ),
        },
      },
    }),
  );

const serviceArn = (name: string) => `arn:aws:ecs:ap-northeast-1:${account}:service/rainbow-seeker-cluster/${name}`;
const definitionArn = (family: string) => `arn:aws:ecs:ap-northeast-1:${account}:task-definition/${family}:7`;

export interface World {
  conditions: Record<RoleName, Conditions>;
  services: Record<string, Service>;
  definitions: Record<string, TaskDefinition>;
  definitionTags: { key: string; value: string }[];
  repositories: Record<string, Repository>;
  handlers: Handlers;
  routes: Routes;
  environment: Record<string, string>;
  options: Record<string, string>;
  clockSkew: number;
}

const service = (name: string): Service => ({
  serviceName: name,
  serviceArn: serviceArn(name),
  status: "ACTIVE",
  desiredCount: 3,
  runningCount: 3,
  taskDefinition: definitionArn(name),
  tags: [{ key: "deploy:initial-count", value: "3" }],
});

const definition = (name: string): TaskDefinition => ({
  family: name,
  taskDefinitionArn: definitionArn(name),
  executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
  containerDefinitions: [
    {
      name: name.replace("rainbow-seeker-", ""),
      image: `${account}.dkr.ecr.ap-northeast-1.amazonaws.com/${name}@sha256:${"0".repeat(64)}`,
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": `/ecs/${name}`, "awslogs-region": "ap-northeast-1" },
      },
    },
  ],
});

export function makeWorld(): World {
  const names = ["rainbow-seeker-api", "rainbow-seeker-ml"];
  const world: World = {
    conditions: Object.fromEntries(roles.map((name) => [name, trustOf(name)])) as World["conditions"],
    services: Object.fromEntries(names.map((name) => [name, service(name)])),
    definitions: Object.fromEntries(names.map((name) => [name, definition(name)])),
    definitionTags: [{ key: "deploy:verified-at", value: "2026-11-20T10:00:00Z" }],
    repositories: Object.fromEntries(
      [...names, "rainbow-seeker-backup"].map((name) => [
        name,
        { repositoryName: name, imageTagMutability: "IMMUTABLE" } satisfies Repository,
      ]),
    ),
    handlers: {},
    routes: gitHubRoutes(),
    environment: {},
    options: {},
    clockSkew: 0,
  };
  world.handlers = awsHandlers(world);
  return world;
}

function awsHandlers(world: World): Handlers {
  const roleOf = (name: string) => roles.find((one) => roleArn(one).endsWith(`/${name}`));
  return {
    "sts:GetCallerIdentity": () => ({
      Account: account,
      Arn: `arn:aws:sts::${account}:assumed-role/admin/me`,
      UserId: "me",
    }),
    "ecs:DescribeServices": ({ services }) => ({
      services: services.flatMap((name: string) => world.services[name] ?? []),
    }),
    "ecs:DescribeClusters": ({ clusters }) => ({
      clusters: clusters.map((clusterName: string) => ({ clusterName, status: "ACTIVE" })),
    }),
    "ecs:DescribeTaskDefinition": ({ taskDefinition }) => ({
      taskDefinition: Object.values(world.definitions).find((one) => one.taskDefinitionArn === taskDefinition),
      tags: world.definitionTags,
    }),
    "ecr:DescribeRepositories": ({ repositoryNames: [name] }) =>
      world.repositories[name]
        ? { repositories: [world.repositories[name]] }
        : new AwsError("RepositoryNotFoundException", `The repository with name '${name}' does not exist`),
    "iam:GetRole": ({ RoleName }) => {
      const name = roleOf(RoleName);
      if (name === undefined)
        return new AwsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
      return {
        Role: {
          Path: "/",
          RoleName,
          RoleId: "AROAEXAMPLE",
          Arn: roleArn(name),
          CreateDate: "2026-11-01T00:00:00Z",
          AssumeRolePolicyDocument: trustPolicy(world.conditions[name]),
          MaxSessionDuration: sessions[name],
        },
      };
    },
    "iam:SimulatePrincipalPolicy": ({ ActionNames, ResourceArns = [] }) => ({
      EvaluationResults: ActionNames.map((EvalActionName: string) => ({
        EvalActionName,
        EvalDecision: "allowed",
        ResourceSpecificResults: ResourceArns.map((EvalResourceName: string) => ({
          EvalResourceName,
          EvalResourceDecision: "allowed",
        })),
      })),
    }),
    "iam:ListRolePolicies": () => ({ PolicyNames: ["all"], IsTruncated: false }),
    "iam:ListAttachedRolePolicies": () => ({ AttachedPolicies: [], IsTruncated: false }),
    "iam:GetRolePolicy": ({ RoleName, PolicyName }) => ({ RoleName, PolicyName, PolicyDocument: policyDocument() }),
  };
}

/** Everything except what is left out. */
export const policyDocument = (without: string[] = []): string =>
  encodeURIComponent(
    JSON.stringify({
      Statement: [
        { Effect: "Allow", Action: "*", Resource: "*" },
        ...(without.length > 0 ? [{ Effect: "Deny", Action: without, Resource: "*" }] : []),
      ],
    }),
  );

export const variables: Record<string, string> = {
  AWS_BUILD_ROLE: roleArn("build"),
  AWS_DEPLOY_ROLE: roleArn("deploy"),
  AWS_BACKUP_ROLE: roleArn("backup"),
  AWS_EMERGENCY_ROLE: roleArn("emergency"),
  AWS_PRUNE_ROLE: roleArn("prune"),
  SERVICE_URL: "https://rainbow.example.com/",
};

export const variablesAnswer = (all: Record<string, string>): unknown => ({
  total_count: Object.keys(all).length,
  variables: Object.entries(all).map(([name, value]) => ({ name, value }) satisfies Some<Schema["actions-variable"]>),
});

function gitHubRoutes(): Routes {
  const path = `/repos/${repository}`;
  return {
    [path]: {
      id: ids.repository,
      full_name: repository,
      default_branch: "main",
      private: false,
      owner: { id: ids.owner, login: "rainbow-seeker" },
    } satisfies Some<Schema["full-repository"]>,
    [`${path}/actions/oidc/customization/sub`]: {
      use_default: true,
      use_immutable_subject: true,
      sub_claim_prefix: `repo:rainbow-seeker@${ids.owner}/deploy-toolkit@${ids.repository}`,
    } satisfies Schema["oidc-custom-sub-repo"],
    [`${path}/actions/variables`]: variablesAnswer(variables),
    [`${path}/actions/organization-variables`]: variablesAnswer({}),
    [`${path}/environments/production`]: {
      name: "production",
      protection_rules: [
        { id: 1, type: "required_reviewers", prevent_self_review: true, reviewers: [{ type: "User" }] },
        { id: 2, type: "branch_policy" },
      ],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    } satisfies Some<Schema["environment"]>,
    [`${path}/environments/production/deployment-branch-policies`]: {
      total_count: 1,
      branch_policies: [{ name: "main", type: "branch" } satisfies Schema["deployment-branch-policy"]],
    },
    ...releaseRoutes(),
  };
}

/** The pinned actions are the latest releases. */
function releaseRoutes(): Routes {
  const pinned = JSON.parse(readFileSync(join(root, "scripts/lib/third-party-actions.json"), "utf8")) as Record<
    string,
    { version: string }
  >;
  return Object.fromEntries(
    Object.entries(pinned).flatMap(([pin, { version }]) => {
      const [name = "", sha = ""] = pin.split("@");
      return [
        [`/repos/${name}/releases/latest`, { tag_name: version } satisfies Some<Schema["release"]>],
        [`/repos/${name}/commits/${version}`, { sha } satisfies Some<Schema["commit"]>],
      ];
    }),
  );
}

export interface Examined {
  findings: Finding[];
  github: ScriptedGitHub;
  aws: ScriptedAws;
  /** What AWS would not have sent or accepted. */
  problems: string[];
}

/** Runs doctor in a world, on this repository's own workflows. */
export async function examined(world: World): Promise<Examined> {
  const problems: string[] = [];
  const github = await ScriptedGitHub.start(world.routes);
  const aws = await ScriptedAws.start(modelled(world.handlers, problems));
  aws.clockSkew = world.clockSkew;
  const options: Record<string, string> = { folder: root, repository, environment: "production", ...world.options };
  try {
    const findings = await examine(
      readInputs((name) => options[name] ?? ""),
      {
        ecs: new ECSClient(aws.client),
        ecr: new ECRClient(aws.client),
        iam: new IAMClient(aws.client),
        sts: new STSClient(aws.client),
        send: sendHttp,
        run: runProcess,
        clock: systemClock,
        log: () => undefined,
        environment: {
          GITHUB_API_URL: github.url,
          GH_TOKEN: "ghp_secret",
          AWS_ENDPOINT_URL: aws.url,
          ...Object.fromEntries(
            Object.entries(world.environment).map(([name, value]) => [name, value.replace("GITHUB", github.url)]),
          ),
        },
        toolkitFile: (path) => {
          try {
            return readFileSync(join(root, path), "utf8");
          } catch {
            return undefined;
          }
        },
      },
    );
    return { findings, github, aws, problems };
  } finally {
    await Promise.all([github.stop(), aws.stop()]);
  }
}
