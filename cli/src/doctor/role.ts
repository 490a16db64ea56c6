// A role in IAM: who may assume it, for how long, and what it may do.
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import type { Policy } from "../../../actions/shared/src/iam.ts";
import { fromAws, isAbsent, UnknownFact } from "./finding.ts";
import { once } from "./once.ts";

export interface Role {
  arn: string;
  name: string;
  trust: Policy;
  /** Longest session, in seconds. */
  longestSession: number;
  /** Inline and attached. */
  policies: () => Promise<Policy[]>;
  /** undefined: it has none. */
  boundary: () => Promise<Policy | undefined>;
}

/** undefined: there is no such role. */
export async function readRole(iam: IAMClient, arn: string, account: string): Promise<Role | undefined> {
  const [, owner = "", path = ""] = /^arn:[\w-]+:iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  if (path === "") throw new UnknownFact(`${arn} is not the ARN of a role`, "Correct the variable that has it.");
  if (owner !== account)
    throw new UnknownFact(
      `the role ${arn} is in account ${owner}, and these credentials are of ${account}`,
      `Log in to account ${owner}, for example with AWS_PROFILE.`,
    );
  const name = path.split("/").at(-1) ?? "";
  try {
    const { Role: role } = await fromAws("iam:GetRole", () => iam.send(new GetRoleCommand({ RoleName: name })));
    const boundaryArn = role?.PermissionsBoundary?.PermissionsBoundaryArn;
    return {
      arn,
      name,
      trust: parsePolicy(role?.AssumeRolePolicyDocument),
      longestSession: role?.MaxSessionDuration ?? 3600,
      policies: once(async () => (await Promise.all([inlineOf(iam, name), attachedTo(iam, name)])).flat()),
      boundary: once(async () => (boundaryArn === undefined ? undefined : managed(iam, boundaryArn))),
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** IAM sends documents in URL encoding (RFC 3986). */
const parsePolicy = (text: string | undefined): Policy =>
  JSON.parse(decodeURIComponent(text ?? '{"Statement":[]}')) as Policy;

interface Page<T> {
  items: T[];
  marker: string | undefined;
}

async function allPages<T>(read: (marker: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  for (let marker: string | undefined; ;) {
    const page = await read(marker);
    all.push(...page.items);
    if (page.marker === undefined) return all;
    marker = page.marker;
  }
}

async function inlineOf(iam: IAMClient, role: string): Promise<Policy[]> {
  const names = await allPages(async (marker) => {
    const page = await fromAws("iam:ListRolePolicies", () =>
      iam.send(new ListRolePoliciesCommand({ RoleName: role, Marker: marker })),
    );
    return { items: page.PolicyNames ?? [], marker: page.IsTruncated ? page.Marker : undefined };
  });
  return Promise.all(
    names.map(async (name) => {
      const { PolicyDocument } = await fromAws("iam:GetRolePolicy", () =>
        iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: name })),
      );
      return parsePolicy(PolicyDocument);
    }),
  );
}

async function attachedTo(iam: IAMClient, role: string): Promise<Policy[]> {
  const arns = await allPages(async (marker) => {
    const page = await fromAws("iam:ListAttachedRolePolicies", () =>
      iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role, Marker: marker })),
    );
    return {
      items: (page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []),
      marker: page.IsTruncated ? page.Marker : undefined,
    };
  });
  return Promise.all(arns.map((arn) => managed(iam, arn)));
}

async function managed(iam: IAMClient, arn: string): Promise<Policy> {
  const { Policy: policy } = await fromAws("iam:GetPolicy", () => iam.send(new GetPolicyCommand({ PolicyArn: arn })));
  const { PolicyVersion } = await fromAws("iam:GetPolicyVersion", () =>
    iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: policy?.DefaultVersionId })),
  );
  return parsePolicy(PolicyVersion?.Document);
}
