// Evaluates IAM policies: the part of the language that this repository uses and that trust policies for GitHub have, and
// an error for the rest. After
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

type Values = string | string[];

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: Values;
  Resource?: Values;
  NotResource?: Values;
  Principal?: Record<string, Values>;
  Condition?: Record<string, Record<string, Values>>;
}

export interface Policy {
  Statement: Statement | Statement[];
}

export interface Request {
  action: string;
  /** ARN; trust policies have no resource. */
  resource?: string;
  /** For trust policies: ARN of the identity provider. */
  principal?: string;
  /** Condition keys of the request. */
  context?: Record<string, string | undefined>;
}

export const listOf = <T>(values: T | T[] | undefined): T[] =>
  values === undefined ? [] : Array.isArray(values) ? values : [values];

/** A condition that a request does not meet. */
export interface Unmet {
  operator: string;
  key: string;
  expected: string[];
  /** undefined: the request does not have the key. */
  actual: string | undefined;
}

/** What of a policy the evaluator does not know; whatever depends on it is unknown, too. */
export class UnknownPolicyElement extends Error {
  override name = "UnknownPolicyElement";
}

/** Whether a statement allows the request, and none denies it. */
export function isAllowed(policies: Policy[], request: Request): boolean {
  const matching = statementsOf(policies).filter((one) => isAbout(one, request) && unmet(one, request).length === 0);
  return matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny");
}

/**
 * Why a request is not allowed: for each statement that could allow it, the conditions that it does not meet, the fewest
 * first; and the statements that deny it. Neither, if no statement is about it.
 */
export function explainRefusal(policies: Policy[], request: Request): { unmet: Unmet[][]; denials: Statement[] } {
  const about = statementsOf(policies).filter((one) => isAbout(one, request));
  const conditions = about.filter(({ Effect }) => Effect === "Allow").map((one) => unmet(one, request));
  return {
    unmet: conditions.filter((one) => one.length > 0).toSorted((a, b) => a.length - b.length),
    denials: about.filter((one) => one.Effect === "Deny" && unmet(one, request).length === 0),
  };
}

const statementsOf = (policies: Policy[]): Statement[] => policies.flatMap(({ Statement }) => listOf(Statement));

const known = new Set(["Sid", "Effect", "Action", "Resource", "NotResource", "Principal", "Condition"]);

/** Whether action, resource and principal fit, whatever the conditions. */
function isAbout(statement: Statement, { action, resource, principal }: Request): boolean {
  const unknown = Object.keys(statement).filter((element) => !known.has(element));
  if (unknown.length > 0) throw new UnknownPolicyElement(`This evaluator does not know ${unknown.join(", ")}.`);
  const { Action, Resource, NotResource, Principal } = statement;
  return (
    listOf(Action).some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    (resource === undefined ||
      (NotResource === undefined
        ? listOf(Resource).some((pattern) => isLike(resource, pattern))
        : !listOf(NotResource).some((pattern) => isLike(resource, pattern)))) &&
    (principal === undefined || listOf(Principal?.["Federated"]).includes(principal))
  );
}

const unmet = ({ Condition = {} }: Statement, { context = {} }: Request): Unmet[] =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]) => {
      const [expected, actual] = [listOf(values), valueOf(context, key)];
      return holds(operator, actual, expected) ? [] : [{ operator, key, expected, actual }];
    }),
  );

/** Names of condition keys do not distinguish upper and lower case; values do. */
const valueOf = (context: Record<string, string | undefined>, key: string): string | undefined =>
  Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];

const operators: Record<string, (value: string, expected: string) => boolean> = {
  StringEquals: (value, expected) => value === expected,
  StringEqualsIgnoreCase: (value, expected) => value.toLowerCase() === expected.toLowerCase(),
  StringLike: (value, expected) => isLike(value, expected),
  Bool: (value, expected) => value.toLowerCase() === expected.toLowerCase(),
  // Both of them match patterns, each part of the ARN on its own.
  ArnEquals: isArnLike,
  ArnLike: isArnLike,
};

/**
 * One of the values is enough; for a negated operator none may match. A key that is missing matches no value, except with
 * IfExists, and with ForAllValues. Keys here have one value each, for which ForAnyValue changes nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function holds(operator: string, value: string | undefined, expected: string[]): boolean {
  if (operator === "Null") return expected.some((text) => (value === undefined) === (text.toLowerCase() === "true"));
  const [, forValues, base = "", ifExists] = /^(?:(ForAnyValue|ForAllValues):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const positive = base.replace(/^(String|Arn)Not/, "$1");
  const compare = operators[positive];
  if (compare === undefined)
    throw new UnknownPolicyElement(`This evaluator does not know the condition operator ${operator}.`);
  if (value === undefined && (ifExists !== undefined || forValues === "ForAllValues")) return true;
  if (value === undefined && forValues === "ForAnyValue") return false;
  return (value !== undefined && expected.some((one) => compare(value, one))) === (positive === base);
}

function isArnLike(value: string, pattern: string): boolean {
  const [parts, patterns] = [partsOf(value), partsOf(pattern)];
  return parts.length === patterns.length && parts.every((part, index) => isLike(part, patterns[index] ?? ""));
}

/** The sixth and last part of an ARN may contain colons. */
function partsOf(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** `*` is any text, `?` any one character. */
function isLike(value: string, pattern: string): boolean {
  if (pattern.includes("${"))
    throw new UnknownPolicyElement(`This evaluator does not know policy variables: ${pattern}`);
  const expression = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
