// Loads a dump into an empty database: as pg_restore does it, and what that cannot restore in further passes.
import { Readable } from "node:stream";
import { BackupError } from "../errors.ts";
import { connectionString, libpqEnvironment, type Connection } from "../postgres/connection.ts";
import { startProgram } from "../postgres/programs.ts";
import { withoutOwners } from "../postgres/without-owners.ts";
import type { StoredBackup } from "../storage/manifest.ts";
import { feedProgram, withDump } from "../storage/open-stored.ts";
import { FirstError } from "./failures.ts";
import { listArchive } from "./archive-list.ts";
import type { Loaded, LoadOptions } from "./options.ts";
import { loadInPasses } from "./passes.ts";
import { keepingSearchPath, searchPathOption, searchPathsOf } from "./search-path.ts";
import { assertLocks, chooseTransaction } from "./transaction.ts";

const nothingSpecial: Loaded = { late: [], failed: [], searchPath: undefined };

/** @throws BackupError of the first thing that cannot be restored, unless the rest may be loaded in passes. */
export async function loadDump(backup: StoredBackup, connection: Connection, options: LoadOptions): Promise<Loaded> {
  if (backup.format === "plain") return loadPlain(backup, connection, options);
  const entries = await listArchive(backup, options);
  const choice = await chooseTransaction(connection, entries, options);
  // Who asks for one transaction gets one, or nothing.
  const mayRepeat = options.inPasses && options.singleTransaction !== true;
  if (choice.isSingle && !(mayRepeat && options.isKnownToFail === true)) {
    try {
      await loadAtOnce(backup, connection, options);
      return nothingSpecial;
    } catch (error) {
      if (!mayRepeat || !isOfTheDump(error)) throw error;
      options.log(`pg_restore cannot restore this backup at once; loading it in passes: ${firstLineOf(error)}`);
    }
  } else assertLocks(choice, { connection, ...options });
  return hidden(connection, options, (incomplete) => loadInPasses(backup, incomplete, { ...options, entries }));
}

const hidden = <T>(
  connection: Connection,
  { whileIncomplete }: LoadOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> => (whileIncomplete ? whileIncomplete(work) : work(connection));

/** Neither the network, the bucket nor the disk: the statements of the dump itself. */
const isOfTheDump = (error: unknown): boolean =>
  error instanceof BackupError && ["RESTORE_FAILED", "NOT_READABLE", "ROW_SECURITY"].includes(error.code);

const firstLineOf = (error: unknown): string => (error as BackupError).what.replace(/\n[^]*/, "");

/** psql reads no archive, and cannot leave out what fails: the whole again, with the search_path of the source. */
async function loadPlain(backup: StoredBackup, connection: Connection, options: LoadOptions): Promise<Loaded> {
  const inPieces = async (searchPath: string | undefined): Promise<Loaded> => {
    assertLocks({ isSingle: false, needed: undefined, available: undefined }, { connection, ...options });
    await hidden(connection, options, (incomplete) =>
      loadAtOnce(backup, incomplete, { ...options, searchPath, isSingle: false }),
    );
    return { ...nothingSpecial, searchPath };
  };
  if (options.singleTransaction === false) return inPieces(undefined);
  const paths = options.inPasses ? searchPathsOf(backup.databaseState) : [];
  let first: unknown;
  for (const searchPath of [undefined, ...paths]) {
    try {
      await loadAtOnce(backup, connection, { ...options, searchPath });
      return { ...nothingSpecial, searchPath };
    } catch (error) {
      if (!isOfTheDump(error)) throw error;
      first ??= error;
      if (isOutOfLocks(error) && options.isNew && options.singleTransaction === "auto") {
        options.log("this server has too few locks for one transaction; loading without one");
        return inPieces(searchPath);
      }
    }
  }
  throw first;
}

const isOutOfLocks = (error: unknown): boolean =>
  error instanceof BackupError && /out of shared memory/.test(error.message);

/** Ends at the first error; in one transaction it commits only after all bytes of the dump are verified. */
function loadAtOnce(
  backup: StoredBackup,
  connection: Connection,
  options: LoadOptions & { searchPath?: string | undefined; isSingle?: boolean },
): Promise<void> {
  const { searchPath } = options;
  const said = new FirstError();
  return withDump(backup, options, (dump, abort) => {
    const restore = startProgram(buildCommand(backup, connection, options), {
      env: {
        ...libpqEnvironment(connection),
        ...(searchPath === undefined ? {} : { PGOPTIONS: searchPathOption(searchPath) }),
      },
      fallbackCode: "RESTORE_FAILED",
      signal: options.signal,
      onLine: (line) => said.add(line),
    });
    let input = dump as AsyncIterable<Buffer>;
    // psql has no option for it.
    if (backup.format === "plain" && !options.owners) input = withoutOwners(input);
    if (searchPath !== undefined) input = keepingSearchPath(input);
    return feedProgram(input === dump ? dump : Readable.from(input), restore, {
      read: (output) => output.resume(),
      abort,
    }).catch((error: unknown) => {
      throw said.describe(error);
    });
  });
}

function buildCommand(
  { format }: StoredBackup,
  connection: Connection,
  { programs, owners, tablespaces, isSingle = true }: LoadOptions & { isSingle?: boolean },
): string[] {
  const inTransaction = isSingle ? ["--single-transaction"] : [];
  if (format === "plain")
    return [
      programs.path("psql"),
      "--no-psqlrc",
      "--quiet",
      ...inTransaction,
      "--set=ON_ERROR_STOP=1",
      "--no-password",
      `--dbname=${connectionString(connection)}`,
      "--file=-",
    ];
  return [
    programs.path("pg_restore"),
    "--exit-on-error",
    ...inTransaction,
    "--no-password",
    ...(owners ? [] : ["--no-owner", "--no-acl"]),
    ...(tablespaces ? [] : ["--no-tablespaces"]),
    `--dbname=${connectionString(connection)}`,
  ];
}
