// A restore that goes on after errors: everything that can be loaded, and then again what failed, as long as that helps.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { BackupError } from "../errors.ts";
import { codeOf, connectionString, libpqEnvironment, type Connection } from "../postgres/connection.ts";
import { startProgram, type RunningProgram } from "../postgres/programs.ts";
import type { StoredBackup } from "../storage/manifest.ts";
import { feedProgram, withDump } from "../storage/open-stored.ts";
import type { ArchiveEntry } from "./archive-list.ts";
import { FailureReader, isAboutOwners, type Failure } from "./failures.ts";
import type { Loaded, LoadOptions } from "./options.ts";
import { keepingSearchPath, searchPathOption, searchPathsOf } from "./search-path.ts";

type PassOptions = LoadOptions & { entries: readonly ArchiveEntry[] };

/** Each pass reads the whole dump from the bucket again. */
const mostPasses = 8;

/**
 * First everything, as pg_restore does it. What failed then is tried with each search_path of the source, and in the
 * order of the archive: what failed because a table had no rows yet, such as a check that looks into another one, now
 * finds them.
 */
export async function loadInPasses(
  backup: StoredBackup,
  connection: Connection,
  options: PassOptions,
): Promise<Loaded> {
  const first = await pass(backup, connection, options);
  const paths = [...searchPathsOf(backup.databaseState), undefined];
  let failed = first;
  let fruitless = 0;
  for (let count = 0; count < mostPasses && fruitless < paths.length; count += 1) {
    const toRepeat = failed.filter((failure) => !isAboutOwners(failure));
    if (toRepeat.length === 0) break;
    const searchPath = paths[count % paths.length];
    options.log(`${describeCount(toRepeat)} failed; trying again with search_path ${searchPath ?? "''"}`);
    const again = await pass(backup, connection, { ...options, searchPath, only: toRepeat });
    const left = merge(failed, again);
    fruitless = countEntries(left) < countEntries(failed) ? 0 : fruitless + 1;
    failed = left;
  }
  const stillFailing = new Set(failed.map(({ entry }) => entry));
  return { late: first.filter(({ entry }) => !stillFailing.has(entry)), failed, searchPath: undefined };
}

const countEntries = (failures: Failure[]): number => new Set(failures.map(({ entry }) => entry)).size;
const describeCount = (failures: Failure[]): string => {
  const count = countEntries(failures);
  return count === 1 ? "1 entry of the archive" : `${count} entries of the archive`;
};

/** What was not repeated is as it was; an object that is there has failed by what came after it, as before. */
function merge(before: Failure[], again: Failure[]): Failure[] {
  const failuresNow = new Map(again.toReversed().map((failure) => [failure.entry, failure]));
  const known = new Set(before.map(({ entry }) => entry));
  // The rows of a table that is there only now.
  const found = again.filter(({ entry }) => !known.has(entry));
  const left = before.flatMap((failure) => {
    if (isAboutOwners(failure)) return [failure];
    const now = failuresNow.get(failure.entry);
    if (now === undefined) return [];
    return [now.message.endsWith(" already exists") ? failure : now];
  });
  return [...left, ...found];
}

async function pass(
  backup: StoredBackup,
  connection: Connection,
  options: PassOptions & { searchPath?: string | undefined; only?: Failure[] },
): Promise<Failure[]> {
  const { searchPath, only, entries } = options;
  const folder = only && (await mkdtemp(join(tmpdir(), "rainbow-restore-")));
  try {
    const list = folder && join(folder, "entries");
    if (list) await writeFile(list, useList(only ?? [], entries));
    return await withDump(backup, options, async (dump, abort) => {
      const reader = new FailureReader();
      const program = startProgram(buildCommand(connection, options, list), {
        env: {
          ...libpqEnvironment(connection),
          ...(searchPath === undefined ? {} : { PGOPTIONS: searchPathOption(searchPath) }),
        },
        fallbackCode: "RESTORE_FAILED",
        signal: options.signal,
        onLine: (line) => {
          reader.add(line);
          if (reader.fatal !== undefined) program.kill(fatalError(reader.fatal));
        },
      });
      await feedProgram(
        searchPath === undefined ? dump : Readable.from(keepingSearchPath(dump as AsyncIterable<Buffer>)),
        { ...program, completed: toleratingFailures(program, reader) },
        { read: (output) => output.resume(), abort },
      );
      const descriptions = new Map(entries.map(({ id, description }) => [id, description]));
      return reader.failures.map((failure) => ({
        ...failure,
        description: descriptions.get(failure.entry) ?? failure.description,
      }));
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

const fatalError = (message: string): BackupError =>
  new BackupError(codeOf(message, "RESTORE_FAILED"), `pg_restore: ${message}`);

/** pg_restore ends with exit code 1 after errors that it has ignored. */
async function toleratingFailures({ completed }: RunningProgram, reader: FailureReader): Promise<string> {
  try {
    return await completed;
  } catch (error) {
    reader.end();
    if (reader.fatal !== undefined) throw fatalError(reader.fatal);
    if (error instanceof BackupError && error.code === "CANCELLED") throw error;
    if (reader.isComplete) return "";
    throw error;
  }
}

/** In the order of the archive, which is not read backwards. The rows of a table that was not there come with it. */
function useList(failures: Failure[], entries: readonly ArchiveEntry[]): string {
  const failed = new Set(failures.map(({ entry }) => entry));
  const tables = new Set(
    entries
      .filter(({ id, catalog, description }) => failed.has(id) && catalog !== 0 && description.startsWith("TABLE "))
      .map(({ object }) => object),
  );
  return entries
    .filter(
      ({ id, catalog, object, description }) =>
        failed.has(id) || (catalog === 0 && tables.has(object) && description.startsWith("TABLE DATA ")),
    )
    .map(({ id }) => `${id};\n`)
    .join("");
}

const buildCommand = (
  connection: Connection,
  { programs, owners, tablespaces }: LoadOptions,
  list: string | undefined,
): string[] => [
  programs.path("pg_restore"),
  "--verbose",
  "--no-password",
  ...(owners ? [] : ["--no-owner", "--no-acl"]),
  ...(tablespaces ? [] : ["--no-tablespaces"]),
  ...(list === undefined ? [] : [`--use-list=${list}`]),
  `--dbname=${connectionString(connection)}`,
];
