// What doctor says of logins, and of the environments and variables that they need.
import { account, repository, trustOf, variables, variablesAnswer } from "./world.ts";
import { path, environmentPath, wrong, describeCases } from "./cases.ts";

describeCases([
  wrong(
    "the trust policy has names only, and the repository sends IDs",
    ({ conditions }) => {
      conditions.deploy = trustOf("deploy", { sub: `repo:${repository}:environment:production` });
    },
    [
      "Login",
      "change",
      /deploy\.yml, job deploy: rainbow-seeker-github-deploy does not trust its token: sub is repo:rainbow-seeker@123456\/deploy-toolkit@456789:environment:production, and the policy expects repo:rainbow-seeker\/deploy-toolkit:environment:production/,
      /repository_id = 456789, repository_owner_id = 123456 .*terraform apply: this repository sends subjects with IDs/,
    ],
  ),
  wrong(
    "the environment of the role is another one",
    ({ conditions }) => {
      conditions.deploy = trustOf("deploy", {
        sub: `repo:rainbow-seeker@123456/deploy-toolkit@456789:environment:prod`,
      });
    },
    [
      "Login",
      "change",
      /sub is .*environment:production, and the policy expects .*environment:prod$/,
      /must be in environment:prod, not in environment:production/,
    ],
  ),
  wrong(
    "the role is for the workflow of a tag",
    ({ conditions }) => {
      conditions.build = trustOf("build", {
        job_workflow_ref: `${repository}/.github/workflows/build.yml@refs/tags/v1`,
      });
    },
    [
      "Login",
      "change",
      /github-build .*job_workflow_ref is .*@refs\/heads\/main, and .*@refs\/tags\/v1/,
      /workflows = \{ repository = "rainbow-seeker\/deploy-toolkit", ref = "refs\/heads\/main" \}/,
    ],
  ),
  wrong(
    "the policy compares a claim that STS does not",
    ({ conditions }) => {
      conditions.prune = trustOf("prune", { repository_owner_id: "123456" });
    },
    [
      "Login",
      "change",
      /repository_owner_id is not in it/,
      /Remove the condition on repository_owner_id: STS does not compare this claim/,
    ],
  ),
  wrong(
    "the ID of the repository is another one's",
    ({ conditions }) => {
      conditions.backup = trustOf("backup", { repository_id: "1" });
    },
    ["Login", "change", /repository_id is 456789, and the policy expects 1$/, /repository_id = 456789/],
  ),
  wrong(
    "the role does not exist",
    ({ routes }) => {
      routes[`${path}/actions/variables`] = variablesAnswer({
        ...variables,
        AWS_PRUNE_ROLE: `arn:aws:iam::${account}:role/old`,
      });
    },
    ["Login", "change", /the role arn:aws:iam::123456789012:role\/old does not exist/, /terraform apply/],
  ),
  wrong(
    "subjects are customized",
    ({ routes }) => {
      routes[`${path}/actions/oidc/customization/sub`] = {
        use_default: false,
        include_claim_keys: ["repo"],
        use_immutable_subject: true,
      };
    },
    ["Login", "change", /customized/, /use_default=true/],
  ),
  wrong(
    "the environment is missing",
    ({ routes }) => {
      delete routes[environmentPath];
    },
    [
      "Environment",
      "change",
      /production does not exist: the first run creates it without rules/,
      /gh api --method PUT repos\/rainbow-seeker\/deploy-toolkit\/environments\/production/,
    ],
  ),
  wrong(
    "there are no reviewers",
    ({ routes }) => {
      routes[environmentPath] = {
        name: "production",
        protection_rules: [],
        deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
      };
    },
    ["Environment", "change", /no required reviewers.*AWS compares branch, workflow and environment/, /"reviewers"/],
  ),
  wrong(
    "every branch may use the environment",
    ({ routes }) => {
      routes[environmentPath] = { ...(routes[environmentPath] as object), deployment_branch_policy: null };
    },
    ["Environment", "change", /every branch may use it/, /custom_branch_policies": true/],
  ),
  wrong(
    "main is not among the deployment branches",
    ({ routes }) => {
      routes[`${environmentPath}/deployment-branch-policies`] = {
        total_count: 1,
        branch_policies: [{ name: "release/*", type: "branch" }],
      };
    },
    [
      "Environment",
      "change",
      /main is not among its deployment branches \(release\/\*\)/,
      /-f name=main -f type=branch/,
    ],
  ),
  wrong(
    "a variable is missing, and a similar one is there",
    ({ routes }) => {
      routes[`${path}/actions/variables`] = variablesAnswer({
        ...variables,
        SERVICE_URL: "",
        SERVICE_URI: "https://rainbow.example.com/",
      });
    },
    [
      "Variables",
      "change",
      /SERVICE_URL is not set, and deploy\.yml needs it; did you mean SERVICE_URI\?/,
      /gh variable set SERVICE_URL/,
    ],
  ),
  wrong(
    "a variable cannot be what it should",
    ({ routes }) => {
      routes[`${path}/actions/variables`] = variablesAnswer({ ...variables, SERVICE_URL: "rainbow.example.com" });
    },
    ["Variables", "change", /SERVICE_URL is no URL/, /gh variable set SERVICE_URL/],
  ),
]);
