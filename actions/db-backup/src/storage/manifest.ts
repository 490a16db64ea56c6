// What a backup says of itself. A backup exists once its manifest is written, and not before.
import { ConfigurationError } from "../../../shared/src/errors.ts";

export interface Manifest {
  schema: "rainbow-backup/1";
  id: string;
  database: string;
  /** When the snapshot was taken that the dump shows, ISO 8601. */
  snapshotAt: string;
  server: { version: string; major: number };
  client: { version: string };
  format: "custom" | "plain";
  /** Around the dump: pg_dump's own compression is within it. */
  compression: "zstd" | "none";
  encryption: { method: "none" } | { method: "age"; recipients: string[] };
  /** As it lies in the bucket. */
  object: StoredObject;
  globals: StoredObject;
  extensions: { name: string; version: string }[];
  /** "schema.table", quoted where PostgreSQL would → rows in the snapshot. */
  rows: Record<string, number>;
  /** Bytes of the database on the server's disk. */
  databaseBytes: number;
  verified: Verification;
  /** Seconds. */
  durations: Record<string, number>;
  /** What made it. */
  tool: string;
}

/** What reading a backup back needs to know of it; a fresh one is read before its manifest is written. */
export type Claims = Pick<Manifest, "id" | "object" | "globals" | "compression" | "encryption" | "format" | "rows">;

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

export const totalRows = (rows: Record<string, number>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0);

/** @throws ConfigurationError for what is no manifest, or one of a newer tool. */
export function parseManifest(text: string, key: string): Manifest {
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(text) as Partial<Manifest>;
  } catch (cause) {
    throw new ConfigurationError(`${key} is not JSON: it is no manifest of a backup.`, { cause });
  }
  if (manifest.schema !== "rainbow-backup/1")
    throw new ConfigurationError(
      `${key} is of the form ${manifest.schema ?? "unknown"}; this toolkit reads rainbow-backup/1. Use the version that wrote it, or a newer one.`,
    );
  const missing = (["id", "object", "globals", "rows", "verified", "server", "snapshotAt"] as const).filter(
    (name) => manifest[name] === undefined,
  );
  if (missing.length > 0) throw new ConfigurationError(`${key} lacks ${missing.join(", ")}: it is no whole manifest.`);
  return manifest as Manifest;
}
