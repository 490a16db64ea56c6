// The way back without this toolkit: with the programs of PostgreSQL and the command line of AWS.
import { createdbCommand, shellWord } from "./postgres/createdb.ts";
import { grantForLoad } from "./postgres/public-schema.ts";
import { searchPathsOf } from "./load/search-path.ts";
import type { Manifest } from "./storage/manifest.ts";

/** What the commands depend on: they are stored before the manifest is. */
export type RestorableBackup = Pick<
  Manifest,
  "object" | "compression" | "encryption" | "format" | "database" | "server" | "databaseState" | "restore"
> & { scripts?: Pick<NonNullable<Manifest["scripts"]>, "roles" | "database"> | undefined };

/**
 * Commands for a terminal without this toolkit: the roles that are missing, a new database for the owner of the source,
 * the dump, and what belongs to the database itself. Each runs only if the one before has succeeded.
 */
export function restoreCommand(backup: RestorableBackup, bucket: string): string {
  const { object, scripts, databaseState, compression, encryption, format, database, server } = backup;
  const target = `${database}_restored`;
  const decrypt = encryption.method === "age" ? ["age --decrypt --identity key.txt"] : [];
  const fetch = ({ key }: { key: string }) => `aws s3 cp ${shellWord(`s3://${bucket}/${key}`)} -`;
  const into = (name: string) => `--dbname=${shellWord(databaseOption(name))}`;
  const sql = (script: { key: string }, psql: string) => [fetch(script), ...decrypt, psql].join(" | ");
  const keptPath =
    backup.restore?.searchPath ?? (needsSearchPath(backup) ? searchPathsOf(databaseState)[0] : undefined);
  const pipe = [
    fetch(object),
    ...decrypt,
    ...(compression === "zstd" ? ["zstd --decompress"] : []),
    ...(format === "custom" && keptPath === undefined
      ? [`pg_restore --exit-on-error --single-transaction ${into(target)}`]
      : [
          ...(format === "custom" ? ["pg_restore --file=-"] : []),
          ...(keptPath === undefined ? [] : [keepingPath(keptPath)]),
          `psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --output=/dev/null ${into(target)}`,
        ]),
  ].join(" \\\n  | ");
  const state = { locale: databaseState?.locale, owner: databaseState?.owner, major: server.major };
  // Without the script, nothing would take it back.
  const grant = scripts && databaseState && grantForLoad(databaseState.creators, databaseState.owner);
  const steps = [
    ...(scripts ? [sql(scripts.roles, "psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres")] : []),
    createdbCommand(target, state),
    ...(grant === undefined ? [] : [`psql --no-psqlrc --quiet ${into(target)} --command=${shellWord(grant)}`]),
    pipe,
    ...(scripts ? [sql(scripts.database, `psql --no-psqlrc --quiet ${into(target)}`)] : []),
  ];
  return [
    `# PGHOST, PGUSER and PGPASSWORD say where to; programs of PostgreSQL ${server.major}`,
    ...(keptPath === undefined
      ? []
      : [
          "# pg_restore alone cannot restore this backup, so the search_path of the source is kept. db-backup does more.",
        ]),
    ...(scripts ? [] : ["# The roles of globals.sql must exist; pg_restore --no-owner --no-acl needs none of them."]),
    "set -o pipefail",
    steps.join(" &&\n"),
  ].join("\n");
}

/** The proof has met objects that need more than stock pg_restore does. */
const needsSearchPath = ({ restore }: RestorableBackup): boolean =>
  restore !== undefined && restore.objects.some(({ cure }) => cure?.includes("SET search_path") === true);

/** Replaces the statement that empties search_path, in the first lines. */
function keepingPath(path: string): string {
  const statement = "SELECT pg_catalog.set_config('search_path', '', false);";
  const own = `SELECT pg_catalog.set_config('search_path', '${path.replaceAll("'", "''")}', false);`;
  const replaced = own.replaceAll(/[\\&|]/g, "\\$&");
  return `LC_ALL=C sed ${shellWord(`1,/search_path/s|^${statement}|${replaced}|`)}`;
}

/** libpq reads a name with these characters as a connection string. */
const databaseOption = (name: string): string =>
  /=|^postgres(ql)?:\/\//.test(name) ? `dbname='${name.replaceAll(/['\\]/g, "\\$&")}'` : name;
