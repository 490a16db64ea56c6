// The tags of a revision that has passed: a rollback looks for them.
import { TagResourceCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { goOnWithout, isAccessDenied, withAwsErrorContext } from "../aws.ts";
import type { Clock } from "../clock.ts";
import type { MissingPermissions } from "../permissions.ts";
import type { Log } from "../report.ts";
import { verifiedTag } from "./task-definition/marks.ts";
import { shortName } from "./task-definition/task-definition.ts";

interface Marking {
  ecs: () => ECSClient;
  clock: Clock;
  log: Log;
  /** Of a release that this is a part of. */
  missing?: MissingPermissions | undefined;
  /** Commit and URL of this run. */
  run: { commit: string | undefined; url: string | undefined };
}

/** @param version that answered; undefined or empty: not asked */
export async function markVerified(
  arn: string,
  version: string | undefined,
  { ecs, clock, log, run, missing }: Marking,
): Promise<void> {
  const tags = [
    { key: verifiedTag, value: new Date(clock.now()).toISOString() },
    ...(version ? [{ key: "deploy:version", value: version }] : []),
    ...(run.commit ? [{ key: "deploy:commit", value: run.commit }] : []),
    ...(run.url ? [{ key: "deploy:run", value: run.url }] : []),
  ];
  const command = new TagResourceCommand({ resourceArn: arn, tags });
  try {
    await withAwsErrorContext("ecs:TagResource", ecs().send(command));
  } catch (error) {
    // Where marking is one part of a release, it does not fail for it; by itself it is what was asked for.
    if (!missing || !isAccessDenied(error)) throw error;
    const consequence = `${shortName(arn)} is not marked as verified, so that a rollback does not find it as the last healthy revision`;
    return goOnWithout({ log, missing }, "ecs:TagResource", error, consequence);
  }
  log(`marked ${shortName(arn)} as verified`);
}
