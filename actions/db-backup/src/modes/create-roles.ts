// Creates the roles of a backup that its target's server lacks: where nobody but a task can reach the server.
import type { Log } from "../../../shared/src/report.ts";
import type { Session } from "../postgres/connection.ts";
import type { DatabaseState } from "../postgres/database-state.ts";
import { rolesScript } from "../postgres/state-scripts.ts";

/** As `roles.sql` does: all or none, without passwords; roles that exist stay as they are. */
export async function createMissingRoles(server: Session, state: DatabaseState, log: Log): Promise<void> {
  const { roles } = state.roles;
  const before = await existing(server, state);
  await server.query(rolesScript(state));
  const after = await existing(server, state);
  const created = roles.filter(({ name }) => after.has(name) && !before.has(name));
  if (created.length === 0) return;
  log(`roles created, without passwords: ${created.map(({ name }) => name).join(", ")}`);
  for (const { name, reserved } of created) {
    const lacking = reserved.filter((attribute) => !after.get(name)?.includes(attribute));
    if (lacking.length > 0) log(`warning: only a superuser may give ${name} what it had: ${lacking.join(", ")}`);
  }
}

/** The roles of the backup that the server has, with the attributes that only a superuser may give. */
async function existing({ query }: Session, { roles: { roles } }: DatabaseState): Promise<Map<string, string[]>> {
  const rows = await query<{ name: string; attributes: string[] }>(
    `SELECT rolname::text AS name, array_remove(ARRAY[
        CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
        CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS attributes
      FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)`,
    [roles.map(({ name }) => name)],
  );
  return new Map(rows.map(({ name, attributes }) => [name, attributes]));
}
