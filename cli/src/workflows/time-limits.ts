// The time limits that the steps "Check the time limits" of the reusable workflows compare, with the comparisons and the
// words of these steps: there is one formula, and it is in the workflow.
import { calculate, wholeNumber } from "./arithmetic.ts";
import type { StepDocument } from "./document.ts";
import { asText, evaluate, type Lookup } from "./expression.ts";

/** One comparison of such a step. */
export interface TimeLimit {
  title: string;
  /** What is wrong and what to change; undefined: the limits fit. */
  problem: string | undefined;
  /** Whether the numbers are known before a run. */
  isKnown: boolean;
}

const assignment = /^\s*(\w+)=\$\(\((.+)\)\)\s*$/gm;
const comparison =
  /if \[ "\$(\w+)" -(lt|gt) (?:"\$(\w+)"|\$\(\((.+?)\)\)|(\d+)) \]; then\s+echo "::error title=([^:]+)::(.+)"$/gm;

export function checkTimeLimits(step: StepDocument, jobEnv: Record<string, unknown>, lookup: Lookup): TimeLimit[] {
  const script = step.run ?? "";
  const values = Object.fromEntries(
    Object.entries({ ...jobEnv, ...step.env }).map(([name, text]) => [name, numberOf(text, lookup)]),
  );
  for (const [, name = "", expression = ""] of script.matchAll(assignment))
    values[name] = calculate(expression, values);
  return [...script.matchAll(comparison)].map(
    ([, left = "", operator, name, expression, number, title = "", text = ""]) => {
      const first = values[left];
      const second = calculate(name ?? expression ?? number ?? "", values);
      if (first === undefined || second === undefined) return { title, problem: undefined, isKnown: false };
      const isWrong = operator === "lt" ? first < second : first > second;
      return { title, problem: isWrong ? messageOf(text, values) : undefined, isKnown: true };
    },
  );
}

/** What is unknown counts as given: a URL, for example, that a smoke test needs time for. */
function numberOf(text: unknown, lookup: Lookup): bigint | undefined {
  const assumed: Lookup = (path) => {
    const value = lookup(path);
    return value === undefined ? "(given)" : value;
  };
  const value = asText(typeof text === "string" ? evaluate(text, assumed) : (text as number));
  return wholeNumber(value);
}

/** What the step would say, without what only a run can say. */
const messageOf = (text: string, values: Record<string, bigint | undefined>): string =>
  text.replaceAll(/\$(\w+)/g, (all, name: string) => String(values[name] ?? all)).replace(/ Nothing was [\w ]+\.$/, "");
