// The roles that a dump needs: which ones it names, which of them a target lacks, and the statements that create them.
import pg from "pg";
import type { Session } from "./connection.ts";
import { bootstrapOwned } from "./bootstrap-role.ts";
import { literal, parseSetting } from "./settings.ts";

/** Names of the roles that the statements of a dump contain. */
export interface NamedRoles {
  /** Owners of objects, and of default privileges: who restores them needs to be a member. */
  owners: string[];
  /** Of GRANT and REVOKE. */
  grantees: string[];
  /** Of row-level security policies and user mappings, which are restored without owners and privileges too. */
  policies: string[];
}

export interface ServerRole {
  name: string;
  /** As CREATE ROLE has them: "LOGIN", "NOINHERIT", "CREATEDB", "CREATEROLE", "CONNECTION LIMIT 5". */
  attributes: string[];
  /** Those that only a superuser may give: "SUPERUSER", "REPLICATION", "BYPASSRLS". RDS gives none of them. */
  reserved: string[];
  /** Time zone included: "2027-01-01 00:00:00+00". */
  validUntil: string | null;
  settings: { name: string; value: string }[];
  comment: string | null;
}

export interface Membership {
  role: string;
  member: string;
  /** "ADMIN OPTION"; since PostgreSQL 16 also "INHERIT FALSE" and "SET FALSE". */
  options: string[];
}

export interface ServerRoles {
  roles: ServerRole[];
  memberships: Membership[];
}

/**
 * pg_shdepend has who owns objects of the database, who has privileges on them, and whom policies name (documentation
 * of PostgreSQL, "pg_shdepend"). What belongs to an extension comes back with CREATE EXTENSION.
 */
const namedRolesQuery = `WITH named AS (
    SELECT s.refobjid AS role, CASE
        WHEN s.deptype = 'r' OR s.classid = 'pg_catalog.pg_user_mapping'::regclass THEN 'policies'
        WHEN s.deptype = 'o' THEN 'owners' ELSE 'grantees' END AS kind
      FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database b ON b.oid = s.dbid
      WHERE b.datname = pg_catalog.current_database() AND s.refclassid = 'pg_catalog.pg_authid'::regclass
        AND s.deptype IN ('o', 'a', 'r') AND s.classid <> 'pg_catalog.pg_extension'::regclass
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
          WHERE e.classid = s.classid AND e.objid = s.objid AND e.deptype IN ('e', 'i'))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE s.classid = 'pg_catalog.pg_class'::regclass AND c.oid = s.objid AND n.nspname ~ '^pg_')
    ${bootstrapOwned})
  SELECT DISTINCT n.kind, r.rolname::text AS name FROM named n JOIN pg_catalog.pg_roles r ON r.oid = n.role ORDER BY 1, 2`;

export async function readNamedRoles({ query }: Session): Promise<NamedRoles> {
  const rows = await query<{ kind: keyof NamedRoles; name: string }>(namedRolesQuery);
  const namesOf = (kind: keyof NamedRoles) => rows.filter((row) => row.kind === kind).map(({ name }) => name);
  return { owners: namesOf("owners"), grantees: namesOf("grantees"), policies: namesOf("policies") };
}

/** Roles that every server of its kind has: those of PostgreSQL itself, and those of RDS. */
const builtIn = String.raw`^(pg_|rds_|(rdsadmin|rdsrepladmin|rdstopmgr|rdsproxyadmin|rdswriteforwarduser)$)`;

interface RoleRow extends Record<string, unknown> {
  name: string;
  settings: string[] | null;
  limit: number;
  validUntil: string | null;
  comment: string | null;
}

/**
 * Without passwords, which no role but a superuser can read.
 *
 * @param needed names of roles that are read even if every server has them.
 * @param options.others whether all others of the server are read as well.
 */
export async function readRoles({ query }: Session, needed: string[], { others = true } = {}): Promise<ServerRoles> {
  const rows = await query<RoleRow>(
    `SELECT r.rolname::text AS name, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
        r.rolreplication, r.rolbypassrls, r.rolconnlimit AS limit, r.rolvaliduntil::text AS "validUntil",
        r.rolconfig AS settings, pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
      FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1) OR ($2 AND r.oid >= 16384 AND r.rolname !~ '${builtIn}') ORDER BY 1`,
    [needed, others],
  );
  const memberships = await query<{ role: string; member: string; row: Record<string, unknown> }>(
    `SELECT r.rolname::text AS role, m.rolname::text AS member, pg_catalog.to_jsonb(a) AS row
       FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
       JOIN pg_catalog.pg_roles m ON m.oid = a.member
      WHERE m.oid >= 16384 AND m.rolname !~ '${builtIn}' AND ($2 OR ARRAY[r.rolname, m.rolname]::text[] <@ $1::text[])
      ORDER BY 1, 2`,
    [needed, others],
  );
  return { roles: rows.map(toRole), memberships: mergeMemberships(memberships) };
}

const toRole = ({ name, settings, limit, validUntil, comment, ...row }: RoleRow): ServerRole => ({
  name,
  attributes: [
    row["rolcanlogin"] === true ? "LOGIN" : "NOLOGIN",
    row["rolinherit"] === true ? "INHERIT" : "NOINHERIT",
    ...(row["rolcreatedb"] === true ? ["CREATEDB"] : []),
    ...(row["rolcreaterole"] === true ? ["CREATEROLE"] : []),
    ...(limit === -1 ? [] : [`CONNECTION LIMIT ${limit}`]),
  ],
  reserved: [
    ...(row["rolsuper"] === true ? ["SUPERUSER"] : []),
    ...(row["rolreplication"] === true ? ["REPLICATION"] : []),
    ...(row["rolbypassrls"] === true ? ["BYPASSRLS"] : []),
  ],
  validUntil,
  settings: (settings ?? []).map(parseSetting),
  comment,
});

/** Since version 16 one membership may have several rows, one of each grantor; a new server gets all they allow. */
function mergeMemberships(rows: { role: string; member: string; row: Record<string, unknown> }[]): Membership[] {
  const merged = new Map<string, { role: string; member: string; rows: Record<string, unknown>[] }>();
  for (const { role, member, row } of rows) {
    const key = JSON.stringify([role, member]);
    const found = merged.get(key) ?? { role, member, rows: [] };
    found.rows.push(row);
    merged.set(key, found);
  }
  return [...merged.values()].map(({ role, member, rows: grants }) => ({
    role,
    member,
    options: [
      ...(grants.some((row) => row["admin_option"] === true) ? ["ADMIN OPTION"] : []),
      ...(grants.every((row) => row["inherit_option"] === false) ? ["INHERIT FALSE"] : []),
      ...(grants.every((row) => row["set_option"] === false) ? ["SET FALSE"] : []),
    ],
  }));
}

/** Without its password: `CREATE ROLE "app" LOGIN INHERIT`. */
export function createRoleStatement(name: string, roles: ServerRoles): string {
  const { attributes, validUntil } = roles.roles.find((one) => one.name === name) ?? {
    attributes: [],
    validUntil: null,
  };
  return [
    `CREATE ROLE ${pg.escapeIdentifier(name)}`,
    ...attributes,
    ...(validUntil === null ? [] : [`VALID UNTIL ${literal(validUntil)}`]),
  ].join(" ");
}

/** `GRANT "readers" TO "web" WITH ADMIN OPTION` */
export function membershipStatement({ role, member, options }: Membership): string {
  const granted = `GRANT ${pg.escapeIdentifier(role)} TO ${pg.escapeIdentifier(member)}`;
  return options.length === 0 ? granted : `${granted} WITH ${options.join(", ")}`;
}

/**
 * The statements that a target needs before a dump can be restored into it, by a role that may create roles: missing
 * roles, and memberships without which the role of the session can make no other the owner of an object.
 *
 * @param owners whether owners and privileges are restored.
 */
export async function missingRoles(
  { query }: Session,
  { namedRoles, roles }: { namedRoles: NamedRoles; roles: ServerRoles },
  { owners, major }: { owners: boolean; major: number },
): Promise<{ names: string[]; statements: string[] }> {
  const needed = owners ? [...namedRoles.owners, ...namedRoles.grantees, ...namedRoles.policies] : namedRoles.policies;
  const membersOf = owners ? namedRoles.owners : [];
  // Since 16 a member may lack the right to act as the role (documentation of PostgreSQL, "GRANT on Roles").
  const rows = await query<{ name: string; exists: boolean; member: boolean; user: string }>(
    `SELECT n.name, r.oid IS NOT NULL AS exists, current_user::text AS user,
        coalesce(pg_catalog.pg_has_role(r.oid, '${major >= 16 ? "SET" : "MEMBER"}'), u.rolsuper) AS member
      FROM unnest($1::text[]) n(name) LEFT JOIN pg_catalog.pg_roles r ON r.rolname = n.name
      JOIN pg_catalog.pg_roles u ON u.rolname = current_user ORDER BY 1`,
    [[...new Set(needed)]],
  );
  const missing = rows.filter(({ exists }) => !exists);
  const outside = rows.filter(({ name, member }) => !member && membersOf.includes(name));
  return {
    names: [...new Set([...missing, ...outside].map(({ name }) => name))],
    statements: [
      ...missing.map(({ name }) =>
        // PostgreSQL keeps these names for itself.
        name.startsWith("pg_")
          ? `-- ${name} exists in the PostgreSQL of the backup, and not in this one.`
          : `${createRoleStatement(name, roles)};`,
      ),
      ...outside.map(({ name, user }) => `GRANT ${pg.escapeIdentifier(name)} TO ${pg.escapeIdentifier(user)};`),
    ],
  };
}
