// A snapshot by RDS: of the whole instance, and inside AWS only. Quick to restore, but no substitute for a dump that is
// stored elsewhere.
import {
  CreateDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  type DBSnapshot,
  type RDSClient,
} from "@aws-sdk/client-rds";
import { withAwsErrorContext } from "../../../shared/src/aws.ts";
import { formatDuration, type Clock } from "../../../shared/src/clock.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import type { SnapshotInputs } from "../input-types.ts";
import { required } from "../../../shared/src/required.ts";

const pollMilliseconds = 10_000;

/** Makes a snapshot, named after the time and the run, and waits until it is available. @returns its ARN. */
export async function makeSnapshot(
  { instance, timeoutMinutes }: SnapshotInputs,
  { rds, clock, log, run }: { rds: RDSClient; clock: Clock; log: Log; run: string },
): Promise<string> {
  const began = clock.now();
  // RDS allows letters, digits and single dashes.
  const name =
    `${instance}-${new Date(began).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}-${run}`
      .replaceAll(/[^A-Za-z0-9]+/g, "-")
      .slice(0, 255)
      .replace(/-$/, "");
  const tags = [{ Key: "backup:run", Value: run }];
  const { DBSnapshot } = await withAwsErrorContext(
    "rds:CreateDBSnapshot",
    rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: instance, DBSnapshotIdentifier: name, Tags: tags })),
  );
  for (let last: DBSnapshot | undefined = DBSnapshot; last?.Status !== "available";) {
    if (last?.Status === "failed")
      throw new BackupError("DUMP_FAILED", `RDS reports that the snapshot ${name} failed.`);
    if (clock.now() - began > timeoutMinutes * 60_000)
      throw new BackupError(
        "TIMED_OUT",
        `The snapshot ${name} is ${last?.Status} after ${formatDuration(clock.now() - began)}; RDS continues with it.`,
      );
    log(`${name}: ${last?.Status ?? "unknown"}${last?.PercentProgress ? `, ${last.PercentProgress} %` : ""}`);
    await clock.sleep(pollMilliseconds);
    const { DBSnapshots = [] } = await withAwsErrorContext(
      "rds:DescribeDBSnapshots",
      rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: name })),
    );
    [last] = DBSnapshots;
  }
  return required(DBSnapshot?.DBSnapshotArn, "rds:CreateDBSnapshot: DBSnapshotArn");
}
