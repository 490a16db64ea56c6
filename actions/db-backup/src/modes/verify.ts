// A backup is read back whole before it is believed: every byte, every row.
import type { Readable } from "node:stream";
import { secondsSince, type Clock } from "../../../shared/src/clock.ts";
import { BackupError } from "../errors.ts";
import { totalRows, type Claims, type Verification } from "../storage/manifest.ts";
import { start, type Programs } from "../postgres/programs.ts";
import { differencesOfRows, RowCounter } from "../postgres/rows.ts";
import { feedProgram, withDump, type Opening } from "../storage/open-stored.ts";

export interface Verifying extends Opening {
  programs: Programs;
  clock: Clock;
}

/**
 * Downloads, compares bytes and SHA-256, decodes all of it, and compares rows. `pg_restore --list` would verify
 * nothing: it is
 * content with half an archive.
 */
export async function decode(claims: Claims, verifying: Verifying): Promise<Verification> {
  const { clock } = verifying;
  const began = clock.now();
  const rows = await rowsIn(claims, verifying);
  const differing = differencesOfRows(claims.rows, rows);
  if (differing.length > 0)
    throw new BackupError(
      "ROWS_DIFFER",
      `${claims.object.key}:\n${differing
        .slice(0, 10)
        .map((line) => `  ${line}`)
        .join("\n")}`,
    );
  return {
    level: "decode",
    at: new Date(clock.now()).toISOString(),
    tables: Object.keys(claims.rows).length,
    rows: totalRows(rows),
    duration: secondsSince(began, clock),
  };
}

function rowsIn(claims: Claims, verifying: Verifying): Promise<Record<string, number>> {
  const counter = new RowCounter();
  const count = async (output: Readable) => {
    for await (const piece of output) counter.add(piece as Buffer);
  };
  return withDump(claims, verifying, async (dump, giveUp) => {
    if (claims.format === "plain") {
      await count(dump);
      if (!counter.sawEnd) throw new BackupError("CORRUPT", `${claims.object.key} ends before the dump does.`);
    } else {
      const restore = start([verifying.programs.path("pg_restore"), "--file=-"], {
        env: { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" },
        otherwise: "CORRUPT",
        signal: verifying.signal,
      });
      await feedProgram(dump, restore, { read: count, giveUp });
    }
    return counter.rows;
  });
}
