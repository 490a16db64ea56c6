// What a run has done, for people: and the way back, with stock tools alone.
import { formatMegabytes } from "../../shared/src/size.ts";
import { blocks, codeBlock, details, factTable, table } from "../../shared/src/summary/blocks.ts";
import { clip, code, markup, type Markup } from "../../shared/src/summary/markup.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import { describeAge } from "./storage/catalog.ts";
import { nextSteps, type BackupError } from "./errors.ts";
import type { Checked } from "./modes/check.ts";
import type { Place } from "./storage/layout.ts";
import { totalRows, type Manifest, type Verification } from "./storage/manifest.ts";
import type { Pruned } from "./modes/prune.ts";
import { restoreCommand } from "./restore-command.ts";

/** "123,456" */
const counted = (count: number): string => count.toLocaleString("en-US");

/** "2026-01-31 02:00:05 UTC" of ISO 8601. */
const describeTime = (time: string): string => `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;

const plural = (count: number, one: string): string => `${counted(count)} ${count === 1 ? one : `${one}s`}`;

/** "123,456 rows in 12 tables" */
const countsOf = (rows: number, tables: number): string => `${plural(rows, "row")} in ${plural(tables, "table")}`;

export function backupSummary(manifest: Manifest, bucket: string): Section {
  const { object, rows, verified, server, client, durations, encryption, database } = manifest;
  const counts = countsOf(totalRows(rows), Object.keys(rows).length);
  return {
    status: "succeeded",
    title: `${database}: backed up and verified, ${counts}, ${formatMegabytes(object.bytes)}`,
    content: [
      factTable({
        ...backupFacts(manifest, bucket),
        "Size in the bucket": `${formatMegabytes(object.bytes)} (${plural(object.bytes, "byte")})`,
        "Size on the server": formatMegabytes(manifest.databaseBytes),
        Verified: describeVerification(verified),
        PostgreSQL: `${server.version}, dumped with ${client.version}`,
        Encryption:
          encryption.method === "age"
            ? encryption.recipients.map((one) => markup`age, for ${code(one)}`)
            : "of the bucket",
        Duration: Object.entries(durations)
          .map(([phase, seconds]) => `${phase} ${seconds} s`)
          .join(", "),
      }),
      wayBack(manifest, bucket),
    ],
  };
}

export function verifiedSummary(manifest: Manifest, verification: Verification, bucket: string): Section {
  return {
    status: "succeeded",
    title: `${manifest.database}: backup verified, ${countsOf(verification.rows, verification.tables)}`,
    content: [
      factTable({ ...backupFacts(manifest, bucket), Verified: describeVerification(verification) }),
      wayBack(manifest, bucket),
    ],
  };
}

export function restoredSummary(
  manifest: Manifest,
  { bucket, target, rows, duration, differences = [] }: RestoredFacts,
): Section {
  return {
    status: "succeeded",
    title: `${target}: restored, data as of ${describeTime(manifest.snapshotAt)}, ${plural(rows, "row")}`,
    content: [
      factTable({ ...backupFacts(manifest, bucket), Duration: `${duration} s` }),
      differences.length === 0
        ? undefined
        : blocks(["The database still differs from its source:", codeBlock(differences.join("\n"))]),
      wayBack(manifest, bucket),
    ],
  };
}

interface RestoredFacts {
  bucket: string;
  target: string;
  rows: number;
  /** Seconds. */
  duration: number;
  /** Statements that a person has to decide on or to run; undefined where only the task's log has them. */
  differences?: string[] | undefined;
}

export function checkSummary(
  { newest, ageHours, backups }: Checked,
  { bucket, database }: Place,
  now: number,
): Section {
  return {
    status: "succeeded",
    title: `${database}: newest backup is ${describeAge(ageHours * 3_600_000)}, ${plural(backups.length, "backup")}`,
    content: [
      factTable(backupFacts(newest, bucket)),
      table(
        ["Backup", "Age", "Size"],
        backups.map(({ id, at, keys }) => [
          code(id),
          describeAge(now - at),
          formatMegabytes(keys.reduce((sum, { bytes }) => sum + bytes, 0)),
        ]),
      ),
      wayBack(newest, bucket),
    ],
  };
}

export function pruneSummary(
  { plan, leftovers }: Pruned,
  { place, dryRun, newest }: { place: Place; dryRun: boolean; newest: Manifest | undefined },
): Section {
  const removed = plan.remove.length + leftovers.length;
  const would = dryRun ? "would be removed" : "removed";
  return {
    status: dryRun ? "planned" : removed === 0 ? "unchanged" : "succeeded",
    title: `${place.database}: ${plural(removed, "backup")} ${would}, ${counted(plan.keep.length)} kept`,
    content: [
      table(
        ["Backup", dryRun ? "Plan" : "Result"],
        [
          ...plan.keep.map(({ id, because }) => [code(id), `kept: ${because.join(", ")}`]),
          ...plan.remove.map((id) => [code(id), would]),
          ...leftovers.map((id) => [code(id), `${would}: has no manifest`]),
        ],
      ),
      newest && wayBack(newest, place.bucket),
    ],
  };
}

export function snapshotSummary(instance: string, arn: string, took: string): Section {
  return {
    status: "succeeded",
    title: `${instance}: snapshot available`,
    content: [factTable({ Snapshot: code(arn), Duration: took })],
  };
}

/** The error's message is "[CODE] what happened", then indented lines: what to do, and the last good backup. */
export function failedSummary(subject: string, error: BackupError): Section {
  const [title = "", ...words] = error.what.split("\n");
  return {
    status: error.outcome,
    title: `${subject}: ${clip(title.replace(/\.$/, ""), 200)}`,
    content: [
      words.length === 0 ? undefined : codeBlock(words.join("\n"), { keep: "last" }),
      factTable({
        Code: code(error.code),
        "What happened": title.length > 200 ? title : undefined,
        "What to do": nextSteps[error.code],
        "Last good backup": error.lastGood?.replace(/^Last good backup: /, ""),
      }),
    ],
  };
}

const backupFacts = ({ id, snapshotAt, rows, object }: Manifest, bucket: string) => ({
  Backup: code(id),
  "Data as of": describeTime(snapshotAt),
  Rows: countsOf(totalRows(rows), Object.keys(rows).length),
  Object: code(`s3://${bucket}/${object.key}`),
});

const wayBack = (manifest: Manifest, bucket: string): Markup =>
  details(`Restore ${manifest.id} with stock tools`, [codeBlock(restoreCommand(manifest, bucket), { language: "sh" })]);

function describeVerification({ level, rows, tables, duration }: Verification): string {
  const what = level === "restore" ? "restored into an ephemeral PostgreSQL instance" : "every byte decoded";
  return `${what}, ${countsOf(rows, tables)} counted, ${duration} s`;
}
