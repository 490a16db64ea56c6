// What a run has done, for people: and the way back, with stock tools alone.
import { formatMegabytes } from "../../shared/src/size.ts";
import { blocks, codeBlock, details, factTable, table } from "../../shared/src/summary/blocks.ts";
import { clip, code, markup, type Markup, type Text } from "../../shared/src/summary/markup.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import { describeAge } from "./storage/catalog.ts";
import type { BackupError } from "./errors.ts";
import type { Checked } from "./modes/check.ts";
import { objectLines } from "./load/left-overs.ts";
import type { Place } from "./storage/layout.ts";
import { totalRows, type Manifest, type Verification } from "./storage/manifest.ts";
import type { Pruned } from "./modes/prune.ts";
import { describePostponed } from "./storage/retention.ts";
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
  const { restore } = manifest;
  return {
    status: restore ? "warning" : "succeeded",
    title: `${database}: backed up and verified, ${counts}, ${formatMegabytes(object.bytes)}`,
    content: [
      factTable({
        ...backupFacts(manifest, bucket),
        "Size in the bucket": `${formatMegabytes(object.bytes)} (${plural(object.bytes, "byte")})`,
        "Size on the server": formatMegabytes(manifest.databaseBytes),
        Verified: describeVerification(verified),
        Restore: restore?.why,
        "Not in this backup": manifest.warnings?.length ? manifest.warnings : undefined,
        PostgreSQL: `${server.version}, dumped with ${client.version}`,
        Encryption:
          encryption.method === "age"
            ? encryption.recipients.map((one) => markup`age, for ${code(one)}`)
            : "of the bucket",
        Duration: Object.entries(durations)
          .map(([phase, seconds]) => `${phase} ${seconds} s`)
          .join(", "),
      }),
      restore && restore.objects.length > 0 ? codeBlock(objectLines(restore.objects).join("\n")) : undefined,
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
  { newest, ageHours, backups, archived }: Checked,
  { bucket, database }: Place,
  now: number,
): Section {
  return {
    status: archived.length > 0 ? "warning" : "succeeded",
    title: `${database}: newest backup is ${describeAge(ageHours * 3_600_000)}, ${plural(backups.length, "backup")}`,
    content: [
      factTable({ ...backupFacts(newest, bucket), Archived: archived }),
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

/** Removed, left and kept ones apart, so that none of them hides the others where a table is cut. */
export function pruneSummary(
  { plan, leftovers, maxDelete }: Pruned,
  { place, dryRun, newest }: { place: Place; dryRun: boolean; newest: Manifest | undefined },
): Section {
  const { keep, remove, postponed } = plan;
  const removed = remove.length + leftovers.length;
  const would = dryRun ? "would be removed" : "removed";
  const left = postponed.length > 0 ? `, ${counted(postponed.length)} left for later` : "";
  const [oldest = "", latest = ""] = [postponed[0], postponed.at(-1)];
  const rows: Text[][] = [
    ...remove.map((id) => [code(id), would]),
    ...leftovers.map((id) => [code(id), `${would}: has no manifest`]),
  ];
  return {
    status: dryRun ? "planned" : removed === 0 ? "unchanged" : "succeeded",
    title: `${place.database}: ${plural(removed, "backup")} ${would}${left}, ${counted(keep.length)} kept`,
    content: [
      factTable({
        "Left for later": left === "" ? undefined : describePostponed(plan, maxDelete),
        Oldest: left === "" ? undefined : code(oldest),
        Newest: left === "" ? undefined : code(latest),
        "Kept by": keptBy(plan),
      }),
      rows.length === 0 ? undefined : table(["Backup", dryRun ? "Plan" : "Result"], rows),
      keep.length === 0
        ? undefined
        : table(
            ["Backup", "Kept because"],
            keep.map(({ id, because }) => [code(id), because.join(", ")]),
          ),
      newest && wayBack(newest, place.bucket),
    ],
  };
}

/** "one of the newest: 3, daily: 7": how many backups each rule keeps; some are kept by several. */
function keptBy({ keep }: Pruned["plan"]): string {
  const counts = new Map<string, number>();
  for (const reason of keep.flatMap(({ because }) => because)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason}: ${counted(count)}`).join(", ");
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
        "What to do": error.next,
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
