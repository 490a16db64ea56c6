// squawk: what a migration must not do while the version before it serves, such as locking a table for long or taking a
// column away. A finding is fixed, or suppressed in the line before with its reason: -- squawk-ignore RULE: why.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt } from "../../infra/local/process.ts";
import { makeTemporaryFolder } from "../../infra/local/temporary.ts";
import type { Counts } from "../../scripts/lib/counts.ts";

type Note = (text: string) => void;

const folder = join(root, "test/migrations");
const migrations = join(root, "api/migrations");
/** As node-pg-migrate reads it; the Down part is for a schema that nobody serves from. */
const upPart = (sql: string) => sql.split(/^\s*--[\s-]*down\s+migration.*$/im)[0] ?? "";
/** Each takes something from the version that serves, or makes it wait. */
const unsafe = [
  "ALTER TABLE users DROP COLUMN email;",
  "ALTER TABLE users ADD COLUMN nickname text NOT NULL;",
  "CREATE INDEX users_created_at_idx ON users (created_at);",
];

export async function migrationLintCheck(note: Note): Promise<Counts> {
  const squawk = join(await pythonEnvironment(note, { folder, names: "squawk" }), "squawk");
  const parts = await makeTemporaryFolder();
  try {
    return await lintAll(note, (name, sql) => lint({ squawk, parts, name, sql }));
  } finally {
    await rm(parts, { recursive: true });
  }
}

/** @returns what squawk found, a line each. */
async function lint(given: { squawk: string; parts: string; name: string; sql: string }): Promise<string> {
  const { squawk, parts, name, sql } = given;
  await writeFile(join(parts, name), sql);
  const options = ["--config", join(folder, "squawk.toml"), "--reporter", "gcc"];
  const { code, stdout, stderr } = await attempt([squawk, ...options, name], { cwd: parts });
  if (code !== 0 && stdout.trim() === "")
    throw new Problem(`squawk failed with exit code ${code}: ${stderr.trim()}`, "");
  return stdout.trim();
}

async function lintAll(note: Note, findingsIn: (name: string, sql: string) => Promise<string>): Promise<Counts> {
  for (const sql of unsafe)
    if ((await findingsIn("unsafe.sql", sql)) === "")
      throw new Problem(`squawk accepts ${sql}`, "Check test/migrations/squawk.toml: it excludes too much.");
  const names = (await readdir(migrations)).toSorted();
  note(`${names.length} migrations`);
  const all: string[] = [];
  for (const name of names) all.push(await findingsIn(name, upPart(await readFile(join(migrations, name), "utf8"))));
  const findings = all.filter((text) => text !== "");
  if (findings.length > 0)
    throw new Problem(
      findings.join("\n    "),
      "Change the migration so that the version before it can serve meanwhile, or write in the line before it " +
        "-- squawk-ignore RULE: why.",
    );
  return { passed: names.length + unsafe.length, failed: 0 };
}
