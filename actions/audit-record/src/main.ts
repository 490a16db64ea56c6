import {
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type CloudWatchLogsClient,
} from "@aws-sdk/client-cloudwatch-logs";
import { withRetry, type RetryContext } from "../../shared/src/aws.ts";
import type { Clock } from "../../shared/src/clock.ts";
import { ConfigurationError, FailedError, messageOf } from "../../shared/src/errors.ts";
import type { InputSource } from "../../shared/src/inputs.ts";
import { jsonLine } from "../../shared/src/printable.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import { codeBlock, message } from "../../shared/src/summary/blocks.ts";
import { isKnown } from "../../shared/src/summary/failure.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { warn } from "../../shared/src/warn.ts";
import { readInputs, type Inputs } from "./inputs.ts";
import { recordOf, textOf, type AuditRecord } from "./record.ts";
import type { Run } from "./run.ts";

export interface Dependencies {
  logs: CloudWatchLogsClient;
  clock: Clock;
  log: Log;
  annotate?: Annotate | undefined;
  setOutputs: (outputs: Record<string, string>) => void;
}

/** Milliseconds for both calls: a cancelled job has five minutes for all its steps. */
const timeLimit = 30_000;

/**
 * A record that cannot be written fails nothing: what it is about may have gone well. A warning and the summary have it.
 */
export async function main(source: InputSource, run: Run, dependencies: Dependencies): Promise<void> {
  let record: AuditRecord | undefined;
  try {
    const inputs = readInputs(source);
    record = recordOf(inputs, run, dependencies.clock.now());
    await write(inputs, record, run, dependencies);
  } catch (error) {
    if (!isKnown(error)) throw error;
    warn(dependencies, "audit-record: nothing was recorded", error.message);
    dependencies.setOutputs({ result: "refused", text: record === undefined ? "" : textOf(record) });
    await appendSummary({
      status: "warning",
      title: "The audit record was not written",
      content: [
        message(error.message, error instanceof ConfigurationError ? "list" : "log"),
        record && codeBlock(JSON.stringify(record, null, 2)),
      ],
    }).catch((reason: unknown) => dependencies.log(`The summary cannot be written: ${messageOf(reason)}`));
  }
}

/** One event. @throws ConfigurationError or FailedError if it is not in the log group */
export async function write(
  inputs: Inputs,
  record: AuditRecord,
  run: Run,
  { logs, clock, log, setOutputs }: Dependencies,
): Promise<void> {
  const text = textOf(record);
  if (inputs.logGroup === undefined) {
    log("log-group is not set: nothing is recorded");
    return setOutputs({ result: "", text });
  }
  const place = { logGroupName: inputs.logGroup, logStreamName: streamOf(run, record) };
  const session: RetryContext = { clock, log, deadline: clock.now() + timeLimit };
  await withRetry(session, "logs:CreateLogStream", () => logs.send(new CreateLogStreamCommand(place))).catch(
    (error: unknown) => {
      // Of this run's first record.
      if (causeNameOf(error) !== "ResourceAlreadyExistsException") throw explained(error, inputs.logGroup);
    },
  );
  const event = { timestamp: Date.parse(record.at), message: JSON.stringify(record) };
  const { rejectedLogEventsInfo: rejected } = await withRetry(session, "logs:PutLogEvents", () =>
    logs.send(new PutLogEventsCommand({ ...place, logEvents: [event] })),
  ).catch((error: unknown) => {
    throw explained(error, inputs.logGroup);
  });
  if (rejected !== undefined)
    throw new FailedError(
      `CloudWatch Logs did not take the record: ${jsonLine(rejected)}. Check the clock of the runner.`,
    );
  log(`recorded in ${place.logGroupName}, ${place.logStreamName}: ${jsonLine(record)}`);
  setOutputs({ result: "recorded", text });
}

/** Of a run, or of a day of terminals. Names of streams have no : and no *. */
const streamOf = ({ repository, id, attempt }: Run, { at }: AuditRecord): string =>
  repository !== undefined && id !== undefined ? `${repository}/${id}-${attempt}` : `terminal/${at.slice(0, 10)}`;

const causeNameOf = (error: unknown): string | undefined =>
  error instanceof Error && error.cause instanceof Error ? error.cause.name : undefined;

function explained(error: unknown, logGroup: string | undefined): unknown {
  if (causeNameOf(error) !== "ResourceNotFoundException") return error;
  return new ConfigurationError(
    `log-group: there is no log group ${logGroup} in this region. Apply infra/, which makes it, or correct the name.`,
    { cause: error },
  );
}
