// The rows of a restored database, also of tables whose rows row-level security hides from the role that restored them.
import type { Session } from "./connection.ts";
import { countRows, type Table } from "./inspect.ts";

export interface RestoredRows {
  rows: Record<string, number>;
  /** Tables that this role cannot read, or whose rows it cannot see and which it does not own. */
  uncounted: Table[];
}

/**
 * Row-level security applies to the owner of a table only where it is forced, and without a superuser (on RDS nobody
 * is one) nobody else may see everything. So it is not forced while such a table is counted, in a transaction that is
 * rolled back (documentation of PostgreSQL, "Row Security Policies").
 */
export async function countRestored(session: Session, tables: readonly Table[]): Promise<RestoredRows> {
  const { query } = session;
  const rows = await countRows(
    session,
    tables.filter(({ filtered, readable }) => !filtered && readable),
  );
  const uncounted = tables.filter(({ readable }) => !readable);
  for (const table of tables.filter(({ filtered, readable }) => filtered && readable)) {
    await query("BEGIN");
    try {
      await query(`ALTER TABLE ${table.name} NO FORCE ROW LEVEL SECURITY`);
      // If rows were hidden all the same, this makes the count fail instead of being too small.
      await query("SET LOCAL row_security = off");
      Object.assign(rows, await countRows(session, [table]));
    } catch {
      uncounted.push(table);
    } finally {
      await query("ROLLBACK");
    }
  }
  return { rows, uncounted };
}
