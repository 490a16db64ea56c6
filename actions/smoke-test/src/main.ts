import { TagResourceCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { explained } from "../../shared/src/aws.ts";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { shortName } from "../../shared/src/ecs/task-definition.ts";
import { appendSummary, type Log } from "../../shared/src/report.ts";
import type { Check, Inputs } from "./inputs.ts";
import { probe } from "./probe.ts";

export interface Tools {
  /** Made only when a revision is to be marked: a smoke test alone needs no AWS. */
  ecs: () => ECSClient;
  clock: Clock;
  log: Log;
  setOutputs: (outputs: Record<string, string | boolean>) => void;
  /** Commit and address of this run, for the mark. */
  run: { commit: string | undefined; url: string | undefined };
}

interface Result {
  check: Check;
  attempts: number;
  problem: string | undefined;
}

export async function main(inputs: Inputs, tools: Tools): Promise<void> {
  const results = await Promise.all(inputs.checks.map((check) => untilPassed(check, inputs, tools)));
  const failures = results.filter(({ problem }) => problem !== undefined).map(({ check, problem }) => ({ check: nameOf(check), problem: problem! }));
  tools.setOutputs({ passed: failures.length === 0, failures: JSON.stringify(failures) });
  await appendSummary(summarise(inputs, results));
  if (failures.length > 0) {
    throw new FailedError(`${inputs.url} is not what it should be:\n${failures.map(({ check, problem }) => `  ${check}: ${problem}`).join("\n")}`);
  }
  if (inputs.taskDefinitionArn) await markVerified(inputs.taskDefinitionArn, inputs.version, tools);
}

/** Passes once the check holds so many times in a row; the last problem seen is the one that is told. */
async function untilPassed(check: Check, inputs: Inputs, { clock, log }: Tools): Promise<Result> {
  const deadline = clock.now() + inputs.timeout * 1000;
  let inARow = 0;
  let told: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const problem = await probe(inputs.url, check);
    inARow = problem === undefined ? inARow + 1 : 0;
    if (inARow === inputs.consecutive) {
      log(`✓ ${nameOf(check)}${attempts > inARow ? `, after ${attempts} attempts` : ""}`);
      return { check, attempts, problem: undefined };
    }
    if (problem !== undefined && problem !== told) log(`  ${nameOf(check)}: ${problem}`);
    told = problem ?? told;
    if (clock.now() >= deadline) {
      return { check, attempts, problem: `${told ?? "was right, but not often enough in a row"} (${attempts} attempts in ${inputs.timeout} s)` };
    }
    if (problem !== undefined) await clock.sleep(1000);
  }
}

function nameOf({ path, method, json }: Check): string {
  const expected = [...json].map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(", ");
  return `${method === "GET" ? "" : `${method} `}/${path}${expected ? ` (${expected})` : ""}`;
}

function summarise(inputs: Inputs, results: Result[]): string {
  const passed = results.every(({ problem }) => problem === undefined);
  const rows = results.map(({ check, problem }) => `| ${problem === undefined ? "✅" : "❌"} | \`${nameOf(check)}\` | ${(problem ?? `${inputs.consecutive} times in a row`).replaceAll("|", "\\|")} |`);
  return [`### Smoke test ${passed ? "passed" : "failed"}: ${inputs.url}`, "", "| | Check | |", "|---|---|---|", ...rows].join("\n");
}

/** The revision was seen to work: what a rollback looks for (tags of the toolkit's interfaces). */
async function markVerified(arn: string, version: string | undefined, { ecs, clock, log, run }: Tools): Promise<void> {
  const tags = [
    { key: "deploy:verified-at", value: new Date(clock.now()).toISOString() },
    ...(version ? [{ key: "deploy:version", value: version }] : []),
    ...(run.commit ? [{ key: "deploy:commit", value: run.commit }] : []),
    ...(run.url ? [{ key: "deploy:run", value: run.url }] : []),
  ];
  await explained("ecs:TagResource", ecs().send(new TagResourceCommand({ resourceArn: arn, tags })));
  log(`${shortName(arn)} is marked as verified`);
}
