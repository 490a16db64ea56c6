// The claims of the tokens that GitHub gives to jobs, as its documentation describes them:
// https://docs.github.com/en/actions/reference/security/oidc

export interface Repository {
  owner: string;
  name: string;
  id: string;
  ownerId: string;
}

export interface Job {
  repository?: Partial<Repository>;
  /** The file that contains the job: of the job's own repository and ref, or OWNER/NAME/.github/workflows/FILE@REF. */
  workflow: string;
  /** The ref of the run; default: refs/heads/main. */
  ref?: string;
  /** Whether a pull request started the run. */
  isPullRequest?: boolean;
  /** GitHub environment of the job. */
  environment?: string;
  audience?: string;
  issuer?: string;
}

/** "names": of repositories from before 2026-07-15; "immutable": of all others, and of those that have opted in. */
export type SubjectForm = "names" | "immutable";

export interface Token {
  issuer: string;
  /** Condition keys that STS makes from the token. */
  context: Record<string, string | undefined>;
}

export const ownRepository: Repository = {
  owner: "rainbow-seeker",
  name: "deploy-toolkit",
  id: "456789",
  ownerId: "123456",
};

/** Of GitHub's claims, those that STS makes available to a trust policy. */
const claimsOfSts = [
  "aud",
  "sub",
  "actor",
  "actor_id",
  "enterprise_id",
  "environment",
  "job_workflow_ref",
  "ref",
  "repository",
  "repository_id",
  "workflow",
];

export function tokenOf(job: Job, form: SubjectForm): Token {
  const { owner, name, id, ownerId } = { ...ownRepository, ...job.repository };
  const { workflow, ref = "refs/heads/main", environment, issuer = "token.actions.githubusercontent.com" } = job;
  const repository = `${owner}/${name}`;
  const subject = form === "names" ? repository : `${owner}@${ownerId}/${name}@${id}`;
  const claims: Record<string, string | undefined> = {
    aud: job.audience ?? "sts.amazonaws.com",
    sub: `repo:${subject}:${contextOf(job, ref)}`,
    environment,
    job_workflow_ref: workflow.includes("@") ? workflow : `${repository}/.github/workflows/${workflow}@${ref}`,
    ref,
    repository,
    repository_id: id,
    repository_owner: owner,
    repository_owner_id: ownerId,
    event_name: job.isPullRequest ? "pull_request" : "push",
    actor: "octocat",
    actor_id: "12",
  };
  return { issuer, context: Object.fromEntries(claimsOfSts.map((claim) => [`${issuer}:${claim}`, claims[claim]])) };
}

/** The end of the subject: the environment, else that it is a pull request, else the ref. */
function contextOf({ environment, isPullRequest }: Job, ref: string): string {
  if (environment !== undefined) return `environment:${environment.replaceAll(":", "%3A")}`;
  return isPullRequest ? "pull_request" : `ref:${ref}`;
}
