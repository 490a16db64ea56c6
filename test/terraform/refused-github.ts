// The same for the access of GitHub's jobs, where a pattern would let others in.
import type { Inputs } from "./plan-variables.ts";

const provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const good = {
  environment: "production",
  suffix: "",
  github_environment: "production-infrastructure",
  repository: "rainbow-seeker/deploy-toolkit",
  provider_arn: provider,
  state_bucket: "rainbow-seeker-terraform-123456789012",
  state_key: "rainbow-seeker/production.tfstate",
};
const ids = { repository_id: "456789", repository_owner_id: "123456" };
const workflows = { repository: "another/toolkit", ref: "refs/tags/v1" };
const commit = "0123456789abcdef0123456789abcdef01234567";

/** Of one repository, as OWNER/NAME; of workflows; of a branch: none is a pattern. */
const repositories = ["deploy-toolkit", "rainbow-seeker/*", "*/deploy-toolkit", "-a/b", "a/b/c"];
const callers = {
  refused: [
    { ...workflows, repository: "toolkit" },
    { ...workflows, repository: "another/*" },
    { ...workflows, ref: "v1" },
    { ...workflows, ref: "refs/tags/*" },
    { ...workflows, ref: "refs/pull/1/merge" },
    { ...workflows, ref: commit.slice(1) },
  ],
  accepted: [null, workflows, { ...workflows, ref: "refs/heads/main" }, { ...workflows, ref: commit }],
};
const branches = ["", "*", "release/*"];
const providers = [
  "",
  "arn:aws:iam::123456789012:oidc-provider/example.com",
  `${provider}.example.com`,
  provider.replace("123456789012", "12345678901"),
];
const together = { variable: "repository_id", validatedIn: "repository_owner_id" };
const idsTogether = (inputs: Record<string, unknown>) => ({
  refused: [
    { variable: "repository_id", inputs: { ...inputs, ...ids, repository_id: "0456789" } },
    { variable: "repository_owner_id", inputs: { ...inputs, ...ids, repository_owner_id: "rainbow-seeker" } },
    { variable: "repository_owner_id", inputs: { ...inputs, ...ids, repository_owner_id: "0" } },
    { ...together, inputs: { ...inputs, repository_owner_id: ids.repository_owner_id } },
    { ...together, inputs: { ...inputs, ...ids, repository_owner_id: null } },
  ],
  accepted: [{ variable: "repository_id", inputs: { ...inputs, ...ids } }],
});

const backup = { families: [], task_role_arns: [], log_group_arns: [], bucket_arn: "arn:aws:s3:::b", service: "api" };
const roles = {
  repository: "rainbow-seeker/deploy-toolkit",
  environment: "production",
  image_repository_arns: [],
  cluster_arn: "arn:aws:ecs:ap-northeast-1:123456789012:cluster/rainbow-seeker-cluster",
  services: ["rainbow-seeker-api"],
  task_role_arns: [],
  log_group_arns: [],
};

export const github: Record<string, Inputs> = {
  "modules/github-oidc": {
    good: roles,
    refused: {
      name: ["a", "Shop", "1shop", "shop-", "a".repeat(33)],
      repository: repositories,
      workflows: callers.refused,
      own_workflows: [[".github/workflows/deploy.yml"], ["*.yml"], ["deploy"], ["deploy.yml", "a b.yml"]],
      branch: branches,
      environment: ["", "production*", "a:b"],
      provider_arn: providers,
      pull_repository_arns: [
        ["rainbow-seeker-api"],
        ["arn:aws:ecr:ap-northeast-1:123456789012:repository/"],
        ["arn:aws:ecr:ap-northeast-1:1:repository/a"],
      ],
      cluster_arn: [
        "rainbow-seeker-cluster",
        "arn:aws:ecs:ap-northeast-1:123456789012:cluster/*",
        "arn:aws:ecs:ap-northeast-1:123456789012:service/c/a",
      ],
      audit_log_group_arn: [
        "/audit/rainbow-seeker",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow-seeker:*",
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:",
      ],
      secret_arns: [
        ["master"],
        ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:*"],
        ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:"],
      ],
      permissions_boundary_arn: ["boundary", "arn:aws:iam::1:policy/boundary", "arn:aws:iam::123456789012:policy/"],
    },
    accepted: {
      name: ["ab", "a".repeat(32)],
      workflows: callers.accepted,
      own_workflows: [["deploy.yml", "Roll_back-2.yaml"], []],
      branch: ["release/1.x"],
      provider_arn: [null, provider, provider.replace("arn:aws:", "arn:aws-cn:")],
      pull_repository_arns: [[], ["arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api"]],
      cluster_arn: [roles.cluster_arn.replace("arn:aws:", "arn:aws-cn:")],
      audit_log_group_arn: [null, "arn:aws:logs:ap-northeast-1:123456789012:log-group:/audit/rainbow_seeker.a-b#1"],
      secret_arns: [[], ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master-AbCdEf"]],
      permissions_boundary_arn: [null, "arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::123456789012:policy/a"],
    },
    passedOn: [
      "suffix",
      "repository_id",
      "repository_owner_id",
      "image_repository_arns",
      "cluster_name",
      "ecs_arn_prefix",
      "services",
      "families",
      "migration_family",
      "task_role_arns",
      "log_group_arns",
      "backup",
      "emergency",
    ],
    together: {
      refused: [
        ...idsTogether(roles).refused,
        { variable: "own_workflows", inputs: { ...roles, own_workflows: ["deploy.yml"], workflows } },
        { variable: "own_workflows", inputs: { ...roles, own_workflows: ["deploy.yml"], backup } },
      ],
      accepted: [...idsTogether(roles).accepted, { variable: "backup", inputs: { ...roles, workflows, backup } }],
    },
  },

  "modules/github-terraform": {
    good,
    refused: {
      name: ["a", "Shop", "1shop", "shop-", "shop*", "a".repeat(27)],
      environment: ["", "Production", "1st", "production*", "a".repeat(21)],
      suffix: ["staging", "-", "-Staging", "-*"],
      github_environment: ["", "production*", "a:b", "production infrastructure"],
      repository: repositories,
      workflows: callers.refused,
      branch: branches,
      provider_arn: providers,
      state_bucket: ["", "ab", "States", "rainbow_seeker", "-states", "states-", "a".repeat(64)],
      state_key: ["", "production", "*.tfstate", "production.tfstate/x"],
    },
    accepted: {
      name: ["ab", "a".repeat(26), "shop-2"],
      environment: ["a", "a".repeat(20)],
      suffix: ["-staging", "-a-1"],
      workflows: callers.accepted,
      branch: ["release/1.x"],
      provider_arn: [provider.replace("arn:aws:", "arn:aws-cn:")],
      state_bucket: ["abc", "a".repeat(63)],
      state_key: ["a.tfstate"],
    },
    // In `together`.
    passedOn: ["repository_id", "repository_owner_id"],
    together: idsTogether(good),
  },
};
