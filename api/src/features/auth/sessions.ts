// Sessions in PostgreSQL: a login on one device. Its refresh token is replaced at each use; one that is used twice has
// been stolen, and ends the session for thief and owner alike (RFC 9700, section 4.14.2).
import { createHash, randomBytes } from "node:crypto";
import type { Database } from "../../database.ts";

/** A session ends when it has not been used for so long, or this long after the login. */
const idleDays = 30;
const mostDays = 180;
/** Of one user; the one that was used longest ago makes room. */
const mostSessions = 50;
export const refreshLifetime = idleDays * 86_400;

export interface NewSession {
  sessionId: string;
  userId: string;
  refreshToken: string;
}

const newToken = () => randomBytes(32).toString("base64url");
const hashOf = (token: string) => createHash("sha256").update(token).digest();

export async function startSession(database: Database, userId: string): Promise<NewSession> {
  const refreshToken = newToken();
  const { rows } = await database.query<{ id: string }>(
    `WITH ended AS (
       DELETE FROM sessions WHERE user_id = $1 AND id NOT IN (
         SELECT id FROM sessions WHERE user_id = $1 AND expires_at > now() ORDER BY last_used_at DESC LIMIT $4)
     ), started AS (
       INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + make_interval(days => $3)) RETURNING id
     ), issued AS (
       INSERT INTO refresh_tokens (session_id, token_hash) SELECT id, $2 FROM started
     )
     SELECT id FROM started`,
    [userId, hashOf(refreshToken), idleDays, mostSessions - 1],
  );
  const [started] = rows;
  if (!started) throw new Error("INSERT … RETURNING returned no session.");
  return { sessionId: started.id, userId, refreshToken };
}

/** One statement, so that of two requests with the same token one is the second. */
export async function continueSession(
  database: Database,
  token: string,
): Promise<NewSession | "unknown" | { reused: string }> {
  const refreshToken = newToken();
  const { rows } = await database.query<{ id: string; userId: string }>(
    `WITH used AS (
       UPDATE refresh_tokens SET used_at = now() FROM sessions
       WHERE token_hash = $1 AND used_at IS NULL AND sessions.id = session_id AND expires_at > now()
       RETURNING session_id
     ), issued AS (
       INSERT INTO refresh_tokens (session_id, token_hash) SELECT session_id, $2 FROM used
     )
     UPDATE sessions SET last_used_at = now(),
       expires_at = least(now() + make_interval(days => $3), created_at + make_interval(days => $4))
     FROM used WHERE id = used.session_id RETURNING id, user_id AS "userId"`,
    [hashOf(token), hashOf(refreshToken), idleDays, mostDays],
  );
  const [continued] = rows;
  if (continued) return { sessionId: continued.id, userId: continued.userId, refreshToken };
  const { rows: reused } = await database.query<{ id: string }>(
    `DELETE FROM sessions USING refresh_tokens
     WHERE token_hash = $1 AND used_at IS NOT NULL AND sessions.id = session_id RETURNING id`,
    [hashOf(token)],
  );
  return reused[0] ? { reused: reused[0].id } : "unknown";
}

export async function endSession(database: Database, sessionId: string): Promise<void> {
  await database.query("DELETE FROM sessions WHERE id = $1", [sessionId]);
}

/** On every device, and for tokens that name no session. */
export async function endAllSessions(database: Database, userId: string): Promise<void> {
  await database.query(
    `WITH ended AS (DELETE FROM sessions WHERE user_id = $1)
     UPDATE users SET tokens_valid_from = now() WHERE id = $1`,
    [userId],
  );
}

/** Whether a token that was signed by us is still good: its session may have ended, its user may be gone. */
export async function isCurrent(
  database: Database,
  token: { userId: string; sessionId: string | undefined; issuedAt: number },
): Promise<boolean> {
  const { rowCount } = token.sessionId
    ? await database.query("SELECT FROM sessions WHERE id = $1 AND user_id = $2 AND expires_at > now()", [
        token.sessionId,
        token.userId,
      ])
    : await database.query("SELECT FROM users WHERE id = $1 AND tokens_valid_from <= to_timestamp($2)", [
        token.userId,
        token.issuedAt,
      ]);
  return rowCount === 1;
}
