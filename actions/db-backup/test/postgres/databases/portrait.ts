// What a database is, as others see it: the dump of stock pg_dump, a digest of the rows of each table, and what the
// catalogs of the server say of the database itself. Nothing of db-backup takes part.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pg from "pg";
import type { Server } from "../server.ts";

const execute = promisify(execFile);

export type Portrait = Map<string, string>;

export async function portrait(server: Server, database: string): Promise<Portrait> {
  return new Map([
    ["dump", await stockDump(server, database)],
    ...(await digests(server, database)),
    ["database", JSON.stringify(await databaseState(server, database))],
  ]);
}

/** @returns a line for each difference, of the dump at most 30 lines. */
export function differences(source: Portrait, restored: Portrait): string[] {
  return [...new Set([...source.keys(), ...restored.keys()])].flatMap((key) => {
    const [before, after] = [source.get(key), restored.get(key)];
    if (before === after) return [];
    return key === "dump" && before !== undefined && after !== undefined
      ? differentLines(before, after)
      : [`${key}: ${before ?? "nothing"} → ${after ?? "nothing"}`];
  });
}

function differentLines(before: string, after: string): string[] {
  const [lines, others] = [before.split("\n"), after.split("\n")];
  const [known, found] = [new Set(lines), new Set(others)];
  const changed = [
    ...lines.filter((line) => !found.has(line)).map((line) => `- ${line}`),
    ...others.filter((line) => !known.has(line)).map((line) => `+ ${line}`),
  ];
  if (changed.length > 0) return changed.slice(0, 30);
  const at = lines.findIndex((line, index) => line !== others[index]);
  return [
    `the dump has other lines from line ${at} on: ${lines.slice(at, at + 9).join("\n")}`,
    ...others.slice(at, at + 9),
  ];
}

/** Everything, with --create: then owner, settings and privileges of the database are in it. A character is a byte. */
async function stockDump(server: Server, database: string): Promise<string> {
  const { programs, connection } = server;
  // A client_encoding that the database sets may lack characters of the data.
  const [{ encoding }] = await server.sql(database, "SELECT getdatabaseencoding() AS encoding");
  const escaped = database.replaceAll(/[\\']/g, (character) => `\\${character}`);
  const command = ["--create", `--encoding=${encoding}`, "--dbname", `dbname='${escaped}'`];
  const { stdout } = await execute(programs.path("pg_dump"), command, {
    env: { PATH: process.env["PATH"], PGHOST: connection.host, PGUSER: "postgres", LC_ALL: "C" },
    encoding: "latin1",
    maxBuffer: 2 ** 30,
  });
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  return (
    stdout
      // Newer minor versions write \restrict with a random key; \connect depends on the name.
      .replaceAll(/^\\(restrict|unrestrict|connect|encoding) .*\n/gm, "")
      .replaceAll(bytes(pg.escapeIdentifier(database)), "{database}")
      .replaceAll(bytes(database), "{database}")
      // The order of privileges on a database has no meaning.
      .replaceAll(/(^(GRANT|REVOKE) .* ON DATABASE .*\n)+/gm, (lines) => lines.split("\n").toSorted().join("\n"))
  );
}

const tablesQuery = `SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' ORDER BY 1`;

async function digests(server: Server, database: string): Promise<[string, string][]> {
  const client = new pg.Client({ host: server.connection.host, database, user: "postgres" });
  await client.connect();
  try {
    // A setting of the database would otherwise be part of the text of the rows.
    await client.query("SET datestyle = ISO; SET timezone = UTC; SET statement_timeout = 0");
    const { rows: tables } = await client.query<{ name: string }>(tablesQuery);
    const digests: [string, string][] = [];
    for (let at = 0; at < tables.length; at += 200)
      digests.push(...(await digestsOf(client, tables.slice(at, at + 200))));
    return digests;
  } finally {
    await client.end();
  }
}

/** Together; a table that no query can read is compared by the dump alone. */
async function digestsOf(client: pg.Client, tables: { name: string }[]): Promise<[string, string][]> {
  const each = tables.map(
    ({ name }) =>
      `SELECT ${pg.escapeLiteral(`rows of ${name}`)}, count(*) || ' rows ' ||
         coalesce(md5(string_agg(row, ' ' ORDER BY row COLLATE "C")), '')
       FROM (SELECT md5(t::text) AS row FROM ONLY ${name} t) rows`,
  );
  try {
    return (await client.query<[string, string]>({ text: each.join(" UNION ALL "), rowMode: "array" })).rows;
  } catch {
    if (tables.length === 1) return tables.map(({ name }) => [`rows of ${name}`, "no query can read them"]);
    const digests: [string, string][] = [];
    for (const table of tables) digests.push(...(await digestsOf(client, [table])));
    return digests;
  }
}

/** All columns of pg_database that do not count its age or its number. */
const stateQuery = `SELECT
    to_jsonb(d) - '{oid,datname,datdba,datacl,dattablespace,datfrozenxid,datminmxid,datcollversion}'::text[] AS columns,
    pg_get_userbyid(d.datdba) AS owner, (SELECT spcname FROM pg_tablespace WHERE oid = d.dattablespace) AS tablespace,
    shobj_description(d.oid, 'pg_database') AS comment,
    ARRAY(SELECT concat_ws(' ', grantee::regrole, grantor::regrole, privilege_type, is_grantable)
            FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) ORDER BY 1) AS privileges,
    ARRAY(SELECT concat_ws(' ', CASE WHEN setrole <> 0 THEN setrole::regrole END, setting)
            FROM pg_db_role_setting, unnest(setconfig) AS setting WHERE setdatabase = d.oid ORDER BY 1) AS settings
  FROM pg_database d WHERE datname = `;

async function databaseState(server: Server, database: string): Promise<unknown> {
  return (await server.sql("postgres", stateQuery + pg.escapeLiteral(database)))[0];
}
