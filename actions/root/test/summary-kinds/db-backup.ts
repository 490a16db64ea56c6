// Summaries of db-backup, and of steps that failed without one of their own.
import { BackupError } from "../../../db-backup/src/errors.ts";
import type { Manifest } from "../../../db-backup/src/storage/manifest.ts";
import * as backups from "../../../db-backup/src/summary.ts";
import { ConfigurationError } from "../../../shared/src/errors.ts";
import { failureSection } from "../../../shared/src/summary/failure.ts";
import { appendSummary } from "../../../shared/src/summary/write.ts";
import { account } from "../../../shared/test/scripted-ecs.ts";
import { summaryOf, type Kinds } from "./scripted.ts";

const manifest: Manifest = {
  schema: "rainbow-backup/1",
  id: "backup_20260101T170000Z_1234-1",
  database: "shiojiri_rainbow",
  snapshotAt: "2026-01-01T17:00:02.000Z",
  server: { version: "17.2", major: 17 },
  client: { version: "17.2" },
  format: "custom",
  compression: "none",
  encryption: { method: "age", recipients: [`age1${"q".repeat(58)}`] },
  object: {
    key: "database/shiojiri_rainbow/2026/01/01/backup_20260101T170000Z_1234-1/dump.age",
    bytes: 51_312_904,
    sha256: "0",
  },
  globals: { key: "g", bytes: 1, sha256: "0" },
  extensions: [],
  rows: { "public.sightings": 120_456, "public.users": 3001 },
  databaseBytes: 212_000_000,
  verified: { level: "restore", at: "2026-01-01T17:01:00Z", tables: 2, rows: 123_457, duration: 12.4 },
  durations: { dump: 8.2, verify: 12.4, publish: 0.3 },
  tool: "rainbow-deploy",
};
const place = { bucket: "rainbow-seeker-backups", prefix: "database", database: "shiojiri_rainbow" };
const now = Date.parse("2026-01-02T08:00:00Z");
const listed = (id: string, at: string, bytes: number) => ({
  id,
  at: Date.parse(at),
  hasManifest: true,
  keys: [{ key: `${id}/dump`, bytes, modified: new Date(at) }],
});
const dayBefore = "backup_20251231T170000Z_1230-1";

const restFrom = (message: string, lastGood: string): BackupError => {
  const error = new BackupError("DUMP_FAILED", message);
  error.lastGood = lastGood;
  return error;
};

export const backupKinds: Kinds = {
  "db-backup-backup": () => summaryOf(() => appendSummary(backups.backupSummary(manifest, place.bucket))),
  "db-backup-verify": () =>
    summaryOf(() => appendSummary(backups.verifiedSummary(manifest, manifest.verified, place.bucket))),
  "db-backup-restore": () =>
    summaryOf(() =>
      appendSummary(
        backups.restoredSummary(manifest, {
          bucket: place.bucket,
          target: "shiojiri_rainbow_restored",
          rows: 123_457,
          duration: 14.1,
        }),
      ),
    ),
  "db-backup-check": () =>
    summaryOf(() =>
      appendSummary(
        backups.checkSummary(
          {
            newest: manifest,
            ageHours: 15,
            archived: [],
            backups: [
              listed(manifest.id, "2026-01-01T17:00:00Z", 51_312_904),
              listed(dayBefore, "2025-12-31T17:00:00Z", 51_100_020),
            ],
          },
          place,
          now,
        ),
      ),
    ),
  "db-backup-prune": () =>
    summaryOf(() =>
      appendSummary(
        backups.pruneSummary(
          {
            plan: { keep: [{ id: manifest.id, because: ["newest 3", "daily"] }], remove: [dayBefore], postponed: [] },
            maxDelete: 10,
            leftovers: ["backup_20251130T170000Z_1100-1"],
          },
          { place, dryRun: true, newest: manifest },
        ),
      ),
    ),
  "db-backup-snapshot": () =>
    summaryOf(() =>
      appendSummary(
        backups.snapshotSummary(
          "rainbow-seeker-db",
          `arn:aws:rds:ap-northeast-1:${account}:snapshot:rainbow-seeker-db-20260101-170000-1234-1`,
          "4 min 10 s",
        ),
      ),
    ),
  "db-backup-failed": () =>
    summaryOf(() =>
      appendSummary(
        backups.failedSummary(
          "shiojiri_rainbow",
          restFrom(
            'pg_dump ended with exit code 1.\npg_dump: error: query failed: ERROR:  permission denied for table "users"',
            `Last good backup: ${dayBefore} (39 h old)`,
          ),
        ),
      ),
    ),
  "failure-configuration": () =>
    summaryOf(() =>
      appendSummary(
        failureSection(
          "deploy",
          new ConfigurationError(
            '3 inputs are not usable; nothing was done.\n  task-definition: is required, for example ${{ steps.render.outputs.task-definition }}\n  wait-for-minutes: must be a number from 0.1 to 100000, not "soon"\n  in-flight: must be replace, wait or fail, not "queue"',
          ),
        ),
      ),
    ),
  "failure-internal": () =>
    summaryOf(() => appendSummary(failureSection("deploy", new TypeError("parts is not iterable")))),
};
