// By what a role may write in a database, as statements that take it away and that give it back.
import type { Session } from "./connection.ts";

export interface WritePrivilege {
  revoke: string;
  grant: string;
  /** The role that has granted it, if not the object's owner: PostgreSQL lets only that one take it away. */
  grantor: string | null;
}

/**
 * Privileges of the role itself and, on tables, of everybody (PUBLIC): on tables, their columns, sequences, large
 * objects, schemas and the database, and those that tables of the future would get. What an owner may do by default is
 * written out (acldefault). Temporary tables are no data of the database.
 *
 * $1: name of the role. Documentation of PostgreSQL, "Privileges", table 5.2, and "GRANT".
 */
const directPrivileges = `WITH subject AS (SELECT oid, quote_ident(rolname) AS name FROM pg_catalog.pg_roles WHERE rolname = $1::text),
  relation AS (
    SELECT c.oid, c.relkind, c.relowner, c.relacl,
      CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || format('%I.%I', n.nspname, c.relname) AS object
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'),
  found AS (
    SELECT 1 AS place, object, quote_ident(a.attname) AS columns, relowner AS owner, acl.*
      FROM relation JOIN pg_catalog.pg_attribute a ON a.attrelid = relation.oid AND a.attacl IS NOT NULL,
        aclexplode(a.attacl) acl
      WHERE acl.privilege_type IN ('INSERT', 'UPDATE')
    UNION ALL
    SELECT 2, object, NULL, relowner, acl.*
      FROM relation, aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) acl
      WHERE acl.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') OR relkind = 'S' AND acl.privilege_type = 'USAGE'
    UNION ALL
    SELECT 3, 'LARGE OBJECT ' || l.oid, NULL, l.lomowner, acl.*
      FROM pg_catalog.pg_largeobject_metadata l, aclexplode(coalesce(l.lomacl, acldefault('L', l.lomowner))) acl
      WHERE acl.privilege_type = 'UPDATE'
    UNION ALL
    SELECT 4, 'SCHEMA ' || quote_ident(n.nspname), NULL, n.nspowner, acl.*
      FROM pg_catalog.pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) acl
      WHERE acl.privilege_type = 'CREATE' AND acl.grantee <> 0 AND n.nspname !~ '^pg_'
    UNION ALL
    SELECT 5, 'DATABASE ' || quote_ident(d.datname), NULL, d.datdba, acl.*
      FROM pg_catalog.pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
      WHERE d.datname = current_database() AND acl.privilege_type = 'CREATE' AND acl.grantee <> 0)
  SELECT format('REVOKE %s ON %s FROM %s', privilege, object, grantee) AS revoke,
    format('GRANT %s ON %s TO %s%s', privilege, object, grantee, CASE WHEN grantable THEN ' WITH GRANT OPTION' END) AS grant,
    grantor
  FROM (
    SELECT place, object, privilege_type || coalesce(' (' || columns || ')', '') AS privilege,
      CASE found.grantee WHEN 0 THEN 'PUBLIC' ELSE subject.name END AS grantee, is_grantable AS grantable,
      CASE WHEN found.grantor <> owner THEN quote_ident(pg_get_userbyid(found.grantor)) END AS grantor
    FROM found, subject WHERE found.grantee = subject.oid OR found.grantee = 0) named
  ORDER BY place, object, privilege, grantee`;

/** What tables and sequences of the future would give it. */
const defaultPrivileges = `SELECT format('%s REVOKE %s ON %s FROM %s', prefix, privilege_type, kind, name) AS revoke,
    format('%s GRANT %s ON %s TO %s%s', prefix, privilege_type, kind, name, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
      AS grant,
    NULL AS grantor
  FROM (
    SELECT 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || quote_ident(pg_get_userbyid(d.defaclrole))
        || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') AS prefix,
      CASE d.defaclobjtype WHEN 'S' THEN 'SEQUENCES' ELSE 'TABLES' END AS kind,
      quote_ident($1::text) AS name, acl.privilege_type, acl.is_grantable
    FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) acl
    WHERE d.defaclobjtype IN ('r', 'S') AND acl.grantee = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1::text)
      AND acl.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'USAGE')) found
  ORDER BY 1`;

/** Roles that it is a member of and that can write: what it can read by them goes with them. */
const memberships = (
  hasOptions: boolean,
): string => `SELECT format('REVOKE %I FROM %I', parent.rolname, $1::text) AS revoke,
    format('GRANT %I TO %I%s', parent.rolname, $1::text, ${
      hasOptions
        ? `format(' WITH ADMIN %s, INHERIT %s, SET %s', m.admin_option::text, m.inherit_option::text, m.set_option::text)`
        : `CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' END`
    }) AS grant,
    ${hasOptions ? "quote_ident(pg_get_userbyid(m.grantor))" : "NULL"} AS grantor
  FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles parent ON parent.oid = m.roleid
  WHERE m.member = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1::text)
    AND (EXISTS (SELECT FROM pg_catalog.pg_roles w WHERE w.rolname = 'pg_write_all_data' AND pg_has_role(parent.oid, w.oid, 'MEMBER'))
      OR EXISTS (SELECT FROM ${tables} WHERE ${canWrite("parent.oid", "c.oid")}))
  ORDER BY 1`;

const tables = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    AND c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

const canWrite = (role: string, table: string): string =>
  `(has_table_privilege(${role}, ${table}, 'INSERT, UPDATE, DELETE, TRUNCATE')
     OR has_any_column_privilege(${role}, ${table}, 'INSERT, UPDATE'))`;

/** Everything of its own and of everybody first: what is left then comes by memberships. */
export const readDirectPrivileges = async ({ query }: Session, role: string): Promise<WritePrivilege[]> => [
  ...(await query<WritePrivilege>(directPrivileges, [role])),
  ...(await query<WritePrivilege>(defaultPrivileges, [role])),
];

export async function readMemberships({ query }: Session, role: string): Promise<WritePrivilege[]> {
  // Options of a membership are new in version 16.
  const [version] = await query<{ hasOptions: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 160000 AS "hasOptions"`,
  );
  return query<WritePrivilege>(memberships(version?.hasOptions ?? false), [role]);
}

/** Tables in which the role may still write. */
export async function writableTables({ query }: Session, role: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM ${tables} WHERE ${canWrite("$1::name", "c.oid")} ORDER BY 1`,
    [role],
  );
  return rows.map(({ name }) => name);
}
