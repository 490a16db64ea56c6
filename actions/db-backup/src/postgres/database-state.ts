// What belongs to a database and is in no dump of it: owner, settings, privileges, comment, how it sorts text. pg_dump
// writes it with --create alone, and then for the name of the source.
import { wordsOf } from "../errors.ts";
import type { Session } from "./connection.ts";
import { readLocale, type DatabaseLocale } from "./locale.ts";
import { readCreators, type Creator } from "./public-schema.ts";
import { readNamedRoles, readRoles, type NamedRoles, type ServerRoles } from "./roles.ts";
import { parseSetting } from "./settings.ts";

export interface DatabaseProperties {
  locale: DatabaseLocale;
  owner: string;
  comment: string | null;
  /** -1: no limit. */
  connectionLimit: number;
  isTemplate: boolean;
  tablespace: string;
  /** `ALTER DATABASE … SET`, and with a role `ALTER ROLE … IN DATABASE … SET`. */
  settings: Setting[];
  /** What roles may do with the database, PostgreSQL's defaults included. */
  privileges: Privilege[];
  labels: { provider: string; label: string }[];
}

export interface Setting {
  /** null: of every role. */
  role: string | null;
  /** "search_path" */
  name: string;
  /** As PostgreSQL stores it: "\"$user\", public". */
  value: string;
}

export interface Privilege {
  /** null: PUBLIC. */
  grantee: string | null;
  grantor: string;
  /** "CONNECT", "CREATE" or "TEMPORARY" */
  privilege: string;
  grantable: boolean;
}

/** Of the source, for the manifest. */
export interface DatabaseState extends DatabaseProperties {
  /** Roles that the dump names, which a target needs before it. */
  namedRoles: NamedRoles;
  /** Owners of objects in the schema public. */
  creators: Creator[];
  /** Roles of the server, for a new one. */
  roles: ServerRoles;
  /** In an encrypted backup: the settings that may be secrets, encrypted (storage/sealed-settings.ts). */
  sealed?: string;
}

/**
 * Reads the state of the session's database within its transaction. Without it a backup still has every row: what cannot
 * be read is reported, and the transaction goes on.
 */
export async function readDatabaseState(
  session: Session,
  warn: (text: string) => void,
): Promise<DatabaseState | undefined> {
  const { query } = session;
  await query("SAVEPOINT database_state");
  try {
    const [current] = await query<{ name: string }>("SELECT pg_catalog.current_database() AS name");
    const properties = current && (await readProperties(session, current.name));
    if (properties === undefined) return undefined;
    const namedRoles = await readNamedRoles(session);
    const creators = await readCreators(session, namedRoles.owners);
    const needed = [properties.owner, ...Object.values(namedRoles).flat()];
    await query("SAVEPOINT roles");
    // The server does not know the encoding of a name: one of another database may be no text in this one.
    const roles = await readRoles(session, needed).catch(async (error: unknown) => {
      await query("ROLLBACK TO SAVEPOINT roles");
      warn(`Of the server's roles, only those that this database names are in this backup: ${wordsOf(error)}`);
      return readRoles(session, needed, { others: false });
    });
    await query("RELEASE SAVEPOINT database_state");
    return { ...properties, namedRoles, creators, roles };
  } catch (error) {
    await query("ROLLBACK TO SAVEPOINT database_state");
    warn(`Owner, settings and privileges of the database are not in this backup: ${wordsOf(error)}`);
    return undefined;
  }
}

/** @returns undefined if there is no such database. */
export async function readProperties(session: Session, database: string): Promise<DatabaseProperties | undefined> {
  const { query } = session;
  const locale = await readLocale(session, database);
  const [row] = await query<Omit<DatabaseProperties, "locale" | "settings" | "privileges" | "labels">>(
    `SELECT pg_catalog.pg_get_userbyid(d.datdba) AS owner, t.spcname AS tablespace,
        pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
        d.datconnlimit AS "connectionLimit", d.datistemplate AS "isTemplate"
      FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
      WHERE d.datname = $1`,
    [database],
  );
  if (locale === undefined || row === undefined) return undefined;
  return {
    locale,
    ...row,
    settings: await readSettings(session, database),
    privileges: await query<Privilege>(privilegesQuery, [database]),
    labels: await query<{ provider: string; label: string }>(
      `SELECT l.provider, l.label FROM pg_catalog.pg_shseclabel l
         JOIN pg_catalog.pg_database d ON d.oid = l.objoid
        WHERE l.classoid = 'pg_catalog.pg_database'::regclass AND d.datname = $1 ORDER BY 1`,
      [database],
    ),
  };
}

/** No list at all (datacl is NULL) means the defaults: documentation of PostgreSQL, "Privileges". */
const privilegesQuery = `SELECT g.rolname AS grantee, pg_catalog.pg_get_userbyid(a.grantor) AS grantor,
    a.privilege_type AS privilege, a.is_grantable AS grantable
  FROM pg_catalog.pg_database d
  CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
  LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
  WHERE d.datname = $1 AND (a.grantee = 0 OR g.oid IS NOT NULL) ORDER BY 1 NULLS FIRST, 2, 3`;

async function readSettings({ query }: Session, database: string): Promise<Setting[]> {
  const rows = await query<{ role: string | null; settings: string[] }>(
    `SELECT r.rolname AS role, s.setconfig AS settings FROM pg_catalog.pg_db_role_setting s
       JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
       LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
      WHERE d.datname = $1 ORDER BY 1 NULLS FIRST`,
    [database],
  );
  return rows.flatMap(({ role, settings }) => settings.map((setting) => ({ role, ...parseSetting(setting) })));
}
