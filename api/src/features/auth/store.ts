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

export type UserWithPassword = User & { passwordHash: string };

export async function findByEmail(database: Database, email: string): Promise<UserWithPassword | undefined> {
  const { rows } = await database.query(
    `SELECT ${columns}, password_hash AS "passwordHash" FROM users WHERE lower(email) = lower($1)`,
    [email],
  );
  return rows[0];
}

export async function findById(database: Database, id: string): Promise<UserWithPassword | undefined> {
  const { rows } = await database.query<UserWithPassword>(
    `SELECT ${columns}, password_hash AS "passwordHash" FROM users WHERE id = $1`,
    [id],
  );
  return rows[0];
}

/** Ends all sessions in the same step: whoever knew the old password is out. */
export async function setPassword(database: Database, id: string, passwordHash: string): Promise<void> {
  await database.query(
    `WITH ended AS (DELETE FROM sessions WHERE user_id = $1)
     UPDATE users SET password_hash = $2, tokens_valid_from = now() WHERE id = $1`,
    [id, passwordHash],
  );
}

/** With everything that refers to the account. */
export async function deleteUser(database: Database, id: string): Promise<void> {
  await database.query("DELETE FROM users WHERE id = $1", [id]);
}
