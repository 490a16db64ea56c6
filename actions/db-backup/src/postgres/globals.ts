// globals.sql, the output of `pg_dumpall --globals-only`: roles and tablespaces of the source's server.
import { chown, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { Log } from "../../../shared/src/report.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import { connect, type Connection } from "./connection.ts";

export interface Globals {
  /** `CREATE ROLE …;`, `ALTER ROLE … WITH …;` and `GRANT … TO …;`, in their order. */
  roles: string[];
  /** Names, not quoted. */
  tablespaces: string[];
}

const name = String.raw`(?:"(?:[^"]|"")+"|[^\s"]+)`;
/** On one line, unless a name has line breaks. */
const roleStatement = new RegExp(
  String.raw`^(?:CREATE ROLE|ALTER ROLE ${name} WITH|GRANT) (?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^;"'\n])*;$`,
  "gm",
);

export function parseGlobals(text: string): Globals {
  const lines = text.split("\n");
  const tablespaces = lines.flatMap((line) => {
    const name = /^CREATE TABLESPACE ("(?:[^"]|"")+"|\S+) OWNER .*;$/.exec(line)?.[1];
    return name === undefined ? [] : [name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name];
  });
  return {
    roles: text.match(roleStatement) ?? [],
    tablespaces,
  };
}

/**
 * Makes roles and tablespaces on an ephemeral instance, so that the dump restores there with its owners, privileges and
 * tablespaces. What fails is logged: whether the dump needs it, the restore shows.
 *
 * @param connection as a superuser, to an instance that has its socket in a folder of its own.
 */
export async function createGlobals({ roles, tablespaces }: Globals, connection: Connection, log: Log): Promise<void> {
  const session = await connect(connection, { failure: "RESTORE_FAILED" });
  const attempt = async (statement: string) =>
    session.query(statement).catch((error: unknown) => log(`globals.sql: ${messageOf(error).split("\n")[0]}`));
  try {
    // The role of this connection exists already, and must stay a superuser.
    const isOwn = (statement: string) =>
      statement.split(/[ ;]/)[2] === connection.user && !statement.startsWith("GRANT");
    for (const role of roles)
      // The grantor may have its right from a superuser whom this server does not have.
      if (!isOwn(role)) await attempt(role.replace(/ GRANTED BY ("(?:[^"]|"")+"|[^\s"]+);$/, ";"));
    for (const [index, name] of tablespaces.entries()) {
      const folder = await makeFolder(connection.host, `tablespace-${index}`);
      await attempt(`CREATE TABLESPACE ${pg.escapeIdentifier(name)} LOCATION ${pg.escapeLiteral(folder)}`);
    }
  } finally {
    await session.end();
  }
}

/** A folder that belongs to whom its parent belongs to: the user of the server. */
async function makeFolder(parent: string, name: string): Promise<string> {
  const { uid, gid } = await stat(parent);
  const folder = join(parent, name);
  await mkdir(folder);
  if (process.getuid?.() !== uid) await chown(folder, uid, gid);
  return folder;
}

/** The tablespaces of the source that a server lacks. */
export async function missingTablespaces({ tablespaces }: Globals, connection: Connection): Promise<string[]> {
  if (tablespaces.length === 0) return [];
  const session = await connect(connection, { failure: "RESTORE_FAILED" });
  try {
    const rows = await session.query<{ name: string }>("SELECT spcname AS name FROM pg_catalog.pg_tablespace");
    return tablespaces.filter((name) => !rows.some((row) => row.name === name));
  } finally {
    await session.end();
  }
}
