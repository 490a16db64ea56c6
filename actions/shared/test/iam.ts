// Evaluates IAM policies, for tests: the part of the language that this repository uses, and an error for the rest. After
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

type Values = string | string[];

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: Values;
  Resource?: Values;
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

/** Whether a statement allows the request, and none denies it. */
export function isAllowed(policies: Policy[], request: Request): boolean {
  const matching = policies.flatMap(({ Statement }) => listOf(Statement)).filter((one) => matches(one, request));
  return matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny");
}

const known = new Set(["Sid", "Effect", "Action", "Resource", "Principal", "Condition"]);

function matches(statement: Statement, { action, resource, principal, context = {} }: Request): boolean {
  const unknown = Object.keys(statement).filter((element) => !known.has(element));
  if (unknown.length > 0) throw new Error(`This evaluator does not know ${unknown.join(", ")}.`);
  const { Action, Resource, Principal, Condition = {} } = statement;
  return (
    listOf(Action).some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    (resource === undefined || listOf(Resource).some((pattern) => isLike(resource, pattern))) &&
    (principal === undefined || listOf(Principal?.["Federated"]).includes(principal)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, valueOf(context, key), listOf(values))),
    )
  );
}

/** Names of condition keys do not distinguish upper and lower case; values do. */
const valueOf = (context: Record<string, string | undefined>, key: string): string | undefined =>
  Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];

const operators: Record<string, (value: string, expected: string) => boolean> = {
  StringEquals: (value, expected) => value === expected,
  StringLike: (value, expected) => isLike(value, expected),
  Bool: (value, expected) => value.toLowerCase() === expected.toLowerCase(),
  // Both of them match patterns, each part of the ARN on its own.
  ArnEquals: isArnLike,
  ArnLike: isArnLike,
};

/** One of the values is enough; for a negated operator none may match. A key that is missing matches no value. */
function holds(operator: string, value: string | undefined, expected: string[]): boolean {
  if (operator === "Null") return expected.some((text) => (value === undefined) === (text.toLowerCase() === "true"));
  const positive = operator.replace(/^(String|Arn)Not/, "$1");
  const compare = operators[positive];
  if (compare === undefined) throw new Error(`This evaluator does not know the condition operator ${operator}.`);
  return (value !== undefined && expected.some((one) => compare(value, one))) === (positive === operator);
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
  if (pattern.includes("${")) throw new Error(`This evaluator does not know policy variables: ${pattern}`);
  const expression = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
