// What to do about a failure of PostgreSQL, by its cause, where the error code says too little.
import type { Code } from "../errors.ts";

/** Large objects have owners and grants of their own (documentation of PostgreSQL, "pg_largeobject_metadata"). */
export const largeObjectAdvice = (user: string): string =>
  "pg_read_all_data does not include large objects. As their owner, for those that exist: " +
  `SELECT format('GRANT SELECT ON LARGE OBJECT %s TO %I', oid, '${user.replaceAll("'", "''")}') ` +
  "FROM pg_largeobject_metadata \\gexec. For later ones too: back up as a role that is a member of their owner " +
  "(GRANT owner TO the backup role), or set lo_compat_privileges = on.";

const lockTable =
  "The server's lock table is full: raise max_locks_per_transaction (a restart), " +
  "or run this when fewer transactions hold locks.";

/** Codes that a cause can have, what the server says of it, and the next step with the first name that it quotes. */
const causes: { codes: Code[]; pattern: RegExp; advice: (name: string) => string }[] = [
  { codes: ["DUMP_FAILED", "RESTORE_FAILED"], pattern: /out of shared memory/, advice: () => lockTable },
  {
    codes: ["DUMP_FAILED"],
    pattern: /conflict with recovery/,
    advice: () =>
      "The standby replayed a change that the dump still needed. Set hot_standby_feedback = on there, " +
      "or back up from the primary.",
  },
  {
    codes: ["NOT_READABLE", "DUMP_FAILED"],
    pattern: /permission denied for large object|large object \d+ .*permission/,
    advice: () => largeObjectAdvice("rainbow_backup"),
  },
  {
    codes: ["NOT_READABLE"],
    pattern: /permission denied for schema (\S+)/,
    advice: (name) => `Let the backup role into the schema: GRANT USAGE ON SCHEMA ${name} TO rainbow_backup.`,
  },
  {
    codes: ["RESTORE_FAILED"],
    pattern: /role "([^"]+)" does not exist/,
    advice: (name) =>
      `Create the role on the target server first (CREATE ROLE "${name}"; roles.sql next to the dump creates all), ` +
      "or set owners: false.",
  },
  {
    codes: ["RESTORE_FAILED"],
    pattern: /extension "([^"]+)" is not available|extension control file ".*\/([^/"]+)\.control"/,
    advice: (name) => `Install the extension ${name} on the target server, or restore into a server that has it.`,
  },
  {
    codes: ["RESTORE_FAILED"],
    pattern: /permission denied to create extension "([^"]+)"/,
    advice: (name) => `Restore as a role that may create the extension ${name} (on RDS: a member of rds_superuser).`,
  },
  {
    codes: ["RESTORE_FAILED"],
    pattern: /tablespace "([^"]+)" does not exist/,
    advice: (name) => `Create the tablespace ${name} on the target server first.`,
  },
  {
    codes: ["RESTORE_FAILED"],
    pattern: /collation "([^"]+)" for encoding .* does not exist/,
    advice: (name) => `Install the locale ${name} on the target server, or restore into a server that has it.`,
  },
];

/** @returns undefined if the code's own next step is all there is to say. */
export function adviceFor(code: Code, text: string): string | undefined {
  for (const { codes, pattern, advice } of causes) {
    const found = codes.includes(code) ? pattern.exec(text) : null;
    if (found) return advice(found.slice(1).find((group) => group !== undefined) ?? "");
  }
  return undefined;
}
