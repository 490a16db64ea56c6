// Claims of GitHub's tokens: those of the job that this runs in, or those that GitHub will send for a job of a workflow.
// https://docs.github.com/en/actions/reference/security/oidc
import { messageOf } from "../../../actions/shared/src/errors.ts";
import { isObject } from "../../../actions/shared/src/fields.ts";
import type { SendHttp } from "../../../actions/shared/src/http.ts";
import type { AwsJob } from "../workflows/jobs.ts";
import { UnknownFact } from "./finding.ts";

export type Claims = Record<string, string | undefined>;

export const gitHubIssuer = "token.actions.githubusercontent.com";
const audience = "sts.amazonaws.com";

/**
 * Of GitHub's claims, those that STS compares; a condition on another one never holds.
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
export const comparedClaims = [
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

/** "names": OWNER/NAME; "immutable": OWNER@ID/NAME@ID. */
export type SubjectForm = "names" | "immutable";

/** The repository whose job it is; IDs are undefined where GitHub cannot be asked. */
export interface TokenRepository {
  name: string;
  id: string | undefined;
  ownerId: string | undefined;
}

/** What a job of a workflow sends, run by a push to a branch. */
export function claimsOf(
  job: Pick<AwsJob, "file" | "ref" | "environment">,
  repository: TokenRepository,
  { form, branch }: { form: SubjectForm; branch: string },
): Claims {
  const { name, id, ownerId } = repository;
  const [owner = "", short = ""] = name.split("/");
  const subject = form === "names" ? name : `${owner}@${ownerId}/${short}@${id}`;
  const ref = `refs/heads/${branch}`;
  const context =
    job.environment === undefined ? `ref:${ref}` : `environment:${job.environment.replaceAll(":", "%3A")}`;
  return {
    aud: audience,
    sub: `repo:${subject}:${context}`,
    ...(job.environment === undefined ? {} : { environment: job.environment }),
    job_workflow_ref: `${job.file}@${job.ref ?? ref}`,
    ref,
    repository: name,
    ...(id === undefined ? {} : { repository_id: id }),
  };
}

/** Refs that `uses: OWNER/NAME/…@REF` can mean: a commit, a tag or a branch. */
export const refsOf = (ref: string | undefined): (string | undefined)[] =>
  ref === undefined || /^[0-9a-f]{40}$/.test(ref) || ref.startsWith("refs/")
    ? [ref]
    : [`refs/tags/${ref}`, `refs/heads/${ref}`];

/** The condition keys that STS makes of claims. */
export const contextOf = (claims: Claims, issuer: string): Claims =>
  Object.fromEntries(comparedClaims.map((claim) => [`${issuer}:${claim}`, claims[claim]]));

/**
 * The claims of the token that GitHub gives to this job; undefined where there is none to get. The token itself stays
 * here.
 */
export async function readToken(environment: NodeJS.ProcessEnv, send: SendHttp): Promise<Claims | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = environment;
  if (!address || !bearer) return undefined;
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  const response = await send({ url, headers: { authorization: `Bearer ${bearer}` }, timeout: 10_000 }).catch(
    (error: unknown) => {
      throw new UnknownFact(`GitHub gives this job no token: ${messageOf(error)}`, tokenRemedy, { cause: error });
    },
  );
  const claims = response.status === 200 ? claimsIn(response.text) : undefined;
  if (claims === undefined)
    throw new UnknownFact(`GitHub gives this job no token: it answers ${response.status}`, tokenRemedy);
  return claims;
}

const tokenRemedy = "Give the job permissions: id-token: write, and run it again.";

function claimsIn(text: string): Claims | undefined {
  try {
    const { value } = JSON.parse(text) as { value: string };
    const payload = JSON.parse(Buffer.from(value.split(".")[1] ?? "", "base64url").toString("utf8")) as unknown;
    if (!isObject(payload)) return undefined;
    return Object.fromEntries(
      Object.entries(payload).flatMap(([name, claim]) => (isObject(claim) ? [] : [[name, String(claim)]])),
    );
  } catch {
    return undefined;
  }
}
