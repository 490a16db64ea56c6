// A database as others have it, and what its backup and its restore must give.
import type { Server } from "../server.ts";

/** What a server has only as of a version, or only if it was built with it. */
export type Need =
  | { major: number }
  /** A lower major version. */
  | { below: number }
  | { extension: string }
  /** Libraries of the server. */
  | { library: "icu" | "xml" | "lz4" };

export interface Example {
  /** Ends the name of a test: "two tables that refer to each other". */
  name: string;
  /** Without one of these, the server cannot have this database: it is left out, and named. */
  needs?: Need[];
  /** Also in the short run. */
  short?: true;
  /** Statements for the server, before the database is created: roles. */
  server?: string[];
  /** Options of CREATE DATABASE. */
  create?: string;
  /** Name of the database; by default one that needs no quotes. */
  database?: string;
  /** Statements, in which {database} is the quoted name of the database. */
  statements: string[];
  /** Further inputs of backup and restore. */
  inputs?: Record<string, string>;
  /** Further inputs of the restore alone. */
  restoreInputs?: Record<string, string>;
  /** Work on the server before the database is created; may return what takes it away when the database is gone. */
  prepare?: (server: Server) => Promise<(() => Promise<void>) | void>;
  /** Work on the database while it is backed up and compared; returns what ends it. */
  meanwhile?: (server: Server, database: string) => () => Promise<void>;
  /** What the manifest has to warn of; by default nothing. */
  warnings?: RegExp;
  /** By default `same`. */
  result?: Result;
}

/**
 * `same`: proven by a restore, and restored to the letter.
 * `passes`: stock pg_restore cannot restore it, db-backup can, and names what matches; restored to the letter.
 * `unproven`: kept with RESTORE_UNPROVEN and a message that matches, and restored with accept-unproven, but for `lost`:
 * patterns of the lines of the stock dump that are missing.
 * `holds`: proven and restored, where each query gives true: of a database that changes meanwhile.
 * `refused`: no backup, with the code and a message that matches.
 */
export type Result =
  | { same: true }
  | { passes: RegExp }
  | { unproven: RegExp; lost: RegExp }
  | { holds: string[] }
  | { refused: string; message: RegExp };

/** Whether the server has it. */
export async function hasNeed(server: Server, need: Need): Promise<boolean> {
  if ("major" in need) return server.programs.major >= need.major;
  if ("below" in need) return server.programs.major < need.below;
  if ("extension" in need) {
    const rows = await server.sql("postgres", `SELECT FROM pg_available_extensions WHERE name = '${need.extension}'`);
    return rows.length > 0;
  }
  return server.sql("postgres", ...probes[need.library]).then(
    () => true,
    () => false,
  );
}

const probes = {
  icu: ["BEGIN", "CREATE COLLATION probed_icu (provider = icu, locale = 'und')", "ROLLBACK"],
  xml: ["SELECT xmlparse(DOCUMENT '<a/>')"],
  lz4: ["SET default_toast_compression = lz4"],
} as const;

export const describeNeed = (need: Need): string =>
  "major" in need
    ? `PostgreSQL ${need.major}`
    : "below" in need
      ? `PostgreSQL before ${need.below}`
      : "extension" in need
        ? `the extension ${need.extension}`
        : `a server with ${need.library}`;
