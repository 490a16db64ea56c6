// What a restored database must have: the rows of the backup, and what the user asserts of them.
import { messageOf } from "../../../shared/src/errors.ts";
import type { Clock } from "../../../shared/src/clock.ts";
import type { Log } from "../../../shared/src/report.ts";
import { BackupError } from "../errors.ts";
import { connect, type Connection, type Session } from "../postgres/connection.ts";
import { countRestored } from "../postgres/count-restored.ts";
import { listNames, listTables, type Table } from "../postgres/inspect.ts";
import { compareRows, unquoteName } from "../postgres/rows.ts";
import { totalRows, type StoredBackup } from "../storage/manifest.ts";
import { rowsDifferError } from "./verify.ts";

export interface ContentsOptions {
  assertions: string[];
  clock: Clock;
  log: Log;
  signal?: AbortSignal | undefined;
}

export interface Contents {
  /** Number of rows. */
  rows: number;
  /** ROWS_DIFFER or ASSERTION_FAILED. */
  problem: BackupError | undefined;
}

/** Counts the rows, evaluates the assertions if they are all there, and collects the statistics of the planner. */
export async function checkContents(
  backup: StoredBackup,
  connection: Connection,
  { assertions, signal, clock, log }: ContentsOptions,
): Promise<Contents> {
  const session = await connect(connection, { failure: "RESTORE_FAILED", signal, clock, log });
  try {
    const { rows, uncounted } = await countRestored(session, await listTables(session));
    if (uncounted.length > 0)
      log(`${connection.user} may not see the rows of ${listNames(uncounted)}: restored, but not counted`);
    const expected = Object.fromEntries(Object.entries(backup.rows).filter(([name]) => !isUncounted(uncounted, name)));
    const differences = compareRows(expected, rows);
    const problem =
      differences.length > 0
        ? rowsDifferError(`Restored from ${backup.id}:`, differences)
        : await evaluateAssertions(session, assertions);
    // Only statistics: without them, the data is as good.
    if (!problem) await session.query("ANALYZE").catch((error: unknown) => log(`not analysed: ${messageOf(error)}`));
    return { rows: totalRows(rows), problem };
  } finally {
    await session.end();
  }
}

const isUncounted = (uncounted: readonly Table[], name: string): boolean =>
  uncounted.some((table) => unquoteName(table.name) === unquoteName(name));

async function evaluateAssertions({ query }: Session, assertions: string[]): Promise<BackupError | undefined> {
  const failed: string[] = [];
  for (const assertion of assertions) {
    const result = await query<Record<string, unknown>>(assertion).catch((error: unknown) =>
      messageOf(error).replace(/\n[^]*/, ""),
    );
    if (typeof result === "string") failed.push(`${assertion}: ${result}`);
    else if (result.length === 0 || !result.every((row) => Object.values(row).every((value) => value === true)))
      failed.push(`${assertion}: ${JSON.stringify(result[0] ?? null)}`);
  }
  return failed.length === 0
    ? undefined
    : new BackupError(
        "ASSERTION_FAILED",
        `${failed.length} of ${assertions.length} assertions failed:\n${failed.map((line) => `  ${line}`).join("\n")}`,
      );
}
