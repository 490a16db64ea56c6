// A backup is read back whole before it is believed: every byte, every row.
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { unwrap } from "./codec.ts";
import { BackupError } from "./errors.ts";
import { totalRows, type Manifest, type Verification } from "./manifest.ts";
import { start, type Programs } from "./programs.ts";
import { differencesOfRows, RowCounter } from "./rows.ts";
import type { Store } from "./store.ts";
import { feed, openStored } from "./stored.ts";

export interface Verifying {
  store: Store;
  programs: Programs;
  clock: Clock;
  identity: string | undefined;
  signal?: AbortSignal | undefined;
}

/** What a decode needs of a manifest; it is not written yet when a fresh backup is verified. */
export type Claims = Pick<Manifest, "id" | "object" | "globals" | "compression" | "encryption" | "format" | "rows">;

/**
 * Downloads, compares bytes and SHA-256, decodes all of it, and compares rows. `pg_restore --list` would verify nothing: it is
 * content with half an archive.
 */
export async function decode(claims: Claims, verifying: Verifying): Promise<Verification> {
  const { clock } = verifying;
  const began = clock.now();
  const rows = await rowsIn(claims, verifying);
  const differing = differencesOfRows(claims.rows, rows);
  if (differing.length > 0) throw new BackupError("ROWS_DIFFER", `${claims.object.key}:\n${differing.slice(0, 10).map((line) => `  ${line}`).join("\n")}`);
  return { level: "decode", at: new Date(clock.now()).toISOString(), tables: Object.keys(claims.rows).length, rows: totalRows(rows), duration: Math.round((clock.now() - began) / 10) / 100 };
}

async function rowsIn(claims: Claims, { store, programs, identity, signal }: Verifying): Promise<Record<string, number>> {
  const { key } = claims.object;
  const stored = await openStored(store, claims.object, signal);
  const counter = new RowCounter();
  try {
    const dump = await unwrap(stored, claims, identity);
    if (claims.format === "plain") {
      for await (const piece of dump) counter.add(piece as Buffer);
      if (!counter.sawEnd) throw new BackupError("CORRUPT", `${key} ends before the dump does.`);
      return counter.rows;
    }
    const restore = start([programs.path("pg_restore"), "--file=-"], { env: { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" }, otherwise: "CORRUPT", signal });
    // When the program has given up, the rest of the bytes tells nothing more.
    restore.ended.catch(() => stored.destroy());
    const feeding = feed(dump, restore.stdin).then(() => undefined, (error: unknown) => {
      restore.kill();
      return error;
    });
    for await (const piece of restore.stdout) counter.add(piece as Buffer);
    const refusal = await restore.ended.then(() => undefined, (error: unknown) => error);
    const failure = await feeding;
    // What was wrong with the bytes is the cause of whatever the program said of them.
    if (failure instanceof FailedError) throw failure;
    if (refusal !== undefined) throw refusal;
    if (failure !== undefined) throw failure;
    return counter.rows;
  } catch (error) {
    if (error instanceof FailedError) throw error;
    throw new BackupError("CORRUPT", `${key} cannot be decoded: ${messageOf(error)}`, { cause: error });
  } finally {
    stored.destroy();
  }
}
