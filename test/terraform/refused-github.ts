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

export const github: Record<string, Inputs> = {
  "modules/github-terraform": {
    good,
    refused: {
      name: ["a", "Shop", "1shop", "shop-", "shop*", "a".repeat(27)],
      environment: ["", "Production", "1st", "production*", "a".repeat(21)],
      suffix: ["staging", "-", "-Staging", "-*"],
      github_environment: ["", "production*", "a:b", "production infrastructure"],
      repository: ["deploy-toolkit", "rainbow-seeker/*", "*/deploy-toolkit", "-a/b", "a/b/c"],
      repository_id: ["0", "deploy-toolkit", "*"],
      workflows: [
        { ...workflows, repository: "toolkit" },
        { ...workflows, repository: "another/*" },
        { ...workflows, ref: "v1" },
        { ...workflows, ref: "refs/tags/*" },
        { ...workflows, ref: "refs/pull/1/merge" },
        { ...workflows, ref: commit.slice(1) },
      ],
      branch: ["", "*", "release/*"],
      provider_arn: [
        "",
        "arn:aws:iam::123456789012:oidc-provider/example.com",
        `${provider}.example.com`,
        "arn:aws:iam::12345678901:oidc-provider/token.actions.githubusercontent.com",
      ],
      state_bucket: ["", "ab", "States", "rainbow_seeker", "-states", "states-", "a".repeat(64)],
      state_key: ["", "production", "*.tfstate", "production.tfstate/x"],
    },
    accepted: {
      name: ["ab", "a".repeat(26), "shop-2"],
      environment: ["a", "a".repeat(20)],
      suffix: ["-staging", "-a-1"],
      workflows: [null, workflows, { ...workflows, ref: "refs/heads/main" }, { ...workflows, ref: commit }],
      branch: ["release/1.x"],
      provider_arn: [provider.replace("arn:aws:", "arn:aws-cn:")],
      state_bucket: ["abc", "a".repeat(63)],
      state_key: ["a.tfstate"],
    },
    passedOn: [],
    together: {
      refused: [
        { variable: "repository_id", inputs: { ...good, ...ids, repository_id: "0456789" } },
        { variable: "repository_owner_id", inputs: { ...good, ...ids, repository_owner_id: "rainbow-seeker" } },
        { variable: "repository_owner_id", inputs: { ...good, ...ids, repository_owner_id: "0" } },
        { variable: "repository_owner_id", inputs: { ...good, repository_owner_id: ids.repository_owner_id } },
        { variable: "repository_owner_id", inputs: { ...good, ...ids, repository_owner_id: null } },
      ],
      accepted: [{ variable: "repository_id", inputs: { ...good, ...ids } }],
    },
  },
};
