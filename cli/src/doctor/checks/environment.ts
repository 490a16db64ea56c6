// The rules of the GitHub environments that jobs are in, and what AWS compares whatever the rules are.
import { advice, change, fine, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";
import type { EnvironmentRules } from "../github-facts.ts";

export async function checkEnvironment(facts: Facts): Promise<Answer[]> {
  const names = [...new Set(facts.jobs.flatMap(({ environment }) => environment ?? []))];
  if (names.length === 0)
    return [
      advice(
        "no job that logs in to AWS is in a GitHub environment",
        "environment: production in the job that deploys.",
      ),
    ];
  const repository = await facts.github.repository();
  const answers = await Promise.all(
    names.map(async (name) => {
      const rules = await facts.github.environment(name);
      return evaluateRules({ name, rules, repository: repository.full_name, branch: repository.default_branch });
    }),
  );
  return answers.flat();
}

/** Environments whose deployments customers see; only these must have rules. */
const isProduction = (name: string): boolean => /prod/i.test(name);

export function evaluateRules(asked: {
  name: string;
  rules: EnvironmentRules | undefined;
  repository: string;
  branch: string;
}): Answer[] {
  const { name, rules, repository, branch } = asked;
  const path = `repos/${repository}/environments/${encodeURIComponent(name)}`;
  if (rules === undefined)
    return [
      change(
        `the environment ${name} does not exist: the first run creates it without rules`,
        `gh api --method PUT ${path}, with reviewers and branches (docs/deploy-to-aws.md, "The environment")`,
      ),
    ];
  return [reviewers(name, rules, path), branches({ name, rules, path, branch })];
}

function reviewers(name: string, { reviewers: count, preventSelfReview }: EnvironmentRules, path: string): Answer {
  const command = `gh api --method PUT ${path} --input - with {"reviewers": [{"type": "User", "id": ID}], "prevent_self_review": true}`;
  if (count > 0 && preventSelfReview) return fine(`${name}: a deployment waits for one of ${count} reviewers`);
  if (count > 0)
    return advice(
      `${name}: whoever starts a deployment may approve it, too`,
      `gh api --method PUT ${path} -F prevent_self_review=true, with the reviewers again`,
    );
  if (!isProduction(name)) return fine(`${name}: deployments wait for nobody`);
  return change(
    `${name}: there are no required reviewers, so that whoever can start the workflow deploys. AWS compares branch, workflow and environment all the same`,
    `${command}. Private repositories have reviewers on GitHub Enterprise only.`,
  );
}

function branches(asked: { name: string; rules: EnvironmentRules; path: string; branch: string }): Answer {
  const { name, rules, path, branch } = asked;
  const allowed = rules.branches;
  const restrict =
    `gh api --method PUT ${path} --input - with {"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}, ` +
    `then gh api --method POST ${path}/deployment-branch-policies -f name=${branch} -f type=branch`;
  if (allowed === "protected") return fine(`${name}: protected branches deploy`);
  if (allowed === "any") {
    if (!isProduction(name)) return fine(`${name}: every branch may be deployed`);
    return change(`${name}: every branch may use it; the role's condition on ref is all that stops one`, restrict);
  }
  if (!allowed.includes(branch))
    return change(
      `${name}: ${branch} is not among its deployment branches (${allowed.join(", ") || "there are none"}), so that no run of it deploys`,
      `gh api --method POST ${path}/deployment-branch-policies -f name=${branch} -f type=branch`,
    );
  const patterns = allowed.filter((one) => one !== branch);
  if (patterns.length > 0 && isProduction(name))
    return advice(
      `${name}: not only ${branch} may be deployed, but ${patterns.join(", ")}, too`,
      `gh api ${path}/deployment-branch-policies, and delete what is not meant`,
    );
  return fine(`${name}: only ${allowed.join(", ")} may be deployed`);
}
