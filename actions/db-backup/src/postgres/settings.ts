// Settings of databases and roles, from the form in which the catalog stores them to that of a statement.
import pg from "pg";

/** "work_mem=64MB", as pg_db_role_setting and pg_roles have it. */
export function parseSetting(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * Parameters whose value is a list of names. SET takes them one by one: one string would be a single name with commas
 * in it (documentation of PostgreSQL, "SET" and the description of each parameter). All other lists, such as DateStyle,
 * are one string. Extensions cannot define parameters of this kind.
 */
const nameLists = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

export const isNameList = (name: string): boolean => nameLists.has(name.toLowerCase());

/** `"$user", public, "a ""b"` → $user, public, a "b. */
export const parseNameList = (value: string): string[] =>
  [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, bare = ""]) => quoted?.replaceAll('""', '"') ?? bare,
  );

/** `"search_path" TO '$user', 'public'`, for after SET. */
export function assignment({ name, value }: { name: string; value: string }): string {
  const names = isNameList(name) ? parseNameList(value) : [value];
  // An empty list is written as a single empty name, which PostgreSQL treats alike.
  const values = names.length === 0 ? [""] : names;
  return `${pg.escapeIdentifier(name)} TO ${values.map((one) => literal(one)).join(", ")}`;
}

/** Of an application or an extension: "app.jwt_secret". It may be a secret. */
export const isCustom = ({ name }: { name: string }): boolean => name.includes(".");

/** Independent of standard_conforming_strings, which a database may have turned off. */
export const literal = (text: string): string => pg.escapeLiteral(text).trimStart();

/** Equal for values that mean the same. */
export const comparableValue = (name: string, value: string): string =>
  isNameList(name) ? JSON.stringify(parseNameList(value).filter((one) => one !== "")) : value;
