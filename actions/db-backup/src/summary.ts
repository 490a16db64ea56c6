// What a run has done, for people: and the way back, with stock tools alone.
import { formatMegabytes } from "../../shared/src/size.ts";
import { codeBlock, factTable } from "../../shared/src/report.ts";
import { describeListed } from "./storage/catalog.ts";
import type { Checked } from "./modes/check.ts";
import type { Place } from "./storage/layout.ts";
import { totalRows, type Manifest, type Verification } from "./storage/manifest.ts";
import type { Pruned } from "./modes/prune.ts";

/**
 * A command for a terminal that has nothing of ours: download, decrypt, decompress, restore into a database that is
 * new.
 */
export function restoreCommand(
  { object, compression, encryption, format, database, server }: Manifest,
  bucket: string,
): string {
  const target = `${database}_restored`;
  const pipe = [
    `aws s3 cp ${shell(`s3://${bucket}/${object.key}`)} -`,
    ...(encryption.method === "age" ? ["age --decrypt --identity key.txt"] : []),
    ...(compression === "zstd" ? ["zstd --decompress"] : []),
    format === "custom"
      ? `pg_restore --exit-on-error --single-transaction --no-owner --no-acl --dbname=${shell(target)}`
      : `psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --dbname=${shell(target)}`,
  ];
  return [
    `# PGHOST, PGUSER and PGPASSWORD say where to; programs of PostgreSQL ${server.major}`,
    "set -o pipefail",
    `createdb --template=template0 ${shell(target)}`,
    pipe.join(" \\\n  | "),
  ].join("\n");
}

const shell = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export function backupSummary(manifest: Manifest, bucket: string): string {
  const { id, object, rows, verified, server, client, durations, encryption, snapshotAt, database } = manifest;
  const facts = {
    Backup: `\`${id}\``,
    "Shows the data of": snapshotAt,
    Size: `${formatMegabytes(object.bytes)} in the bucket, ${formatMegabytes(manifest.databaseBytes)} on the server`,
    Rows: `${totalRows(rows)} in ${Object.keys(rows).length} tables`,
    "Read back": describeVerification(verified),
    PostgreSQL: `${server.version}, dumped with ${client.version}`,
    Encryption:
      encryption.method === "age"
        ? `age, for ${encryption.recipients.map((one) => `\`${one}\``).join(", ")}`
        : "the bucket's",
    Time: Object.entries(durations)
      .map(([phase, seconds]) => `${phase} ${seconds} s`)
      .join(", "),
  };
  return `### ${database}: backed up and read back\n\n${factTable(facts)}\n\n${wayBack(manifest, bucket)}`;
}

export function verifiedSummary(manifest: Manifest, verification: Verification, bucket: string): string {
  return `### ${manifest.database}: ${manifest.id} verified\n\n${factTable({ Verified: describeVerification(verification), "Shows the data of": manifest.snapshotAt })}\n\n${wayBack(manifest, bucket)}`;
}

export function restoredSummary(
  manifest: Manifest,
  { bucket, target, rows, duration }: { bucket: string; target: string; rows: number; duration: number },
): string {
  return `### ${target}: restored\n\n${factTable({ Backup: `\`${manifest.id}\``, "Shows the data of": manifest.snapshotAt, Rows: String(rows), Time: `${duration} s` })}\n\n${wayBack(manifest, bucket)}`;
}

export function checkSummary({ newest, backups }: Checked, { bucket, database }: Place, now: number): string {
  return [
    `### ${database}: ${backups.length} in s3://${bucket}`,
    "",
    codeBlock(backups.map((listed) => describeListed(listed, now)).join("\n")),
    "",
    wayBack(newest, bucket),
  ].join("\n");
}

export function pruneSummary(
  { plan, leftovers }: Pruned,
  { place, dryRun, newest }: { place: Place; dryRun: boolean; newest: Manifest | undefined },
): string {
  const rows = [
    ...plan.keep.map(({ id, because }) => `| ${id} | stays: ${because.join(", ")} |`),
    ...plan.remove.map((id) => `| ${id} | ${dryRun ? "would go" : "removed"} |`),
    ...leftovers.map((id) => `| ${id} | never got a manifest; ${dryRun ? "would go" : "removed"} |`),
  ];
  return [
    `### ${place.database}: ${dryRun ? "what retention would remove" : "retention"}`,
    "",
    "| Backup | |",
    "|---|---|",
    ...rows,
    ...(newest ? ["", wayBack(newest, place.bucket)] : []),
  ].join("\n");
}

const wayBack = (manifest: Manifest, bucket: string): string =>
  `<details><summary>Restore ${manifest.id} with stock tools</summary>\n\n${codeBlock(restoreCommand(manifest, bucket))}\n\n</details>`;

const describeVerification = ({ level, rows, tables, duration }: Verification): string =>
  `${level === "restore" ? "restored into a throw-away server" : "every byte decoded"}, ${rows} rows of ${tables} tables counted, ${duration} s`;
