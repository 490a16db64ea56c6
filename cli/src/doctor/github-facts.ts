// What doctor knows from GitHub: each fact is read once, when a check needs it.
import { GitHub, GitHubError, gitHubSettings, type Schema } from "../github/github.ts";
import type { Dependencies } from "./dependencies.ts";
import { fromGitHub, tokenHint, UnknownFact } from "./finding.ts";
import { once } from "./once.ts";

/** What GitHub puts into the tokens of the repository's jobs. */
export interface SubjectSettings {
  isDefault: boolean;
  /** Whether the subject has the IDs of owner and repository; undefined: GitHub does not say. */
  isImmutable: boolean | undefined;
}

export interface EnvironmentRules {
  reviewers: number;
  preventSelfReview: boolean;
  /** "any", "protected", or the names of branches and tags. */
  branches: "any" | "protected" | string[];
}

export interface GitHubFacts {
  api: GitHub;
  repository: () => Promise<
    Pick<Schema["full-repository"], "id" | "owner" | "full_name" | "default_branch" | "private">
  >;
  subject: () => Promise<SubjectSettings>;
  variables: () => Promise<Map<string, string>>;
  /** undefined: there is no such environment. */
  environment: (name: string) => Promise<EnvironmentRules | undefined>;
  runners: () => Promise<Schema["runner"][]>;
}

export function gitHubFacts(name: string | undefined, dependencies: Dependencies): GitHubFacts {
  const api = new GitHub(gitHubSettings(dependencies.environment, dependencies.send));
  const path = (rest: string): string => {
    if (name === undefined)
      throw new UnknownFact("the GitHub repository is not known", "Give it: --repository OWNER/NAME.");
    return `/repos/${name}${rest}`;
  };
  const withToken = async <T>(what: string, read: () => Promise<T>): Promise<T> => {
    if (!api.hasToken) throw new UnknownFact(`${what}: there is no GitHub token`, tokenHint);
    return fromGitHub(what, read).catch((error: unknown) => {
      // To a token without the permission GitHub shows private things as missing.
      if (error instanceof GitHubError) throw new UnknownFact(`${what}: ${error.message}`, tokenHint, { cause: error });
      throw error;
    });
  };
  const repository = once(() => withToken("the repository", () => api.get<Schema["full-repository"]>(path(""))));
  return {
    api,
    repository,
    subject: once(async () => {
      const settings = await withToken("the form of the subjects of tokens", () =>
        api.get<Schema["oidc-custom-sub-repo"]>(path("/actions/oidc/customization/sub")),
      );
      return { isDefault: settings.use_default, isImmutable: immutability(settings) };
    }),
    variables: once(() => withToken("the repository's variables", () => readVariables(api, path))),
    environment: async (environment) => {
      await repository();
      return readEnvironment(api, path(`/environments/${encodeURIComponent(environment)}`));
    },
    runners: once(() =>
      withToken("the self-hosted runners", () =>
        api.list(path("/actions/runners"), ({ runners }: { runners: Schema["runner"][] }) => runners),
      ),
    ),
  };
}

/** The prefix is what GitHub sends; the switch may be unset where a repository is new, and the organization decides. */
function immutability({ sub_claim_prefix: prefix, use_immutable_subject: isSet }: Schema["oidc-custom-sub-repo"]) {
  return prefix === undefined ? isSet : /@\d+\//.test(prefix);
}

/** Those of the organization that the repository may use, then its own, which take precedence. */
async function readVariables(api: GitHub, path: (rest: string) => string): Promise<Map<string, string>> {
  const entries = ({ variables }: { variables: Schema["actions-variable"][] }) => variables;
  const [own, organization] = await Promise.all([
    api.list(path("/actions/variables"), entries),
    api.list(path("/actions/organization-variables"), entries).catch(() => []),
  ]);
  return new Map([...organization, ...own].map(({ name, value }) => [name, value]));
}

async function readEnvironment(api: GitHub, path: string): Promise<EnvironmentRules | undefined> {
  let environment: Schema["environment"];
  try {
    environment = await fromGitHub("the environment", () => api.get<Schema["environment"]>(path));
  } catch (error) {
    // The repository itself could be read, so that the environment is missing.
    if (error instanceof GitHubError) return undefined;
    throw error;
  }
  const reviews = (environment.protection_rules ?? []).flatMap((rule) =>
    rule.type === "required_reviewers" && "reviewers" in rule ? [rule] : [],
  );
  return {
    reviewers: reviews.reduce((sum, { reviewers = [] }) => sum + reviewers.length, 0),
    preventSelfReview: reviews.some((rule) => rule.prevent_self_review === true),
    branches: await branchesOf(api, path, environment.deployment_branch_policy),
  };
}

async function branchesOf(
  api: GitHub,
  path: string,
  policy: Schema["deployment-branch-policy-settings"] | undefined,
): Promise<EnvironmentRules["branches"]> {
  if (!policy) return "any";
  if (policy.protected_branches) return "protected";
  const policies = await fromGitHub("the deployment branches", () =>
    api.list(
      `${path}/deployment-branch-policies`,
      ({ branch_policies }: { branch_policies: Schema["deployment-branch-policy"][] }) => branch_policies,
    ),
  );
  return policies.map(({ name = "", type }) => (type === "tag" ? `tag ${name}` : name));
}
