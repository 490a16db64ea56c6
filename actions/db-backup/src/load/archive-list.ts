// The table of contents of an archive of pg_dump, as `pg_restore --list` prints it.
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { FailedError } from "../../../shared/src/errors.ts";
import { startProgram, type Programs } from "../postgres/programs.ts";
import { withDump, type ReadOptions } from "../storage/open-stored.ts";
import type { StoredBackup } from "../storage/manifest.ts";

export interface ArchiveEntry {
  /** Number of the entry in this archive. */
  id: number;
  /** Object ID of the catalog that has the object, such as 1259 of pg_class; 0 for data and for what is no object. */
  catalog: number;
  /** Object ID in the source; of data, that of its table. */
  object: number;
  /** Kind, schema, name and owner, not quoted: "TABLE DATA public users app". */
  description: string;
}

/** Object IDs of the catalogs, which are the same in every version (src/include/catalog of PostgreSQL). */
const catalogs = { pg_class: 1259, pg_largeobject: 2613 };
/** What is part of a table, and locked with it: pg_attrdef, pg_rewrite, pg_trigger, pg_policy, pg_default_acl. */
const partsOfTables = new Set([2604, 2618, 2620, 3256, 826]);

export function parseArchiveList(list: string): ArchiveEntry[] {
  return list.split("\n").flatMap((line) => {
    const [, id, catalog, object, description = ""] = /^(\d+); (\d+) (\d+) (.*)$/.exec(line) ?? [];
    return id === undefined ? [] : [{ id: Number(id), catalog: Number(catalog), object: Number(object), description }];
  });
}

/** Reads only the start of the dump, which is not verified: what is made of it is a choice, never a result. */
export function listArchive(
  backup: StoredBackup,
  { programs, ...options }: ReadOptions & { programs: Programs },
): Promise<ArchiveEntry[]> {
  return withDump(backup, options, async (dump, abort) => {
    const program = startProgram([programs.path("pg_restore"), "--list"], {
      env: { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" },
      fallbackCode: "CORRUPT",
      signal: options.signal,
    });
    // It closes its input after the table of contents, which is no failure.
    const feeding = pipeline(dump, program.stdin).catch((error: unknown) => error);
    try {
      const [list] = await Promise.all([text(program.stdout), program.completed]);
      return parseArchiveList(list);
    } catch (error) {
      abort();
      const cause = await feeding;
      throw cause instanceof FailedError ? cause : error;
    }
  });
}

/**
 * Locks that a restore in one transaction holds at its end. Everything that it creates is locked, and a table has a TOAST
 * table with an index (measured in pg_locks; up to 1,000 large objects are one entry since PostgreSQL 17).
 */
export function locksNeeded(entries: readonly ArchiveEntry[]): number {
  return entries.reduce((sum, { catalog, description }) => {
    if (catalog === 0 || partsOfTables.has(catalog) || description.startsWith("FK CONSTRAINT ")) return sum;
    if (catalog === catalogs.pg_class && /^(TABLE|MATERIALIZED VIEW) /.test(description)) return sum + 3;
    const [, first, last] = /^BLOB METADATA \S+ (\d+)\.\.(\d+)/.exec(description) ?? [];
    if (catalog === catalogs.pg_largeobject && first !== undefined)
      return sum + Math.min(1000, Number(last) - Number(first) + 1);
    return sum + 1;
  }, 0);
}
