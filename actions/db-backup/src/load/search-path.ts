// pg_dump writes names with their schemas and empties search_path first. Functions that name something without its schema
// then fail: behind an index, a generated column, a check or a materialized view. They work with the path of the source.
import type { DatabaseState } from "../postgres/database-state.ts";

/** PostgreSQL's default. */
const defaultPath = '"$user", public';

/**
 * The values of search_path with which the source is used, that of the database first. Without the state of the database
 * (older backups) it is PostgreSQL's default.
 */
export function searchPathsOf(state: DatabaseState | undefined): string[] {
  const isPath = ({ name }: { name: string }) => name === "search_path";
  const ofDatabase = state?.settings.filter((setting) => isPath(setting) && setting.role === null) ?? [];
  const ofRoles = [
    ...(state?.settings.filter((setting) => isPath(setting) && setting.role !== null) ?? []),
    ...(state?.roles.roles.flatMap(({ settings }) => settings.filter(isPath)) ?? []),
  ];
  const values = [...ofDatabase.map(({ value }) => value), defaultPath, ...ofRoles.map(({ value }) => value)];
  return [...new Set(values)].filter((value) => value !== "" && value !== '""');
}

const statement = "SELECT pg_catalog.set_config('search_path', '', false);";
/** As long, because an archive has the length before each text. */
const replacement = Buffer.from("RESET search_path;".padEnd(statement.length));

/** The dump with its first statement that empties search_path replaced: the session's own path is kept. */
export async function* keepingSearchPath(dump: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isReplaced = false;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of dump) {
    if (isReplaced) {
      yield chunk;
      continue;
    }
    const bytes = Buffer.concat([rest, chunk]);
    const at = bytes.indexOf(statement);
    if (at >= 0) {
      isReplaced = true;
      rest = Buffer.alloc(0);
      yield Buffer.concat([bytes.subarray(0, at), replacement, bytes.subarray(at + statement.length)]);
    } else {
      // The statement may begin at the end of this chunk.
      const length = Math.max(0, bytes.length - statement.length);
      rest = Buffer.from(bytes.subarray(length));
      yield bytes.subarray(0, length);
    }
  }
  if (rest.length > 0) yield rest;
}

/** PGOPTIONS separates its arguments by spaces; a backslash escapes one (documentation of libpq, "options"). */
export const searchPathOption = (path: string): string => `-c search_path=${path.replaceAll(/[\s\\]/g, "\\$&")}`;

/** The path for a function of its own: `ALTER FUNCTION … SET search_path = public, pg_temp`. */
export function pathForFunctions(path: string): string {
  const schemas = path.split(",").map((schema) => schema.trim());
  return [
    ...schemas.filter((schema) => schema !== '"$user"' && schema !== "$user" && schema !== "pg_temp"),
    "pg_temp",
  ].join(", ");
}
