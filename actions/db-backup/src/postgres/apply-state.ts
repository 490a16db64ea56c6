// Makes a restored database like its source. The data is good by then: what this cannot do is reported, and fails nothing.
import pg from "pg";
import type { Log } from "../../../shared/src/report.ts";
import { messageOf } from "../../../shared/src/errors.ts";
import { connect, maintenanceConnection, type Connection, type Session } from "./connection.ts";
import { readProperties, type DatabaseProperties, type DatabaseState } from "./database-state.ts";
import { describeLocale, sameLocale } from "./locale.ts";
import { takeBack } from "./public-schema.ts";
import { newDatabase, pendingStatements, type Statement } from "./state-statements.ts";

export interface ApplyOptions {
  /** To the restored database. */
  connection: Connection;
  /** Whether the owner and the privileges of the database are restored. */
  owners: boolean;
  log: Log;
}

/** Little here needs the database itself, which may not let this role in. */
async function inMaintenance<T>(connection: Connection, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect(maintenanceConnection(connection), { failure: "RESTORE_FAILED" });
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

/** @returns the reason of each statement that failed, by its text. */
async function runStatements(session: Session, statements: Statement[], owner: string): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const { sql, as } of statements) {
    // A member without INHERIT has the rights of the owner only as the owner.
    const attempts = as === undefined ? [undefined, owner] : [as];
    let failure: string | undefined;
    for (const role of attempts) {
      const reason = await runAs(session, sql, role);
      if (reason === undefined) {
        failure = undefined;
        break;
      }
      failure ??= reason;
    }
    if (failure !== undefined) failures.set(sql, failure);
  }
  return failures;
}

/** @returns why it failed. */
async function runAs({ query }: Session, sql: string, role: string | undefined): Promise<string | undefined> {
  try {
    if (role !== undefined) await query(`SET ROLE ${pg.escapeIdentifier(role)}`);
    await query(sql);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    if (role !== undefined) await query("RESET ROLE");
  }
}

/** PostgreSQL's own words. */
const reasonOf = (error: unknown): string => messageOf((error as Error).cause ?? error).replace(/\n[^]*/, "");

/**
 * The settings, before anything is checked: assertions see the search_path of the source. What the roles could do for
 * the time of the load, they can do no longer.
 */
export async function applySettings(source: DatabaseState, options: ApplyOptions): Promise<void> {
  const { connection, owners, log } = options;
  if (owners) await reported(log, () => takeBack(connection, source.creators));
  await reported(log, () => inMaintenance(connection, (session) => runSettings(session, source, options)));
}

/** One that lets nobody connect is taken back. @returns the reason of each statement that failed. */
async function runSettings(
  session: Session,
  source: DatabaseProperties,
  { connection }: ApplyOptions,
): Promise<Map<string, string>> {
  const found = await compare(session, source, { connection, owners: false });
  const settings = found?.statements.filter(({ kind }) => kind === "setting") ?? [];
  const owner = found?.target.owner ?? source.owner;
  if (settings.length === 0) return new Map();
  const failures = await runStatements(session, settings, owner);
  if ((await whyUnreachable(connection)) === undefined) return failures;
  await runStatements(session, settings.map(toReset), owner);
  for (const setting of settings) {
    for (const [sql, reason] of await runStatements(session, [setting], owner)) failures.set(sql, reason);
    const reason = await whyUnreachable(connection);
    if (reason === undefined) continue;
    await runStatements(session, [toReset(setting)], owner);
    failures.set(setting.sql, `left out, because with it nobody can connect: ${reason}`);
  }
  return failures;
}

const toReset = ({ undo = "", kind }: Statement): Statement => ({ sql: undo, kind });

const whyUnreachable = (connection: Connection): Promise<string | undefined> =>
  connect(connection, { failure: "RESTORE_FAILED" }).then(
    (session) => session.end().then(() => undefined),
    (error: unknown) => reasonOf(error),
  );

/**
 * Everything else, when the data is verified: privileges may lock this role out. Then compares.
 *
 * @returns a line for each difference that is left, with the statement that removes it.
 */
export async function applyState(source: DatabaseProperties, options: ApplyOptions): Promise<string[]> {
  const { connection, log } = options;
  const differences = await reported(log, () =>
    inMaintenance(connection, async (session) => {
      const run = async (kinds: Statement["kind"][]): Promise<Map<string, string>> => {
        const found = await compare(session, source, options);
        const statements = found?.statements.filter(({ kind }) => kinds.includes(kind)) ?? [];
        return runStatements(session, statements, found?.target.owner ?? source.owner);
      };
      // The owner first: privileges are those that the owner has granted.
      const failures = new Map([
        ...(await run(["owner"])),
        ...(await runSettings(session, source, options)),
        ...(await run(["description", "privilege"])),
      ]);
      const after = await compare(session, source, options);
      return after === undefined
        ? []
        : [...fixedDifferences(source, after.target), ...left(after.statements, failures)];
    }),
  );
  for (const difference of differences ?? [])
    log(`warning: ${connection.database} differs from the source: ${difference}`);
  if (!options.owners && hasOwnPrivileges(source))
    log(`warning: owners: false: every role may connect to ${connection.database}, unlike to the source`);
  return differences ?? [];
}

const hasOwnPrivileges = (source: DatabaseProperties): boolean =>
  pendingStatements({ source, target: newDatabase(source.owner), database: "", owners: true }).some(
    ({ sql, kind }) => kind === "privilege" && sql.startsWith("REVOKE CONNECT "),
  );

async function compare(
  session: Session,
  source: DatabaseProperties,
  { connection, owners }: Pick<ApplyOptions, "connection" | "owners">,
): Promise<{ target: DatabaseProperties; statements: Statement[] } | undefined> {
  const target = await readProperties(session, connection.database);
  if (target === undefined) return undefined;
  const database = pg.escapeIdentifier(connection.database);
  return { target, statements: pendingStatements({ source, target, database, owners }) };
}

/** What no statement changes. */
function fixedDifferences(source: DatabaseProperties, target: DatabaseProperties): string[] {
  return [
    ...(sameLocale(source.locale, target.locale)
      ? []
      : [`it sorts text by ${describeLocale(target.locale)} instead of ${describeLocale(source.locale)}`]),
    ...(source.tablespace === target.tablespace
      ? []
      : [`it is in the tablespace ${target.tablespace} instead of ${source.tablespace}`]),
  ];
}

const left = (statements: Statement[], failures: ReadonlyMap<string, string>): string[] =>
  statements.map(({ sql, shown, kind }) => {
    // PostgreSQL's reason may quote the value.
    if (shown !== undefined) return `${shown}; -- the value, which may be a secret, is in database.sql beside the dump`;
    const reason = failures.get(sql) ?? (kind === "extra" ? "only the target has it" : undefined);
    return `${sql};${reason === undefined ? "" : ` -- ${reason}`}`;
  });

/** A lost connection, for example, is no reason to give up a restored database. */
async function reported<T>(log: Log, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    log(`warning: settings, owner and privileges of the database are not restored completely: ${messageOf(error)}`);
    return undefined;
  }
}
