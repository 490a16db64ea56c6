// A database under another name while it is loaded in part: if this process is killed, nobody takes it for a restored one.
import { randomBytes } from "node:crypto";
import pg from "pg";
import { messageOf } from "../../../shared/src/errors.ts";
import type { Log } from "../../../shared/src/report.ts";
import { connect, maintenanceConnection, type Connection } from "../postgres/connection.ts";

/** Not the name of the target with a suffix, because names have at most 63 bytes. */
const hiddenName = (): string => `db_backup_incomplete_${randomBytes(4).toString("hex")}`;

/** If the work fails, the database is dropped. A role that may not rename it loads it under its name. */
export async function hideUntilComplete<T>(
  connection: Connection,
  log: Log,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const hidden = { ...connection, database: hiddenName() };
  const [name, temporary] = [connection.database, hidden.database].map((one) => pg.escapeIdentifier(one));
  const rename = `ALTER DATABASE ${name} RENAME TO ${temporary}`;
  const failure = await inMaintenance(connection, rename).then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  if (failure !== undefined) {
    log(`${connection.database} is loaded under its own name: ${failure.split("\n")[0]}`);
    return work(connection);
  }
  log(`${connection.database} is called ${hidden.database} until it is complete`);
  try {
    const result = await work(hidden);
    await inMaintenance(connection, `ALTER DATABASE ${temporary} RENAME TO ${name}`);
    return result;
  } catch (error) {
    await inMaintenance(connection, `DROP DATABASE IF EXISTS ${temporary}`).catch((reason: unknown) =>
      log(`warning: ${hidden.database} is left, and incomplete; drop it: ${messageOf(reason).split("\n")[0]}`),
    );
    throw error;
  }
}

async function inMaintenance(connection: Connection, statement: string): Promise<void> {
  const server = await connect(maintenanceConnection(connection), { failure: "RESTORE_FAILED" });
  try {
    await server.query(statement);
  } finally {
    await server.end();
  }
}
