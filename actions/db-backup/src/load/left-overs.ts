// Objects that pg_restore does not restore, in words, each with what cures it.
import { connect, type Connection } from "../postgres/connection.ts";
import type { DatabaseState } from "../postgres/database-state.ts";
import type { RestoreProof } from "../storage/manifest.ts";
import { findCure } from "./cures.ts";
import type { Failure } from "./failures.ts";
import { searchPathsOf } from "./search-path.ts";

type Objects = RestoreProof["objects"];

/** A manifest is for people, too. */
const mostObjects = 100;
/** Characters of an error. */
const longestError = 300;

/** @param connection to the restored database, in which their cures are looked up. */
export async function leftOversOf(
  failures: readonly Failure[],
  connection: Connection,
  state: DatabaseState | undefined,
): Promise<Objects> {
  if (failures.length === 0) return [];
  const [searchPath = "public"] = searchPathsOf(state);
  const byEntry = new Map(failures.map((failure) => [failure.entry, failure]));
  // Names without a search_path have their schema.
  const session = await connect(connection, { failure: "RESTORE_FAILED" });
  try {
    await session.query("SELECT pg_catalog.set_config('search_path', '', false)");
    const objects: Objects = [];
    for (const failure of [...byEntry.values()].slice(0, mostObjects)) {
      const cure = await findCure(session, failure, searchPath).catch(() => undefined);
      const error = failure.message.slice(0, longestError);
      objects.push({ name: failure.description, error, ...(cure === undefined ? {} : { cure }) });
    }
    return objects;
  } finally {
    await session.end();
  }
}

/** A sentence, and below it each object. */
export function describeObjects(failures: readonly Failure[], objects: Objects): string {
  const count = new Set(failures.map(({ entry }) => entry)).size;
  const heading = `${count} ${count === 1 ? "entry" : "entries"} of the backup cannot be restored.`;
  return [heading, ...objectLines(objects)].join("\n");
}

/** Each cure once, below the objects that it is for. */
export function objectLines(objects: Objects): string[] {
  const byCure = Map.groupBy(objects, ({ cure }) => cure);
  return [...byCure].flatMap(([cure, cured]) => [
    ...cured.map(({ name, error }) => `  ${name}: ${error}`),
    ...(cure === undefined ? [] : [`    In the source, before the next backup: ${cure}`]),
  ]);
}
