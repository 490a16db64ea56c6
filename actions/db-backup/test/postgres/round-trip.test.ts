// Dump, drop, restore, compare: everything that a database may contain.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { runProcess } from "../../../shared/src/process.ts";
import { restoreCommand } from "../../src/restore-command.ts";
import { ScriptedS3 } from "../scripted-s3.ts";
import { dbBackup, Server } from "./server.ts";
import { stockTools } from "./stock-tools.ts";

let server: Server;
let s3: ScriptedS3;
beforeAll(async () => {
  server = await Server.start();
  await server.sql("postgres", "CREATE DATABASE app");
  await server.sql("app", ...everything);
});
afterAll(() => server?.stop());
beforeEach(async () => {
  await s3?.stop();
  s3 = await ScriptedS3.start();
});
afterAll(() => s3?.stop());

const everything = [
  'CREATE ROLE "the keeper"; CREATE ROLE visitor LOGIN',
  `CREATE TABLE users (
     id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL UNIQUE, at timestamptz DEFAULT now())`,
  "INSERT INTO users (email) SELECT 'user' || i || '@example.com' FROM generate_series(1, 500) i",
  `CREATE TABLE sightings (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL REFERENCES users, place point,
     note text, double_length int GENERATED ALWAYS AS (2 * length(note)) STORED)`,
  "INSERT INTO sightings (user_id, place, note) SELECT id, point(137.95, 36.11), E'a\\tb\\\\c\\nd' FROM users",
  "CREATE TABLE measured (at date NOT NULL, value numeric) PARTITION BY RANGE (at)",
  "CREATE TABLE measured_2025 PARTITION OF measured FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
  "CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
  "INSERT INTO measured SELECT '2025-12-01'::date + i, i FROM generate_series(1, 100) i",
  "CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent)",
  "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (3, 3)",
  'ALTER TABLE parent OWNER TO "the keeper"; GRANT SELECT ON child TO visitor',
  "CREATE SEQUENCE odd_numbers INCREMENT 2; SELECT setval('odd_numbers', 41)",
  'CREATE SCHEMA "Ödd ""schema"',
  'CREATE TABLE "Ödd ""schema"."table with . and \'" ("a ""b" text, "select" text)',
  'INSERT INTO "Ödd ""schema"."table with . and \'" VALUES (E\'\\\\.\', \'COPY x FROM stdin;\')',
  'CREATE TABLE "line\nbreak" ("col\numn" int); INSERT INTO "line\nbreak" VALUES (1), (2)',
  "CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 2 * i $$",
  "CREATE VIEW totals AS SELECT count(*) FROM users; CREATE MATERIALIZED VIEW kept AS SELECT * FROM measured",
  "CREATE TABLE binary_data (id int PRIMARY KEY, data bytea)",
  "INSERT INTO binary_data SELECT i, decode(md5(i::text), 'hex') FROM generate_series(1, 100) i",
  "SELECT lo_from_bytea(424242, 'a large object')",
  "CREATE TABLE nothing ()",
  "INSERT INTO nothing DEFAULT VALUES",
  "CREATE UNLOGGED TABLE quick (i int); INSERT INTO quick VALUES (1)",
  "CREATE TYPE mood AS ENUM ('fair', 'foul'); CREATE DOMAIN grade AS int CHECK (VALUE BETWEEN 1 AND 5)",
  "CREATE TABLE typed (m mood, g grade, j jsonb, a int[])",
  "INSERT INTO typed VALUES ('fair', 5, '{\"a\": [1]}', '{1,2}')",
  "CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION citext",
  "CREATE TABLE extended (h hstore, c citext UNIQUE, t text)",
  "CREATE INDEX ON extended USING gin (t gin_trgm_ops)",
  "INSERT INTO extended VALUES ('a=>1, b=>NULL', 'Rainbow', 'over Shiojiri')",
];

/** Definition and data of a database, as pg_dump writes them. */
async function dumpOf(database: string, ...options: string[]): Promise<string> {
  const { programs, connection } = server;
  const { code, stdout, stderr } = await runProcess([programs.path("pg_dump"), "--dbname", database, ...options], {
    env: { PATH: process.env["PATH"], PGHOST: connection.host, PGUSER: "postgres", LC_ALL: "C" },
  });
  if (code !== 0) throw new Error(stderr);
  // Newer minor versions write a \restrict command with a random key.
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, "");
}

describe.each(["custom", "plain"])("a backup of the format %s", (format) => {
  it("restores everything into a new database", async () => {
    const before = await dumpOf("app");
    const { error, outputs } = await dbBackup(s3, server.inputs({ format }));
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({
      verified: "decode",
      uri: expect.stringMatching(/^s3:\/\/backups\/database\/app\/2\d{3}\//),
    });
    const restored = await dbBackup(
      s3,
      server.inputs({
        mode: "restore",
        "to-database": "restored",
        confirm: "restored",
        assertions: "SELECT count(*) = 500 FROM users\nSELECT twice(21) = 42",
      }),
    );
    expect(restored.error).toBeUndefined();
    expect(await dumpOf("restored")).toBe(before);
    await server.sql("postgres", "DROP DATABASE restored");
  });

  it("is verified by a restore into an ephemeral instance, and by assertions", async () => {
    const verified = await dbBackup(
      s3,
      server.inputs({ format, level: "restore", assertions: "SELECT count(*) > 0 FROM sightings" }),
    );
    expect(verified.error).toBeUndefined();
    expect(verified.outputs).toMatchObject({ verified: "restore" });
    const drill = await dbBackup(s3, server.inputs({ mode: "verify", level: "restore" }));
    expect(drill.outputs).toMatchObject({ verified: "restore", duration: expect.any(Number) });
    const failed = await dbBackup(
      s3,
      server.inputs({
        format,
        level: "restore",
        assertions: "SELECT count(*) > 1000 FROM sightings\nSELECT * FROM nowhere",
      }),
    );
    // Its data is kept, and does not count as a good backup.
    expect(s3.keys("/manifest.json")).toHaveLength(2);
    expect(failed.error!.message).toMatch(/Last good backup: backup_/);
    expect((await dbBackup(s3, server.inputs({ mode: "check" }))).error).toMatchObject({ code: "RESTORE_UNPROVEN" });
    expect(failed.error).toMatchObject({
      code: "ASSERTION_FAILED",
      message: expect.stringMatching(
        /2 of 2 assertions failed:\nNext: [\s\S]*\n\s+SELECT count.*false[\s\S]*nowhere.*does not exist/,
      ),
    });
  });
});

describe("an encrypted backup", () => {
  it("is verified when it is made, opens only with the private key, and names its recipients", async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const before = await dumpOf("app");
    const made = await dbBackup(s3, server.inputs({ recipients: recipient }));
    expect(made.error).toBeUndefined();
    expect(made.outputs["uri"]).toMatch(/\.age$/);
    const [dump] = s3.keys(".age");
    expect(s3.objects.get(dump!)!.body.toString("latin1")).not.toContain("users");
    expect((await dbBackup(s3, server.inputs({ mode: "verify" }))).error).toMatchObject({
      code: "DECRYPTION_FAILED",
      message: expect.stringContaining(recipient),
    });
    expect(
      (await dbBackup(s3, server.inputs({ mode: "verify", identity: await generateIdentity() }))).error,
    ).toMatchObject({ code: "DECRYPTION_FAILED" });
    const restored = await dbBackup(
      s3,
      server.inputs({ mode: "restore", identity, "to-database": "opened", confirm: "opened" }),
    );
    expect(restored.error).toBeUndefined();
    expect(await dumpOf("opened")).toBe(before);
    await server.sql("postgres", "DROP DATABASE opened");
  });
});

describe("a restore", () => {
  it("needs a new or empty database and its name as confirmation, and is complete or not done at all", async () => {
    await dbBackup(s3, server.inputs());
    await server.sql("postgres", "CREATE DATABASE taken");
    await server.sql("taken", "CREATE TABLE precious (i int)");
    const restore = (more: Record<string, string>) =>
      dbBackup(s3, server.inputs({ mode: "restore", "to-database": "taken", confirm: "taken", ...more }));
    expect((await restore({})).error).toMatchObject({
      code: "TARGET_NOT_EMPTY",
      message: expect.stringContaining("public.precious"),
    });
    expect((await restore({ confirm: "app" })).error).toMatchObject({ code: "NOT_CONFIRMED" });
    await server.sql("taken", "DROP TABLE precious");
    // A changed byte is detected only at the end, when nothing has been committed.
    const [dump] = s3.keys("data.dump").concat(s3.keys("data.dump.zst"));
    const { body } = s3.objects.get(dump!)!;
    body[body.length - 5]! ^= 1;
    expect((await restore({})).error).toMatchObject({ code: "CORRUPT" });
    expect(
      await server.sql("taken", "SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
    ).toEqual([{ count: 0 }]);
    expect(
      (await dbBackup(s3, server.inputs({ mode: "restore", "to-database": "fresh", confirm: "fresh" }))).error,
    ).toMatchObject({ code: "CORRUPT" });
    expect(await server.sql("postgres", "SELECT FROM pg_database WHERE datname = 'fresh'")).toEqual([]);
    body[body.length - 5]! ^= 1;
    expect((await restore({})).error).toBeUndefined();
    await server.sql("postgres", "DROP DATABASE taken");
  });

  it("works by hand, with the command of the summary and stock tools", async () => {
    const { outputs } = await dbBackup(s3, server.inputs({ format: "custom" }));
    const manifest = JSON.parse(s3.objects.get(outputs["manifest-uri"].replace("s3://backups/", ""))!.body.toString());
    const { code, stderr } = await stockTools(s3, server)(restoreCommand(manifest, "backups"), { PGUSER: "postgres" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(await dumpOf("app_restored")).toBe(await dumpOf("app"));
    await server.sql("postgres", "DROP DATABASE app_restored");
  });
});

describe("two hundred schemas", () => {
  it("are backed up and restored", async () => {
    await server.sql("postgres", "CREATE DATABASE many");
    await server.sql(
      "many",
      `DO $$ BEGIN FOR i IN 1..200 LOOP
         EXECUTE format('CREATE SCHEMA tenant_%s', i);
         EXECUTE format('CREATE TABLE tenant_%s.a (i int)', i);
         EXECUTE format('INSERT INTO tenant_%s.a SELECT generate_series(1, %s)', i, i);
       END LOOP; END $$`,
    );
    expect((await dbBackup(s3, server.inputs({ database: "many" }))).error).toBeUndefined();
    const restored = await dbBackup(
      s3,
      server.inputs({ mode: "restore", database: "many", "to-database": "many2", confirm: "many2" }),
    );
    expect(restored.error).toBeUndefined();
    expect(await server.sql("many2", "SELECT count(*)::int FROM tenant_200.a")).toEqual([{ count: 200 }]);
  });
});
