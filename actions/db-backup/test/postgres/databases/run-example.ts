// Backs a database up, restores it into a new one, and compares.
import pg from "pg";
import { expect } from "vitest";
import { errorOf } from "../../../../../test/lib/error-of.ts";
import type { Manifest } from "../../../src/storage/manifest.ts";
import { ScriptedS3 } from "../../scripted-s3.ts";
import { dbBackup, type RunResult, type Server } from "../server.ts";
import type { Example, Result } from "./example.ts";
import { differences, portrait } from "./portrait.ts";

interface Names {
  source: string;
  target: string;
}

/**
 * @param options.number makes the names unique on the server
 * @param options.isProven whether the backup is proven by a restore, as the result of some examples needs
 */
export async function expectResult(
  server: Server,
  example: Example,
  { number, isProven }: { number: number; isProven: boolean },
): Promise<void> {
  const names = {
    source: example.database ?? `source_of_${number}_example`,
    target: `target_of_${number}_example`,
  };
  const s3 = await ScriptedS3.start();
  const undo = await example.prepare?.(server);
  try {
    await createSource(server, example, names.source);
    const end = example.meanwhile?.(server, names.source);
    try {
      await backUpAndRestore({ server, s3, example, names, isProven });
    } finally {
      await end?.();
    }
  } finally {
    await s3.stop();
    for (const name of Object.values(names)) await dropDatabase(server, name);
    await undo?.();
  }
}

async function createSource(
  server: Server,
  { create = "", server: statements = [], ...example }: Example,
  name: string,
) {
  const quoted = pg.escapeIdentifier(name);
  const own = (text: string) => text.replaceAll("{database}", () => quoted);
  await server.sql("postgres", ...statements.map(own), `CREATE DATABASE ${quoted} ${create}`);
  await server.sql(name, ...example.statements.map(own));
}

async function dropDatabase(server: Server, name: string): Promise<void> {
  const quoted = pg.escapeIdentifier(name);
  // A subscription keeps its database.
  await errorOf(() =>
    server.sql(
      name,
      "SET default_transaction_read_only = off",
      `DO $$ DECLARE one name; BEGIN
         FOR one IN SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid AND datname = current_database()
         LOOP EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', one); EXECUTE format('DROP SUBSCRIPTION %I', one);
         END LOOP; END $$`,
    ),
  );
  await server.sql("postgres", `ALTER DATABASE ${quoted} IS_TEMPLATE false`).catch(() => undefined);
  await server.sql("postgres", `DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`);
}

interface Run {
  server: Server;
  s3: ScriptedS3;
  example: Example;
  names: Names;
  isProven: boolean;
}

async function backUpAndRestore({ server, s3, example, names, isProven }: Run): Promise<void> {
  const { result = { same: true }, inputs = {}, restoreInputs = {} } = example;
  const run = (more: Record<string, string>): Promise<RunResult> =>
    dbBackup(s3, server.inputs({ database: names.source, ...inputs, ...more }));
  const level = isProven || "passes" in result || "unproven" in result ? "restore" : "decode";
  const made = await run({ level });
  const manifest = manifestOf(s3);
  if ("refused" in result) {
    expectCode(made, result.refused, result.message);
    return expect(manifest).toBeUndefined();
  }
  if ("unproven" in result) expectCode(made, "RESTORE_UNPROVEN", result.unproven);
  else {
    expectSuccess(made, result);
    expect(made.outputs).toMatchObject({ verified: level });
  }
  expectProof(manifest, result);
  const warnings = (manifest?.warnings ?? []).filter((text) => !fromOtherDatabases.test(text));
  if (example.warnings === undefined) expect(warnings, warnings.join("\n")).toEqual([]);
  else expect(warnings.join("\n")).toMatch(example.warnings);

  const restored = await run({
    mode: "restore",
    backup: manifest?.id ?? "",
    "to-database": names.target,
    confirm: names.target,
    ...("unproven" in result ? { "accept-unproven": "true" } : {}),
    ...restoreInputs,
  });
  expectSuccess(restored, result);
  if ("holds" in result) return expectTrue(server, names.target, result.holds);
  const different = differences(await portrait(server, names.source), await portrait(server, names.target));
  const unexpected = different.filter((line) => !("unproven" in result && result.lost.test(line)));
  expect(unexpected, unexpected.join("\n")).toEqual([]);
  if ("unproven" in result) expect(different).not.toEqual([]);
}

/** Roles belong to the server, and so to all examples: the names of some are no text in the encoding of others. */
const fromOtherDatabases = /^(Of the server's roles|globals\.sql is missing)[^]* encoding "/;

function manifestOf(s3: ScriptedS3): Manifest | undefined {
  const [key] = s3.keys("/manifest.json");
  return key === undefined ? undefined : (JSON.parse(s3.objects.get(key)!.body.toString()) as Manifest);
}

const expectCode = ({ error }: RunResult, code: string, message: RegExp): void =>
  expect(error, error?.message).toMatchObject({ code, message: expect.stringMatching(message) });

function expectSuccess({ error, log }: RunResult, result: Result): void {
  expect(error, error?.message).toBeUndefined();
  if ("passes" in result || "unproven" in result) return;
  const warnings = log.filter((line) => line.startsWith("warning:"));
  expect(warnings, warnings.join("\n")).toEqual([]);
}

/** What is said about a restore, and nothing where there is nothing to say. */
function expectProof(manifest: Manifest | undefined, result: Result): void {
  const { restore: proof } = manifest as Manifest & { restore?: { outcome: string } };
  const outcome = "passes" in result ? "restored" : "unproven" in result ? "failed" : undefined;
  expect(proof?.outcome, JSON.stringify(proof)).toBe(outcome);
  if ("passes" in result) expect(JSON.stringify(proof)).toMatch(result.passes);
}

async function expectTrue(server: Server, database: string, queries: string[]): Promise<void> {
  for (const query of queries) {
    const [row] = await server.sql(database, query);
    expect([query, Object.values(row)]).toEqual([query, [true]]);
  }
}
