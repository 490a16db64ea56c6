import type { ECSClient } from "@aws-sdk/client-ecs";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { markVerified } from "../../shared/src/ecs/mark-verified.ts";
import type { SendHttp } from "../../shared/src/http.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import { markExplained } from "../../shared/src/summary/failure.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { Inputs } from "./inputs.ts";
import { Addresses, systemLookup, type Lookup } from "./addresses.ts";
import { emptyResult, type Result, type Session } from "./probe.ts";
import { runCheck } from "./run-check.ts";
import { failuresOf, summarise, type Failure } from "./summary.ts";
import { waitForVersion } from "./version.ts";

export interface Dependencies {
  /** Called only to mark a revision: without one, the smoke test needs no AWS credentials. */
  ecs: () => ECSClient;
  clock: Clock;
  log: Log;
  send: SendHttp;
  /** Default: as the system resolves names. */
  lookup?: Lookup;
  annotate: Annotate;
  /** Of a release that the smoke test is a part of. */
  missing?: MissingPermissions | undefined;
  setOutputs: (outputs: Record<string, string | boolean>) => void;
  /** Commit and URL of this run, for the tags of the revision. */
  run: { commit: string | undefined; url: string | undefined };
}

/**
 * Of a kind. The runner drops those after the tenth (ExecutionContext.cs, _maxCountPerIssueType), and the last one, of
 * the step itself, lists all.
 */
const mostAnnotations = 9;

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { clock, log, send, lookup = systemLookup } = dependencies;
  const addresses = new Addresses(lookup, log);
  const session: Session = { clock, log, send, addresses, deadline: clock.now() + inputs.timeout * 1000 };
  const results = await runChecks(inputs, session);
  const failures = failuresOf(results);
  const errors = failures.filter(({ warning }) => !warning);
  dependencies.setOutputs({ passed: errors.length === 0, failures: JSON.stringify(failures) });
  for (const level of ["error", "warning"] as const)
    for (const { check, problem } of failures
      .filter(({ warning }) => warning === (level === "warning"))
      .slice(0, mostAnnotations))
      dependencies.annotate(level, `Smoke test: ${check}`, problem);
  await appendSummary(summarise(inputs, results));
  if (errors.length > 0) throw markExplained(new FailedError(failureMessage(inputs, errors)));
  if (inputs.taskDefinitionArn) await markVerified(inputs.taskDefinitionArn, inputs.expected?.version, dependencies);
}

function failureMessage({ url }: Inputs, errors: Failure[]): string {
  const lines = errors.map(({ check, problem }) => `  ${check}: ${problem}`);
  return [`The smoke test${url === undefined ? "" : ` of ${url}`} failed:`, ...lines].join("\n");
}

/** The version first: the response of an old task says nothing about the new one. Then all other checks at once. */
async function runChecks(inputs: Inputs, session: Session): Promise<Result[]> {
  const version = inputs.expected && (await waitForVersion(inputs.expected, inputs, session));
  if (version && version.flaws.length > 0)
    return [version, ...inputs.checks.map((check) => emptyResult(check, inputs))];
  const results = await Promise.all(inputs.checks.map((check) => runCheck(check, inputs, session)));
  return version ? [version, ...results] : results;
}
