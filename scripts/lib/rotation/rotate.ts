// Rotates a secret while tasks that started before and after each step run side by side. Each step is a single write, is
// safe with the tasks of the step before, and finds out for itself whether it has been done: an interrupted rotation
// continues when it is started again.
import type { System } from "./system.ts";

export const secrets = ["db-password", "backup-password", "jwt-secret", "redis-auth-token", "master-password"] as const;
export type Secret = (typeof secrets)[number];

/** Tokens of api are valid for so long: api/src/features/auth/tokens.ts. */
const tokenLifetimeHours = 12;

export interface Options {
  /** Without it, tokens that the previous JWT secret has signed stay valid until they expire. */
  refuseOldTokens?: boolean;
}

export async function rotate(secret: Secret, system: System, options: Options = {}): Promise<void> {
  await system.refuseWhileBusy();
  switch (secret) {
    case "db-password":
      return rotateDatabasePassword(system);
    case "backup-password":
      return rotateBackupPassword(system);
    case "jwt-secret":
      return rotateJwtSecret(system, options);
    case "redis-auth-token":
      return rotateRedisToken(system);
    case "master-password":
      return system.rotateMasterPassword();
  }
}

/** api tries the alternates where PostgreSQL refuses its password; the migration sets the role's to db-password. */
async function rotateDatabasePassword(system: System): Promise<void> {
  const current = await system.get("db-password");
  const { always: found } = await alternatesOf("db-password", system);
  const [next = system.newSecret(), previous = current] = found;
  // All tasks know the next one before PostgreSQL does, and the previous one until it has forgotten that.
  if (found.length < 2) {
    await system.put("db-password-alternates", next);
    await system.redeploy();
    await system.put("db-password-alternates", `${next},${previous}`);
  }
  await system.put("db-password", next);
  await system.redeploy({ withMigration: true });
  await system.put("db-password-alternates", "none");
}

/** Only tasks that start afterwards use it, and none of them runs: see refuseWhileBusy. */
async function rotateBackupPassword(system: System): Promise<void> {
  await system.put("backup-password", system.newSecret());
  await system.redeploy({ withMigration: true });
}

/** Any task may get a token that any other has signed: all verify with the next one before any signs with it. */
async function rotateJwtSecret(system: System, { refuseOldTokens = false }: Options): Promise<void> {
  const current = await system.get("jwt-secret");
  const { always: found, until: timed } = await alternatesOf("jwt-secret", system);
  const [next = system.newSecret()] = found;
  const isCurrent = (entry: string) => entry.startsWith(`${current}@`);
  let accepted = timed;
  if (current !== next) {
    if (!timed.some(isCurrent)) {
      await system.put("jwt-secret-alternates", [next, ...timed].join(","));
      await system.redeploy();
    }
    const until = new Date(system.now().getTime() + tokenLifetimeHours * 3_600_000 + system.deploymentMilliseconds);
    accepted = [`${current}@${until.toISOString()}`, ...timed.filter((entry) => !isCurrent(entry))];
    await system.put("jwt-secret-alternates", [next, ...accepted].join(","));
    await system.put("jwt-secret", next);
  }
  await system.redeploy();
  await system.put("jwt-secret-alternates", refuseOldTokens || accepted.length === 0 ? "none" : accepted.join(","));
  if (refuseOldTokens) await system.redeploy();
}

/** ElastiCache accepts two tokens after ROTATE, and the one that is given after SET. */
async function rotateRedisToken(system: System): Promise<void> {
  const current = await system.get("redis-auth-token");
  if (!(await system.cache.hasToken())) {
    // The first one, which api sends already.
    await system.cache.setToken(current, "ROTATE");
    await system.cache.setToken(current, "SET");
    return;
  }
  // Kept before ElastiCache gets it: that holds the two newest tokens, and a ROTATE of a third, or of the same again,
  // would take away the one that tasks have.
  const { always: found } = await alternatesOf("redis-auth-token", system);
  const [pending = system.newSecret()] = found;
  if (found.length === 0) await system.put("redis-auth-token-alternates", pending);
  const isGiven = (await system.cache.tokenChangedAt()) > (await system.changedAt("redis-auth-token-alternates"));
  if (!isGiven) await system.cache.setToken(pending, "ROTATE");
  await system.put("redis-auth-token", pending);
  await system.redeploy();
  await system.cache.setToken(pending, "SET");
  await system.put("redis-auth-token-alternates", "none");
}

/** What is valid besides a secret: always, and until a time (VALUE@TIME) that has not come yet. */
async function alternatesOf(secret: Secret, system: System): Promise<{ always: string[]; until: string[] }> {
  const text = await system.get(`${secret}-alternates`);
  const entries = text === "none" ? [] : text.split(",");
  const now = system.now().toISOString();
  return {
    always: entries.filter((entry) => !entry.includes("@")),
    until: entries.filter((entry) => entry.includes("@") && entry.slice(entry.indexOf("@") + 1) > now),
  };
}
