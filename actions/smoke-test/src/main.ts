import { TagResourceCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { SendHttp } from "../../shared/src/http.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import { markExplained } from "../../shared/src/summary/failure.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { Inputs } from "./inputs.ts";
import { untilHolds, type Result, type Session } from "./run-check.ts";
import { failuresOf, summarise } from "./summary.ts";
import { untilVersion } from "./version.ts";

export interface Dependencies {
  /** Made only when a revision is to be marked: a smoke test alone needs no AWS. */
  ecs: () => ECSClient;
  clock: Clock;
  log: Log;
  send: SendHttp;
  annotate: Annotate;
  setOutputs: (outputs: Record<string, string | boolean>) => void;
  /** Commit and address of this run, for the mark. */
  run: { commit: string | undefined; url: string | undefined };
}

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const session: Session = { ...dependencies, deadline: dependencies.clock.now() + inputs.timeout * 1000 };
  const results = await test(inputs, session);
  const failures = failuresOf(results);
  const lasting = failures.filter(({ warning }) => !warning);
  dependencies.setOutputs({ passed: lasting.length === 0, failures: JSON.stringify(failures) });
  for (const { check, problem, warning } of failures)
    dependencies.annotate(warning ? "warning" : "error", `Smoke test: ${check}`, problem);
  await appendSummary(summarise(inputs, results));
  if (lasting.length > 0) {
    throw markExplained(
      new FailedError(
        `${inputs.url ?? "What was tested"} is not what it should be:\n${lasting.map(({ check, problem }) => `  ${check}: ${problem}`).join("\n")}`,
      ),
    );
  }
  if (inputs.taskDefinitionArn) await markVerified(inputs.taskDefinitionArn, inputs.expected?.version, dependencies);
}

/** The version first: what an old task answers says nothing about the new one. Then everything else, side by side. */
async function test(inputs: Inputs, session: Session): Promise<Result[]> {
  const version = inputs.expected && (await untilVersion(inputs.expected, inputs, session));
  if (version && version.flaws.length > 0) return [version, ...inputs.checks.map((check) => notAsked(check, inputs))];
  const results = await Promise.all(inputs.checks.map((check) => untilHolds(check, inputs, session)));
  return version ? [version, ...results] : results;
}

const notAsked = (check: Result["check"], { warnOnly }: Inputs): Result => ({
  check,
  flaws: [],
  requests: 0,
  durations: [],
  warnOnly: warnOnly || check.warnOnly,
});

/** The revision was seen to work: what a rollback looks for (tags of the toolkit's interfaces). */
async function markVerified(
  arn: string,
  version: string | undefined,
  { ecs, clock, log, run }: Dependencies,
): Promise<void> {
  const tags = [
    { key: "deploy:verified-at", value: new Date(clock.now()).toISOString() },
    ...(version ? [{ key: "deploy:version", value: version }] : []),
    ...(run.commit ? [{ key: "deploy:commit", value: run.commit }] : []),
    ...(run.url ? [{ key: "deploy:run", value: run.url }] : []),
  ];
  await withAwsErrorContext("ecs:TagResource", ecs().send(new TagResourceCommand({ resourceArn: arn, tags })));
  log(`${shortName(arn)} is marked as verified`);
}
