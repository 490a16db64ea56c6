// The rows of each table in a snapshot, counted while pg_dump writes them.
import { messageOf } from "../../../shared/src/errors.ts";
import { sqlState, type BackupError } from "../errors.ts";
import type { Session } from "./connection.ts";
import { batchesOf, listNames, type Table } from "./inspect.ts";
import { literal } from "./settings.ts";
import { changedTables, ReplacedTables } from "./snapshot.ts";

export interface SnapshotRows {
  rows: Record<string, number>;
  /** Tables that were dropped, truncated or rewritten as soon as pg_dump had released them: in the dump only. */
  uncounted: string[];
  /** Tables that no query can read, but pg_dump can: with the error of the server. */
  unreadable: { name: string; why: string }[];
}

interface Count {
  index: number;
  count: string;
  file: string | null;
}

/** Bytes of the tables that are counted before pg_dump starts: fractions of a second. */
const countedFirst = 64 * 1024 * 1024;

/** Counts the rows of a snapshot's tables, as pg_dump writes them. */
export class SnapshotCounter {
  private readonly session: Session;
  private readonly lockTimeoutSeconds: number;
  private readonly rows: Record<string, number> = {};
  private readonly unreadable: SnapshotRows["unreadable"] = [];
  private readonly small: Table[] = [];
  private readonly large: Table[] = [];

  /** @param options.lockTimeoutSeconds how long a statement waits for a lock. */
  constructor(session: Session, tables: readonly Table[], { lockTimeoutSeconds }: { lockTimeoutSeconds: number }) {
    this.session = session;
    this.lockTimeoutSeconds = lockTimeoutSeconds;
    let bytes = 0;
    for (const table of tables.toSorted((a, b) => a.bytes - b.bytes)) {
      bytes += table.bytes;
      (bytes <= countedFirst ? this.small : this.large).push(table);
    }
  }

  /**
   * Counts the small tables, before pg_dump locks them: later, a table that somebody waits to change could not be
   * counted any more.
   *
   * @throws ReplacedTables if one of them is not what it was in the snapshot.
   */
  async countSmall(): Promise<void> {
    for (const batch of batchesOf(this.small)) {
      const changed = await this.count(batch, `${this.lockTimeoutSeconds}s`);
      if (changed.length > 0) throw new ReplacedTables(changed.map(({ name }) => name));
    }
  }

  /**
   * Counts the others while pg_dump writes them. A table that somebody waits to change is left for later, because this
   * session would have to wait behind that change: it is counted when pg_dump has ended, if it is then still what it
   * was.
   *
   * @param dumpEnded settled when pg_dump has released its locks.
   */
  async countLarge(dumpEnded: Promise<unknown>): Promise<SnapshotRows> {
    const left: Table[] = [];
    for (const table of this.large)
      if ((await this.count([table], "1s").catch(ignoreLock))?.length !== 0) left.push(table);
    if (left.length > 0) await Promise.allSettled([dumpEnded]);
    const uncounted: string[] = [];
    for (const table of left) {
      const changed = await this.count([table], `${this.lockTimeoutSeconds}s`).catch(ignoreLock);
      if (changed?.length !== 0) uncounted.push(table.name);
    }
    return { rows: this.rows, uncounted, unreadable: this.unreadable };
  }

  /**
   * A query looks into the SQL functions behind the indexes of its table, which name what the search path of this
   * session may lack; COPY, and so pg_dump, does not.
   *
   * @returns the tables that are not what they were, or do not exist any more. @throws if one is locked.
   */
  private async count(tables: readonly Table[], lockTimeout: string): Promise<Table[]> {
    try {
      return await this.countTogether(tables, lockTimeout);
    } catch (error) {
      if (!isUnknownName(error)) throw error;
      const [table] = tables;
      if (table === undefined || (tables.length === 1 && (await changedTables(this.session, tables)).length > 0))
        return [...tables];
      if (tables.length === 1) {
        this.unreadable.push({ name: table.name, why: messageOf((error as BackupError).cause) });
        return [];
      }
      const changed: Table[] = [];
      for (const one of tables) changed.push(...(await this.count([one], lockTimeout)));
      return changed;
    }
  }

  private async countTogether(tables: readonly Table[], lockTimeout: string): Promise<Table[]> {
    const { query } = this.session;
    // Without the savepoint, the locks on tables and indexes would fill the lock table of the server.
    await query("SAVEPOINT counting");
    try {
      await query(`SET LOCAL lock_timeout = '${lockTimeout}'`);
      const counts = new Map((await query<Count>(statementFor(tables))).map((one) => [one.index, one]));
      return tables.filter((table, index) => {
        const found = counts.get(index);
        if (found?.file !== table.file) return true;
        this.rows[table.name] = Number(found.count);
        return false;
      });
    } finally {
      // The connection may be lost: the error of the count says so.
      await query("ROLLBACK TO SAVEPOINT counting").catch(() => undefined);
    }
  }
}

const statementFor = (tables: readonly Table[]): string =>
  tables
    .map(
      ({ name, condition = "" }, index) =>
        `(SELECT ${index} AS index, count(*) AS count,
           pg_relation_filenode(${literal(name)}::regclass)::text AS file FROM ONLY ${name} ${condition})`,
    )
    .join(" UNION ALL ");

/** undefined_table, invalid_schema_name, undefined_function, undefined_object. */
const isUnknownName = (error: unknown): boolean => /^(42P01|3F000|42883|42704)$/.test(sqlState(error) ?? "");

/** lock_not_available */
function ignoreLock(error: unknown): undefined {
  if (sqlState(error) !== "55P03") throw error;
}

export const unreadableWarning = (unreadable: SnapshotRows["unreadable"]): string[] =>
  unreadable.length === 0
    ? []
    : [
        "In this backup, but not counted in the database, because a query of them fails for its role: " +
          `${listNames(unreadable)} (${unreadable[0]?.why}). A function behind an index names something that is not ` +
          "in its search_path: ALTER FUNCTION … SET search_path.",
      ];
