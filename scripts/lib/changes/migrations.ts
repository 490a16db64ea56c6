// Which migrations a change brings, by the files of api/migrations, and what an applied one must not do.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const folder = "api/migrations";

export interface MigrationChanges {
  /** Names and SQL of those that the next deployment runs, in this order. */
  added: { name: string; sql: string }[];
  /** Names of those that have been applied already, and are another file now, or none. */
  altered: string[];
}

/** @param before, after folders with the whole repository */
export async function changedMigrations(before: string, after: string): Promise<MigrationChanges> {
  const [old, current] = await Promise.all([migrationsIn(before), migrationsIn(after)]);
  return {
    added: [...current].filter(([name]) => !old.has(name)).map(([name, sql]) => ({ name, sql })),
    altered: [...old].filter(([name, sql]) => current.get(name) !== sql).map(([name]) => name),
  };
}

async function migrationsIn(root: string): Promise<Map<string, string>> {
  const names = await readdir(join(root, folder)).catch(() => []);
  const files = names.filter((name) => name.endsWith(".sql")).toSorted();
  const texts = files.map(async (name): Promise<[string, string]> => [
    name,
    await readFile(join(root, folder, name), "utf8"),
  ]);
  return new Map(await Promise.all(texts));
}

/** Older code may no longer work after it: api/src/migrations.ts. */
export const isContracting = (name: string): boolean => /^\d+_contract_/.test(name);
