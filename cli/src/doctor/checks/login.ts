// Whether the roles trust the tokens of the jobs that assume them; if not, because of which claim.
import {
  explainRefusal,
  isAllowed,
  listOf,
  UnknownPolicyElement,
  type Unmet,
} from "../../../../actions/shared/src/iam.ts";
import type { AwsJob } from "../../workflows/jobs.ts";
import { advice, change, fine, notChecked, UnknownFact, unknownBecause, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";
import type { Role } from "../role.ts";
import {
  claimsOf,
  comparedClaims,
  contextOf,
  gitHubIssuer,
  refsOf,
  type Claims,
  type SubjectForm,
  type TokenRepository,
} from "../token.ts";

export async function checkLogin(facts: Facts): Promise<Answer[]> {
  const jobs = [
    ...new Map(facts.jobs.map((job) => [`${job.role ?? job.roleSource} ${job.file} ${job.environment}`, job])).values(),
  ];
  if (jobs.length === 0)
    return [
      notChecked(
        `no workflow in ${facts.inputs.folder} logs in to AWS with aws-actions/configure-aws-credentials`,
        "Run doctor in a checkout of the repository, or give it: --folder PATH.",
      ),
    ];
  const answers = await Promise.all(
    jobs.map((job) => checkJob(facts, job).catch((error: unknown) => [unknownBecause(error)])),
  );
  return [...ownToken(facts.token), ...(await customized(facts)), ...answers.flat()];
}

/** What this job sends, of which AWS's refusal says nothing: claims are no secrets. */
function ownToken(token: Claims | undefined): Answer[] {
  if (token === undefined) return [];
  const claims = comparedClaims.flatMap((claim) => (token[claim] === undefined ? [] : [`${claim}: ${token[claim]}`]));
  return [fine(`the token of this job has ${claims.join(", ")}`)];
}

/** A customized subject is none that this toolkit's roles trust. */
async function customized({ github, repository }: Facts): Promise<Answer[]> {
  const subject = await github.subject().catch(() => undefined);
  if (subject?.isDefault !== false) return [];
  return [
    change(
      "the subjects of the repository's tokens are customized: the subject is not the one that the checks below expect",
      `gh api --method PUT repos/${repository}/actions/oidc/customization/sub -F use_default=true`,
    ),
  ];
}

async function checkJob(facts: Facts, job: AwsJob): Promise<Answer[]> {
  const role = await roleOf(facts, job);
  if (role === undefined)
    return [
      change(
        `${job.where}: the role ${job.role} does not exist`,
        "terraform apply, or correct the variable that has its ARN",
      ),
    ];
  const candidates = await candidatesOf(facts, job);
  try {
    return evaluateTrust(job, role, candidates);
  } catch (error) {
    if (!(error instanceof UnknownPolicyElement)) throw error;
    return [
      notChecked(
        `${job.where}: the trust policy of ${role.name} has an element that is not evaluated here (${error.message})`,
        `Compare it by hand: aws iam get-role --role-name ${role.name} --query Role.AssumeRolePolicyDocument`,
      ),
    ];
  }
}

export async function roleOf({ aws, variablesUnknown }: Facts, job: AwsJob): Promise<Role | undefined> {
  if (job.role !== undefined) return aws.role(job.role);
  if (variablesUnknown === undefined)
    throw new UnknownFact(`the role in ${job.roleSource} is not known`, `gh variable set ${job.roleSource} --body ARN`);
  throw new UnknownFact(
    `the role in ${job.roleSource} is not known without the variables of the repository`,
    `Give it: --variables ${job.roleSource}=ARN, or a GitHub token that reads variables.`,
  );
}

interface Candidate {
  form: SubjectForm | "this job";
  claims: Claims;
  /** Claims that are not known here. */
  unknown: string[];
}

/** All tokens that the job may send; one, if everything about it is known. */
async function candidatesOf(facts: Facts, job: AwsJob): Promise<Candidate[]> {
  const { token, github, repository } = facts;
  const { workflow_ref: running } = token ?? {};
  if (token?.["job_workflow_ref"]?.startsWith(`${job.file}@`) || running?.startsWith(`${job.file}@`))
    return [{ form: "this job", claims: token ?? {}, unknown: [] }];
  if (repository === undefined)
    throw new UnknownFact("the GitHub repository is not known", "Give it: --repository OWNER/NAME.");
  const [described, subject] = await Promise.all([
    github.repository().catch(() => undefined),
    github.subject().catch(() => undefined),
  ]);
  const from: TokenRepository = {
    name: described?.full_name ?? repository,
    id: described === undefined ? undefined : String(described.id),
    ownerId: described === undefined ? undefined : String(described.owner.id),
  };
  const branch = described?.default_branch ?? "main";
  const forms: SubjectForm[] =
    subject?.isImmutable === undefined
      ? from.id === undefined
        ? ["names"]
        : ["names", "immutable"]
      : [subject.isImmutable ? "immutable" : "names"];
  return forms.flatMap((form) =>
    refsOf(job.ref).map((ref) => ({
      form,
      claims: claimsOf({ ...job, ref }, from, { form, branch }),
      unknown: [
        "actor",
        "actor_id",
        "enterprise_id",
        "workflow",
        ...(from.id === undefined ? ["repository_id", "sub"] : []),
      ],
    })),
  );
}

/** One job and one role: pure. */
export function evaluateTrust(
  job: Pick<AwsJob, "where" | "ref">,
  role: Pick<Role, "name" | "trust">,
  candidates: Candidate[],
): Answer[] {
  const results = candidates.map((candidate) => ({ candidate, ...evaluate(role, candidate.claims) }));
  const [fitting, others] = [results.filter(({ ok }) => ok), results.filter(({ ok }) => !ok)];
  const [first] = others;
  const formsOf = (some: typeof results) => [...new Set(some.map(({ candidate }) => candidate.form))];
  if (fitting.length > 0) {
    // Of the refs that a call by name can mean, one is enough.
    const missing = formsOf(others).filter((form) => !formsOf(fitting).includes(form));
    if (missing.length === 0)
      return [fine(`${job.where}: ${role.name} trusts its token (${fitting[0]?.candidate.claims["sub"]})`)];
    return [
      advice(
        `${job.where}: ${role.name} trusts subjects with ${describe(formsOf(fitting)[0])}, not those with ${describe(missing[0])}, and which form GitHub sends is not known`,
        "gh api repos/{owner}/{repo}/actions/oidc/customization/sub --jq .sub_claim_prefix",
      ),
    ];
  }
  if (first === undefined) return [];
  if (first.denials > 0)
    return [
      change(
        `${job.where}: a statement of ${role.name}'s trust policy denies its token`,
        `Remove it: aws iam get-role --role-name ${role.name} --query Role.AssumeRolePolicyDocument`,
      ),
    ];
  if (first.unmet === undefined)
    return [
      change(
        `${job.where}: no statement of ${role.name}'s trust policy lets ${gitHubIssuer} call sts:AssumeRoleWithWebIdentity`,
        "Create the role with infra/modules/github-oidc, or add such a statement.",
      ),
    ];
  const { unknown, claims } = first.candidate;
  return first.unmet.map((one) => {
    const claim = claimOf(one);
    const text = `${job.where}: ${role.name} does not trust its token: ${claim} is ${one.actual ?? "not in it"}, and the policy expects ${expectation(one)}`;
    return unknown.includes(claim)
      ? notChecked(`${text}; here it is not known for certain`, "Give a GitHub token, or run doctor in the job itself.")
      : change(text, remedyFor(claim, one, claims));
  });
}

const describe = (form: string | undefined): string =>
  form === "immutable" ? "the IDs of owner and repository" : "names only";

function evaluate(
  role: Pick<Role, "trust">,
  claims: Claims,
): { ok: boolean; unmet: Unmet[] | undefined; denials: number } {
  const issuer = claims["iss"]?.replace(/^https:\/\//, "") ?? gitHubIssuer;
  const principals = listOf(role.trust.Statement)
    .flatMap(({ Principal }) => listOf(Principal?.["Federated"]))
    .filter((arn) => arn.endsWith(`:oidc-provider/${issuer}`));
  const requests = principals.map((principal) => ({
    action: "sts:AssumeRoleWithWebIdentity",
    principal,
    context: contextOf(claims, issuer),
  }));
  const refusals = requests.map((request) => explainRefusal([role.trust], request));
  return {
    ok: requests.some((request) => isAllowed([role.trust], request)),
    unmet: refusals.flatMap(({ unmet }) => unmet).toSorted((a, b) => a.length - b.length)[0],
    denials: refusals.reduce((sum, { denials }) => sum + denials.length, 0),
  };
}

const claimOf = ({ key }: Unmet): string => key.split(":").at(-1) ?? key;

const expectation = ({ operator, expected }: Unmet): string =>
  `${operator.includes("Not") ? "anything but " : ""}${expected.join(" or ")}`;

/** What to change so that the claim fits; `github` is the variable of infra/environments. */
function remedyFor(claim: string, { actual, expected }: Unmet, claims: Claims): string {
  const apply = "in terraform.tfvars, then terraform apply";
  if (!comparedClaims.includes(claim))
    return `Remove the condition on ${claim}: STS does not compare this claim, so that it never holds.`;
  switch (claim) {
    case "aud":
      return "Set audience: sts.amazonaws.com in aws-actions/configure-aws-credentials, or leave it out.";
    case "sub":
      return subjectRemedy(actual ?? "", expected, claims, apply);
    case "job_workflow_ref": {
      const [file = "", ref = ""] = (actual ?? "").split("@");
      const repositoryOf = (path: string) => path.split("/").slice(0, 2).join("/");
      if (expected.some((one) => one.split("@")[1] === ref && repositoryOf(one) === repositoryOf(file)))
        return `Use the role whose policy names ${file.split("/").at(-1)}, or add ${actual} to this one's.`;
      return `github = { …, workflows = { repository = "${repositoryOf(file)}", ref = "${ref}" } } ${apply}; or call the workflow that the policy names.`;
    }
    case "ref":
      return `Run the workflow on ${expected.join(" or ").replaceAll("refs/heads/", "")}, or let other branches deploy: github = { …, any_branch = true } ${apply} (not in production).`;
    case "environment":
      return `environment: ${expected[0]} in the job, or the environment's own role.`;
    case "repository_id":
      return `github = { …, repository_id = ${actual ?? "ID"}, … } ${apply}.`;
    default:
      return `Change the condition on ${claim} to ${actual ?? "a claim that the token has"}, or remove it.`;
  }
}

function subjectRemedy(actual: string, expected: string[], claims: Claims, apply: string): string {
  const [, ownerId, id] = /^repo:[^@/]+@(\d+)\/[^@:]+@(\d+):/.exec(actual) ?? [];
  const withoutIds = actual.replace(/@\d+/g, "");
  if (ownerId !== undefined && expected.includes(withoutIds))
    return `github = { repository = "${claims["repository"]}", repository_id = ${id}, repository_owner_id = ${ownerId} } ${apply}: this repository sends subjects with IDs.`;
  if (expected.some((one) => one.toLowerCase() === actual.toLowerCase()))
    return `github = { repository = "${claims["repository"]}", … } ${apply}: spelled as GitHub spells it.`;
  const tail = (subject: string) => subject.split(":").slice(2).join(":");
  if (expected.some((one) => one.split(":").slice(0, 2).join(":") === actual.split(":").slice(0, 2).join(":")))
    return `The job must be in ${expected.map(tail).join(" or ")}, not in ${tail(actual)}: change its environment or branch.`;
  return `github = { repository = "${claims["repository"]}", … } ${apply}, or use the role of this repository.`;
}
