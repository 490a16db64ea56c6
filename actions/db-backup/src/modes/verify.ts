// Verifies a backup by downloading all of it: every byte, every row.
import type { Readable } from "node:stream";
import { secondsSince, type Clock } from "../../../shared/src/clock.ts";
import { BackupError } from "../errors.ts";
import { totalRows, type StoredBackup, type Verification } from "../storage/manifest.ts";
import { startProgram, type Programs } from "../postgres/programs.ts";
import { compareRows, RowCounter, unquoteName } from "../postgres/rows.ts";
import { feedProgram, withDump, type ReadOptions } from "../storage/open-stored.ts";

export interface VerifyOptions extends ReadOptions {
  programs: Programs;
  clock: Clock;
}

export interface ReadBackOptions extends VerifyOptions {
  /** Tables that could not be counted in the database: the dump's own count is all there is. */
  uncounted?: string[];
}

/**
 * Downloads the dump, compares size and SHA-256, decodes all of it, and compares row counts. `pg_restore --list` would
 * verify nothing: it accepts half an archive.
 */
export const decode = async (backup: StoredBackup, options: VerifyOptions): Promise<Verification> =>
  (await readBack(backup, options)).verification;

/** @returns also the rows of all tables, with those that were not counted in the database. */
export async function readBack(
  backup: StoredBackup,
  { uncounted = [], ...options }: ReadBackOptions,
): Promise<{ rows: Record<string, number>; verification: Verification }> {
  const { clock } = options;
  const began = clock.now();
  const found = await countRowsIn(backup, options);
  const keys = new Set(uncounted.map(unquoteName));
  const added = Object.entries(found).filter(([name]) => keys.has(unquoteName(name)));
  const rows = { ...backup.rows, ...Object.fromEntries(added) };
  const differences = compareRows(rows, found);
  if (differences.length > 0) throw rowsDifferError(`${backup.object.key}:`, differences);
  const verification: Verification = {
    level: "decode",
    at: new Date(clock.now()).toISOString(),
    tables: Object.keys(rows).length,
    rows: totalRows(found),
    duration: secondsSince(began, clock),
  };
  return { rows, verification };
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
