// The right to create objects in the schema public. From PostgreSQL 15 on only the owner of the database has it, and who
// is no superuser cannot make a role without it the owner of a table there (documentation, "ALTER TABLE"). A dump has
// the privileges of schemas at its end, after the owners: so the owners get the right before, for the time of the load.
import pg from "pg";
import { connect, type Connection, type Session } from "./connection.ts";

/** A role that owns an object in the schema public. */
export interface Creator {
  role: string;
  /** Whether it has been granted CREATE by its name: then the dump grants it too. */
  isGranted: boolean;
}

/** @param owners the roles that the dump names as owners. */
export const readCreators = ({ query }: Session, owners: string[]): Promise<Creator[]> =>
  query<Creator>(
    `WITH public AS (SELECT oid, nspacl FROM pg_catalog.pg_namespace WHERE nspname = 'public'),
      owners AS (
        SELECT relowner AS role FROM pg_catalog.pg_class JOIN public p ON relnamespace = p.oid
          WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
        UNION SELECT proowner FROM pg_catalog.pg_proc JOIN public p ON pronamespace = p.oid
        UNION SELECT typowner FROM pg_catalog.pg_type JOIN public p ON typnamespace = p.oid)
      SELECT r.rolname::text AS role, EXISTS (
          SELECT FROM public p CROSS JOIN LATERAL pg_catalog.aclexplode(p.nspacl) a
            WHERE a.grantee = r.oid AND a.privilege_type = 'CREATE') AS "isGranted"
        FROM owners o JOIN pg_catalog.pg_roles r ON r.oid = o.role WHERE r.rolname = ANY ($1) ORDER BY 1`,
    [owners],
  );

const statement = (verb: "GRANT" | "REVOKE", roles: string[]): string =>
  `${verb} CREATE ON SCHEMA public ${verb === "GRANT" ? "TO" : "FROM"} ${roles.map((role) => pg.escapeIdentifier(role)).join(", ")}`;

/** For before the dump; undefined if no role needs it. */
export function grantForLoad(creators: Creator[], databaseOwner: string): string | undefined {
  const roles = creators.map(({ role }) => role).filter((role) => role !== databaseOwner);
  return roles.length === 0 ? undefined : statement("GRANT", roles);
}

/** For after the dump; undefined if every role has the right at the source too. */
export function revokeAfterLoad(creators: Creator[], databaseOwner: string): string | undefined {
  const roles = creators.filter(({ role, isGranted }) => !isGranted && role !== databaseOwner).map(({ role }) => role);
  return roles.length === 0 ? undefined : statement("REVOKE", roles);
}

/** Whoever cannot grant it loads without it, and the load says what it lacks. @returns what takes it back. */
export async function letCreate(connection: Connection, creators: Creator[]): Promise<() => Promise<void>> {
  const roles = creators.map(({ role }) => role);
  const granted = roles.length === 0 ? [] : await grantCreate(connection, roles).catch((): string[] => []);
  return async () => {
    if (granted.length > 0) await runIn(connection, ({ query }) => query(statement("REVOKE", granted)));
  };
}

/** @returns the roles that have the right only from here. A superuser can do without. */
const grantCreate = (connection: Connection, roles: string[]): Promise<string[]> =>
  runIn(connection, async ({ query }) => {
    const lacking = await query<{ role: string }>(
      `SELECT r.rolname::text AS role FROM pg_catalog.pg_roles r
        WHERE r.rolname = ANY ($1) AND NOT pg_catalog.has_schema_privilege(r.oid, 'public', 'CREATE')
          AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)`,
      [roles],
    );
    const names = lacking.map(({ role }) => role);
    if (names.length > 0) await query(statement("GRANT", names));
    return names;
  });

/** @param creators of the source; after the load, those who have the right by name there have it from the dump. */
export async function takeBack(connection: Connection, creators: Creator[]): Promise<void> {
  const roles = creators.filter(({ isGranted }) => !isGranted).map(({ role }) => role);
  if (roles.length === 0) return;
  await runIn(connection, async ({ query }) => {
    const extra = await query<{ role: string }>(
      `SELECT DISTINCT r.rolname::text AS role FROM pg_catalog.pg_namespace n
         CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
        WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
          AND r.rolname = ANY ($1)`,
      [roles],
    );
    const names = extra.map(({ role }) => role);
    if (names.length > 0) await query(statement("REVOKE", names));
  });
}

async function runIn<T>(connection: Connection, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect(connection, { failure: "RESTORE_FAILED" });
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
