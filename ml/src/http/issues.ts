// What is wrong with a value: which field, where it was, what it must be. Never zod's own words.
import type { z } from "zod";
import { rules, type Rule } from "../domain/plausibility.ts";
import type { FindContradictions } from "./schemas.ts";

export type Part = "body" | "query";

export interface FieldProblem {
  in: Part;
  field: string;
  message: string;
}

/** Of a batch, thousands of values may be wrong in the same way. */
const mostDetails = 100;

/** A request whose values were not accepted. */
export class InvalidRequest extends Error {
  override name = "InvalidRequest";
  readonly details: FieldProblem[];

  constructor(all: FieldProblem[]) {
    const details = all.slice(0, mostDetails);
    const sentence = details.map(({ field, message }) => `${field}: ${message}`).join("; ");
    const more = all.length - details.length;
    super(`Not accepted: ${sentence}${more > 0 ? `; and ${more} more` : ""}`);
    this.details = details;
  }
}

/** @throws InvalidRequest which names every problem */
export function parse<Schema extends z.ZodType>(
  part: Part,
  schema: Schema,
  value: unknown,
  find: FindContradictions = () => [],
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  const contradictions = find(result.success ? result.data : value);
  if (result.success && contradictions.length === 0) return result.data;
  throw new InvalidRequest([
    ...(result.error?.issues ?? []).flatMap((issue) => describeIssue(part, issue)),
    ...contradictions.map(({ path, rule }) => problemAt(part, path, rules[rule])),
  ]);
}

/** The whole body is named `body`, for it has no other name. */
const problemAt = (part: Part, path: PropertyKey[], message: string): FieldProblem => ({
  in: part,
  field: path.length === 0 ? part : path.map(String).join("."),
  message,
});

function describeIssue(part: Part, issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => problemAt(part, [...issue.path, key], "is not known here"));
  return [problemAt(part, issue.path, wordsFor(issue))];
}

const types: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value"))
    return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${types[issue.expected] ?? issue.expected}`;
    case "too_small":
      return issue.origin === "array"
        ? `must have ${issue.minimum} or more entries`
        : `must be ${issue.minimum} or more`;
    case "too_big":
      return issue.origin === "array"
        ? `must have ${issue.maximum} or fewer entries`
        : `must be ${issue.maximum} or less`;
    case "invalid_format":
      return issue.format === "datetime"
        ? "must be a time in ISO 8601 with its offset, such as 2026-07-01T18:30:00+09:00"
        : "is not accepted";
    case "invalid_value":
      return `must be one of: ${issue.values.map(String).join(", ")}`;
    case "custom": {
      const rule = issue.params?.["rule"] as Rule | undefined;
      return rule === undefined ? "is not accepted" : rules[rule];
    }
    default:
      return "is not accepted";
  }
}
