// What was found, for people and for later steps.
import { inputsBlock, table } from "../../shared/src/summary/blocks.ts";
import { code, join, markup, type Markup, type Text } from "../../shared/src/summary/markup.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import type { Inputs } from "./inputs.ts";
import { percentile } from "./check-response.ts";
import type { Result } from "./probe.ts";

export interface Failure {
  check: string;
  problem: string;
  expected: string;
  found: string;
  /** It is reported, and does not fail the step. */
  warning: boolean;
}

export function failuresOf(results: Result[]): Failure[] {
  return results.flatMap(({ check, flaws, warnOnly }) =>
    flaws.map(({ problem, expected, found }) => ({ check: check.name, problem, expected, found, warning: warnOnly })),
  );
}

export function summarise(inputs: Inputs, results: Result[]): Section {
  const failed = results.filter(({ flaws }) => flaws.length > 0);
  const isFailed = failed.some(({ warnOnly }) => !warnOnly);
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const count = `${results.length} ${results.length === 1 ? "check" : "checks"}`;
  const outcome = isFailed
    ? `failed, ${failed.length} of ${count}`
    : failed.length > 0
      ? `passed with ${failed.length} ${failed.length === 1 ? "warning" : "warnings"}, ${count}`
      : `passed, ${count} in ${requests} ${requests === 1 ? "request" : "requests"}`;
  return {
    status: isFailed ? "failed" : failed.length > 0 ? "warning" : "succeeded",
    title: markup`Smoke test${inputs.url === undefined ? "" : ` of ${inputs.url}`} ${outcome}`,
    content: [table(["", "Check", "Requests", "p50", "p95", "Result"], results.map(row))],
    end: shownInputs(inputs),
  };
}

function row(result: Result): Text[] {
  const { check, flaws, requests, durations, notes } = result;
  return [
    mark(result),
    code(check.name),
    requests,
    milliseconds(durations, 50),
    milliseconds(durations, 95),
    flaws.length > 0
      ? join(flaws.map(explain), "<br>")
      : requests === 0
        ? "not asked: the version did not come"
        : ["as expected", ...notes].join("; "),
  ];
}

/** The problem names both values, unless they are long. */
const explain = ({ problem, expected, found }: Result["flaws"][number]): Markup =>
  problem.includes(expected) && problem.includes(found)
    ? markup`${problem}`
    : markup`${problem} (expected ${code(expected)}, found ${code(found)})`;

function mark({ flaws, requests, warnOnly }: Result): string {
  if (flaws.length > 0) return warnOnly ? "⚠️" : "❌";
  return requests === 0 ? "–" : "✅";
}

const milliseconds = (durations: number[], percent: number): string =>
  durations.length === 0 ? "" : `${percentile(durations, percent).toFixed(0)}\u00A0ms`;

/** Not the headers and the bearer token: they may be secrets. */
const shownInputs = (inputs: Inputs): Markup | undefined =>
  inputsBlock({
    url: inputs.url,
    "expect-version": inputs.expected?.version,
    "consecutive-versions": inputs.expected?.consecutive,
    consecutive: inputs.consecutive,
    timeout: `${inputs.timeout} s`,
    "request-timeout": `${inputs.requestTimeout} s`,
    host: inputs.host,
    "warn-only": inputs.warnOnly || undefined,
    "task-definition-arn": inputs.taskDefinitionArn,
  });
