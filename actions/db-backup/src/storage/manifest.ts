// The description of a backup. A backup exists once its manifest is written, and not before.
import { ConfigurationError } from "../../../shared/src/errors.ts";
import type { DatabaseState } from "../postgres/database-state.ts";

export interface Manifest {
  schema: "rainbow-backup/1";
  id: string;
  database: string;
  /** Time of the snapshot that the dump contains, ISO 8601. */
  snapshotAt: string;
  server: { version: string; major: number };
  client: { version: string };
  format: "custom" | "plain";
  /** Of the stored object; pg_dump's own compression is part of the dump. */
  compression: "zstd" | "none";
  encryption: { method: "none" } | { method: "age"; recipients: string[] };
  /** The dump, as stored in the bucket. */
  object: StoredObject;
  /** Roles, without passwords; absent if the server did not show them. */
  globals?: StoredObject;
  /** What belongs to the database and is not in the dump; undefined in older manifests, and where it was unreadable. */
  databaseState?: DatabaseState | undefined;
  /** `databaseState` for psql, and the commands of a restore without this toolkit. */
  scripts?: { roles: StoredObject; database: StoredObject; restore: StoredObject } | undefined;
  extensions: { name: string; version: string }[];
  /** "schema.table", quoted where PostgreSQL would → rows in the snapshot. */
  rows: Record<string, number>;
  /** Size of the database on the server. */
  databaseBytes: number;
  verified: Verification;
  /** What a restore of this backup meets; undefined: nothing but what pg_restore does, or never tried. */
  restore?: RestoreProof;
  /** What is not in this backup, or not as in the database: pg_dump's own words, and ours. */
  warnings?: string[];
  /** Seconds of each phase. */
  durations: Record<string, number>;
  /** Name and version of the tool that made it. */
  tool: string;
}

/** What is needed to read a backup; a new one is read before its manifest is written. */
export type StoredBackup = Pick<
  Manifest,
  "id" | "object" | "globals" | "compression" | "encryption" | "format" | "rows" | "databaseState"
>;

export interface StoredObject {
  key: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface Verification {
  level: "decode" | "restore";
  at: string;
  tables: number;
  rows: number;
  /** Seconds. */
  duration: number;
}

export interface RestoreProof {
  /**
   * `restored`: all of it, and there is something to say about it. `failed`: its data is here, and it is not a good
   * backup. `skipped`: no PostgreSQL was there that could show it, so it is a good backup as far as every byte was read.
   */
  outcome: "restored" | "failed" | "skipped";
  /** A sentence, and lines of a program. */
  why: string;
  /** What pg_restore alone does not restore, the first hundred: the object, the error, and what cures it in the source. */
  objects: { name: string; error: string; cure?: string }[];
  /** With which a plain dump was restored as a whole. */
  searchPath?: string;
  /** Of the failure: "ROWS_DIFFER". */
  code?: string;
}

/** Whether a restore may count on it. */
export const isProven = ({ restore }: Pick<Manifest, "restore">): boolean => restore?.outcome !== "failed";

/** All that a backup consists of, without its manifest. */
export const objectsOf = ({ object, globals }: Pick<Manifest, "object" | "globals">): StoredObject[] =>
  globals === undefined ? [object] : [object, globals];

export const totalRows = (rows: Record<string, number>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0);

/** @throws ConfigurationError if it is not a manifest, or one of a newer version. */
export function parseManifest(text: string, key: string): Manifest {
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(text) as Partial<Manifest>;
  } catch (cause) {
    throw new ConfigurationError(`${key} is not JSON, and so not the manifest of a backup.`, { cause });
  }
  if (manifest.schema !== "rainbow-backup/1")
    throw new ConfigurationError(
      `${key} has the schema ${manifest.schema ?? "unknown"}; this version reads rainbow-backup/1. ` +
        "Use the version of the toolkit that wrote it, or a newer one.",
    );
  const missing = (["id", "object", "rows", "verified", "server", "snapshotAt"] as const).filter(
    (name) => manifest[name] === undefined,
  );
  if (missing.length > 0)
    throw new ConfigurationError(`${key} is incomplete: it lacks the fields ${missing.join(", ")}.`);
  return manifest as Manifest;
}
