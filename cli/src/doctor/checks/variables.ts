// The repository variables that the workflows read: which are missing, and which cannot be what they should.
import { nearest } from "../../../../actions/shared/src/nearest.ts";
import { requiredVariables } from "../../workflows/jobs.ts";
import { advice, change, fine, notChecked, type Answer } from "../finding.ts";
import type { Facts } from "../facts.ts";

export async function checkVariables(facts: Facts): Promise<Answer[]> {
  const required = requiredVariables(facts.workflows);
  if (required.size === 0)
    return [
      notChecked(
        `no workflow in ${facts.inputs.folder} requires variables`,
        "Run doctor in a checkout of the repository.",
      ),
    ];
  const given = facts.inputs.variables;
  const isMissingOne = [...required.keys()].some((name) => !given.has(name));
  const known = isMissingOne ? new Map([...(await facts.github.variables()), ...given]) : given;
  return evaluateVariables(required, known, facts.inputs.environment);
}

export function evaluateVariables(
  required: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, string>,
  environment: string,
): Answer[] {
  const problems = [...required].flatMap(([name, file]): Answer[] => {
    const value = known.get(name);
    if (value === undefined || value === "") {
      const unused = [...known.keys()].filter((one) => !required.has(one));
      return [
        change(
          `${name} is not set, and ${file} needs it${nearest(name, unused)}`,
          `gh variable set ${name} --body VALUE; its value is in terraform -chdir=infra/environments/${environment} output -json platform (deployment.variables)`,
        ),
      ];
    }
    const problem = shapeProblem(name, value);
    return problem === undefined ? [] : [change(`${name} is ${problem}`, `gh variable set ${name} --body VALUE`)];
  });
  const unusual = problems.length === 0 ? blanks(required, known) : [];
  if (problems.length > 0 || unusual.length > 0) return [...problems, ...unusual];
  return [fine(`${[...required.keys()].join(", ")} are set`)];
}

const shapes: [RegExp, RegExp, string][] = [
  [/(^|_)ROLE$/, /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, "no ARN of a role"],
  [/(^|_)URL$/, /^https?:\/\/[^\s/]+/, "no URL"],
];

function shapeProblem(name: string, value: string): string | undefined {
  const [, , problem] = shapes.find(([names, shape]) => names.test(name) && !shape.test(value.trim())) ?? [];
  return problem;
}

/** GitHub keeps blanks and line breaks, and AWS refuses an ARN with them. */
const blanks = (required: ReadonlyMap<string, string>, known: ReadonlyMap<string, string>): Answer[] =>
  [...required.keys()].flatMap((name) => {
    const value = known.get(name) ?? "";
    return value === value.trim()
      ? []
      : [advice(`${name} begins or ends with blanks`, `gh variable set ${name} --body '${value.trim()}'`)];
  });
