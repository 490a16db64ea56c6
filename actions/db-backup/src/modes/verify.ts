// Verifies a backup by downloading all of it: every byte, every row.
import type { Readable } from "node:stream";
import { secondsSince, type Clock } from "../../../shared/src/clock.ts";
import { BackupError } from "../errors.ts";
import { totalRows, type StoredBackup, type Verification } from "../storage/manifest.ts";
import { startProgram, type Programs } from "../postgres/programs.ts";
import { compareRows, RowCounter } from "../postgres/rows.ts";
import { feedProgram, withDump, type ReadOptions } from "../storage/open-stored.ts";

export interface VerifyOptions extends ReadOptions {
  programs: Programs;
  clock: Clock;
}

/**
 * Downloads the dump, compares size and SHA-256, decodes all of it, and compares row counts. `pg_restore --list` would
 * verify nothing: it accepts half an archive.
 */
export async function decode(backup: StoredBackup, options: VerifyOptions): Promise<Verification> {
  const { clock } = options;
  const began = clock.now();
  const rows = await countRowsIn(backup, options);
  const differences = compareRows(backup.rows, rows);
  if (differences.length > 0) throw rowsDifferError(`${backup.object.key}:`, differences);
  return {
    level: "decode",
    at: new Date(clock.now()).toISOString(),
    tables: Object.keys(backup.rows).length,
    rows: totalRows(rows),
    duration: secondsSince(began, clock),
  };
}

/** The error lists the first ten differences. */
export const rowsDifferError = (heading: string, differences: string[]): BackupError =>
  new BackupError("ROWS_DIFFER", [heading, ...differences.slice(0, 10).map((line) => `  ${line}`)].join("\n"));

function countRowsIn(backup: StoredBackup, options: VerifyOptions): Promise<Record<string, number>> {
  const counter = new RowCounter();
  const count = async (output: Readable) => {
    for await (const chunk of output) counter.add(chunk as Buffer);
  };
  return withDump(backup, options, async (dump, abort) => {
    if (backup.format === "plain") {
      await count(dump);
      if (!counter.sawEnd) throw new BackupError("CORRUPT", `${backup.object.key} ends before the end of the dump.`);
    } else {
      const restore = startProgram([options.programs.path("pg_restore"), "--file=-"], {
        env: { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" },
        fallbackCode: "CORRUPT",
        signal: options.signal,
      });
      await feedProgram(dump, restore, { read: count, abort });
    }
    return counter.rows;
  });
}
