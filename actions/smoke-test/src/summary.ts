// What was found, for people and for later steps.
import { tableCell } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";
import { percentile } from "./check-response.ts";
import type { Result } from "./run-check.ts";

export interface Failure {
  check: string;
  problem: string;
  expected: string;
  found: string;
  /** It is told, and does not fail the step. */
  warning: boolean;
}

export function failuresOf(results: Result[]): Failure[] {
  return results.flatMap(({ check, flaws, warnOnly }) =>
    flaws.map(({ problem, expected, found }) => ({ check: check.name, problem, expected, found, warning: warnOnly })),
  );
}

export function summarise(inputs: Inputs, results: Result[]): string {
  const failed = results.some(({ flaws, warnOnly }) => flaws.length > 0 && !warnOnly);
  const rows = results.map((result) => {
    const { check, flaws, requests, durations } = result;
    const outcome =
      flaws.length > 0
        ? flaws.map(({ problem }) => problem).join("; ")
        : requests === 0
          ? "not asked: the version did not come"
          : "";
    const cells = [
      mark(result),
      `\`${check.name}\``,
      flaws.map(({ expected }) => expected).join("; "),
      flaws.map(({ found }) => found).join("; "),
      String(requests),
      milliseconds(durations, 50),
      milliseconds(durations, 95),
      outcome,
    ];
    return `| ${cells.map(tableCell).join(" | ")} |`;
  });
  return [
    `### Smoke test ${failed ? "failed" : "passed"}${inputs.url ? `: ${inputs.url}` : ""}`,
    "",
    "| | Check | Expected | Found | Requests | p50 | p95 | |",
    "|---|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function mark({ flaws, requests, warnOnly }: Result): string {
  if (flaws.length > 0) return warnOnly ? "⚠️" : "❌";
  return requests === 0 ? "–" : "✅";
}

const milliseconds = (durations: number[], percent: number): string =>
  durations.length === 0 ? "" : `${percentile(durations, percent).toFixed(0)} ms`;
