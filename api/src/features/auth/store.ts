// Accounts in PostgreSQL.
import type { Database } from "../../database.ts";

export interface User {
  id: string;
  email: string;
  displayName: string;
  createdAt: Date;
}

const columns = `id, email, display_name AS "displayName", created_at AS "createdAt"`;

/** Undefined when the address has an account already. */
export async function createUser(
  database: Database,
  user: { email: string; displayName: string; passwordHash: string },
): Promise<User | undefined> {
  const { rows } = await database.query<User>(
    `INSERT INTO users (email, display_name, password_hash) VALUES ($1, $2, $3)
     ON CONFLICT (lower(email)) DO NOTHING RETURNING ${columns}`,
    [user.email, user.displayName, user.passwordHash],
  );
  return rows[0];
}

export async function findByEmail(
  database: Database,
  email: string,
): Promise<(User & { passwordHash: string }) | undefined> {
  const { rows } = await database.query(
    `SELECT ${columns}, password_hash AS "passwordHash" FROM users WHERE lower(email) = lower($1)`,
    [email],
  );
  return rows[0];
}

export async function findById(database: Database, id: string): Promise<User | undefined> {
  const { rows } = await database.query<User>(`SELECT ${columns} FROM users WHERE id = $1`, [id]);
  return rows[0];
}
