// Whether the roles may do what the actions in their jobs call: by IAM's own simulation, or else by the role's policies
// beside the iam-policy.json of each action.
import { SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { mapConcurrently } from "../../../../actions/shared/src/concurrency.ts";
import { isAllowed, UnknownPolicyElement, type Policy } from "../../../../actions/shared/src/iam.ts";
import type { AwsJob } from "../../workflows/jobs.ts";
import { change, fine, fromAws, notChecked, unknownBecause, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";
import { neededPermissions, type Needed } from "../needed-permissions.ts";
import type { Role } from "../role.ts";
import { roleOf } from "./login.ts";

export async function checkPermissions(facts: Facts): Promise<Answer[]> {
  const byRole = new Map<string, AwsJob[]>();
  for (const job of facts.jobs.filter(({ actions }) => actions.length > 0)) {
    const key = job.role ?? job.roleSource;
    byRole.set(key, [...(byRole.get(key) ?? []), job]);
  }
  if (byRole.size === 0)
    return [notChecked("no job with actions of the toolkit is known", "Run doctor in a checkout of the repository.")];
  const answers = await mapConcurrently([...byRole.values()], 4, (jobs) =>
    checkRole(facts, jobs).catch((error: unknown) => [unknownBecause(error)]),
  );
  return answers.flat();
}

async function checkRole(facts: Facts, jobs: AwsJob[]): Promise<Answer[]> {
  const [job] = jobs as [AwsJob];
  const role = await roleOf(facts, job);
  // Said by the check of the login.
  if (role === undefined) return [];
  const needed = await neededPermissions(facts, jobs);
  const answer = await bySimulation(facts, role, needed).catch(async (simulation: unknown) => {
    try {
      return { how: "compared with the policies of the actions", missing: await byReference(role, needed) };
    } catch (error) {
      if (!(error instanceof UnknownPolicyElement)) throw error;
      const { remedy } = unknownBecause(simulation);
      return notChecked(
        `${role.name}: its policies have what is not evaluated here (${error.message}), and IAM's simulation may not be used`,
        remedy ?? "Allow iam:SimulatePrincipalPolicy.",
      );
    }
  });
  return "state" in answer ? [answer] : evaluatePermissions(role.name, needed, answer);
}

export function evaluatePermissions(
  role: string,
  needed: Needed[],
  { how, missing }: { how: string; missing: Needed[] },
): Answer[] {
  if (missing.length === 0) return [fine(`${role} may do all ${needed.length} things that its jobs call (${how})`)];
  return grouped(missing).map(({ actions, resources, context, usedBy, isKnown }) =>
    change(
      `${role} lacks ${actions.join(", ")}${resources.length > 0 ? ` on ${resources.join(", ")}` : ""}, called by ${usedBy.join(", ")}`,
      isKnown
        ? `Add to its policy: ${JSON.stringify({
            Effect: "Allow",
            Action: actions,
            Resource: resources.length > 0 ? resources : "*",
            ...(Object.keys(context).length > 0 ? { Condition: { StringEquals: context } } : {}),
          })}`
        : // Not with a wildcard in the place of names that only a run knows.
          `Add their statements of ${usedBy.map((action) => `actions/${action}/iam-policy.json`).join(", ")} to its policy.`,
    ),
  );
}

interface Group {
  actions: string[];
  resources: string[];
  context: Record<string, string>;
  usedBy: string[];
  isKnown: boolean;
}

/** One statement for what is missing on the same resources, and then for resources that lack the same. */
function grouped(missing: Needed[]): Group[] {
  const byResource = Object.values(
    Object.groupBy(missing, ({ resources, context, isKnown }) => JSON.stringify([resources, context, isKnown])),
  ).flatMap((same = []) => {
    const [first] = same;
    if (first === undefined) return [];
    const { resources, context, isKnown } = first;
    return [
      {
        actions: unique(same.map(({ action }) => action)),
        resources,
        context,
        isKnown,
        usedBy: unique(same.flatMap((one) => one.usedBy)),
      },
    ];
  });
  const byActions = Object.groupBy(byResource, ({ actions, context, resources, isKnown }) =>
    JSON.stringify([actions, context, isKnown, resources.length > 0]),
  );
  return Object.values(byActions).flatMap((same = []) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        resources: unique(same.flatMap(({ resources }) => resources)),
        usedBy: unique(same.flatMap(({ usedBy }) => usedBy)),
      },
    ];
  });
}

const unique = (texts: string[]): string[] => [...new Set(texts)].toSorted();

/** IAM evaluates everything that it knows, permissions boundaries and organizations included. */
async function bySimulation(
  { dependencies }: Facts,
  role: Role,
  needed: Needed[],
): Promise<{ how: string; missing: Needed[] }> {
  const [known, unknown] = [needed.filter(({ isKnown }) => isKnown), needed.filter(({ isKnown }) => !isKnown)];
  const groups = Object.values(
    Object.groupBy(known, ({ resources, context }) => JSON.stringify([resources, context])),
  ) as Needed[][];
  const missing = await mapConcurrently(groups, 6, async (group) => {
    const [{ resources, context }] = group as [Needed];
    const entries = Object.entries(context).map(([name, value]) => ({
      ContextKeyName: name,
      ContextKeyType: "string" as const,
      ContextKeyValues: [value],
    }));
    // Some dozens of results, which are one page (100 by default).
    const answer = await fromAws("iam:SimulatePrincipalPolicy", () =>
      dependencies.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: role.arn,
          ActionNames: group.map(({ action }) => action),
          ...(resources.length > 0 ? { ResourceArns: resources.map((arn) => arn.replace(/\*$/, "1")) } : {}),
          ...(entries.length > 0 ? { ContextEntries: entries } : {}),
        }),
      ),
    );
    const decisions = new Map<string, boolean[]>();
    for (const {
      EvalActionName: action = "",
      EvalDecision: decision,
      ResourceSpecificResults: specific = [],
    } of answer.EvaluationResults ?? []) {
      const all = specific.length > 0 ? specific.map((one) => one.EvalResourceDecision) : [decision];
      decisions.set(action, [...(decisions.get(action) ?? []), ...all.map((one) => one === "allowed")]);
    }
    return group.filter((one) => !isEnough(one, decisions.get(one.action) ?? [false]));
  });
  return {
    how: "by IAM's simulation",
    missing: [...missing.flat(), ...(unknown.length > 0 ? await byReference(role, unknown) : [])],
  };
}

export async function byReference(role: Pick<Role, "policies" | "boundary">, needed: Needed[]): Promise<Needed[]> {
  const [policies, boundary] = await Promise.all([role.policies(), role.boundary()]);
  const isGranted = (some: Policy[], one: Needed, resource: string | undefined) =>
    isAllowed(some, { action: one.action, ...(resource === undefined ? {} : { resource }), context: one.context });
  return needed.filter((one) => {
    const resources = one.isKnown && one.resources.length > 0 ? one.resources : [one.isKnown ? "*" : undefined];
    return !isEnough(
      one,
      resources.map(
        (resource) =>
          isGranted(policies, one, resource) && (boundary === undefined || isGranted([boundary], one, resource)),
      ),
    );
  });
}

/**
 * An action is authorized on one of the kinds of resources that a policy lists for it, so that one of them is enough; the
 * roles that are passed are all of the same kind.
 */
const isEnough = ({ action }: Needed, decisions: boolean[]): boolean =>
  action === "iam:PassRole" ? decisions.every(Boolean) : decisions.some(Boolean);
