import type { Session } from "./connection.ts";

export interface Client {
  pid: number;
  user: string | null;
  application: string;
}

/**
 * Ends the sessions in these databases, of one role or of all; this session stays.
 *
 * @returns the clients that were connected; one that this role may not end stays.
 */
export async function endSessions({ query }: Session, databases: string[], role?: string): Promise<Client[]> {
  const clients = await query<Client>(
    `SELECT pid, usename AS "user", application_name AS application FROM pg_catalog.pg_stat_activity
       WHERE datname = ANY($1) AND pid <> pg_backend_pid() AND usename = coalesce($2, usename::text)`,
    [databases, role ?? null],
  );
  for (const { pid } of clients) await query("SELECT pg_terminate_backend($1)", [pid]).catch(() => undefined);
  return clients;
}
