// What belongs to a database and is in no dump: a restored copy has it too, or the difference is reported.
import { generateIdentity, identityToRecipient } from "age-encryption";
import { beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/postgres/connection.ts";
import { readProperties, type DatabaseProperties } from "../../src/postgres/database-state.ts";
import { Fixture } from "./fixture.ts";
import type { RunResult } from "./server.ts";

const fixture = Fixture.set();

const hostile = `it's "so"; \\ $$ :"DBNAME" %I\n-- x`;
const literal = `'${hostile.replaceAll("'", "''")}'`;

beforeAll(async () => {
  await fixture.server.sql(
    "postgres",
    // As on RDS: may create databases and roles, is a member of the owners, and is no superuser.
    "CREATE ROLE master LOGIN CREATEDB CREATEROLE; GRANT pg_read_all_data TO master; SET ROLE master",
    'CREATE ROLE shop; CREATE ROLE web LOGIN; CREATE ROLE "the ""auditor""" LOGIN; CREATE ROLE outsider LOGIN',
    "GRANT shop TO master; RESET ROLE",
    `CREATE DATABASE shop OWNER shop TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'
       LOCALE_PROVIDER icu ICU_LOCALE 'ja-JP'`,
    `ALTER DATABASE shop SET search_path = "$user", "Ödd ""schema, x", public`,
    "ALTER DATABASE shop SET timezone = 'Asia/Tokyo'",
    "ALTER DATABASE shop SET datestyle = 'German', 'DMY'",
    "ALTER DATABASE shop SET statement_timeout = '90s'",
    "ALTER DATABASE shop SET temp_tablespaces = ''",
    `ALTER DATABASE shop SET "app.motto" = ${literal}`,
    "ALTER ROLE web IN DATABASE shop SET work_mem = '64MB'",
    `ALTER ROLE "the ""auditor""" IN DATABASE shop SET search_path = 'Ödd "schema, x'`,
    `COMMENT ON DATABASE shop IS ${literal}`,
    "ALTER DATABASE shop CONNECTION LIMIT 17",
    "REVOKE ALL ON DATABASE shop FROM PUBLIC",
    "GRANT CONNECT ON DATABASE shop TO master",
    'GRANT CONNECT ON DATABASE shop TO "the ""auditor""" WITH GRANT OPTION',
    'SET ROLE "the ""auditor"""; GRANT CONNECT ON DATABASE shop TO web; RESET ROLE',
  );
  await fixture.server.sql(
    "shop",
    "SET ROLE shop",
    'CREATE SCHEMA "Ödd ""schema, x"',
    'CREATE TABLE "Ödd ""schema, x".orders (id int PRIMARY KEY); GRANT SELECT, INSERT ON "Ödd ""schema, x".orders TO web',
    'INSERT INTO "Ödd ""schema, x".orders VALUES (1), (2)',
    "CREATE TABLE items (id int); GRANT SELECT ON items TO web",
    'GRANT USAGE ON SCHEMA "Ödd ""schema, x" TO web',
  );
});

async function propertiesOf(database: string): Promise<DatabaseProperties> {
  const session = await connect({ ...fixture.server.connection, database: "postgres" }, { failure: "RESTORE_FAILED" });
  try {
    return (await readProperties(session, database))!;
  } finally {
    await session.end();
  }
}

/** Into a new database, which is dropped afterwards. */
async function restored(
  inputs: Record<string, string>,
  check: (result: RunResult, target: string) => Promise<void>,
  target = "copy",
): Promise<void> {
  const result = await fixture.run({ mode: "restore", "to-database": target, confirm: target, ...inputs });
  try {
    await check(result, target);
  } finally {
    await fixture.server.sql("postgres", `ALTER DATABASE ${target} IS_TEMPLATE false`).catch(() => undefined);
    await fixture.server.sql("postgres", `DROP DATABASE IF EXISTS ${target}`);
  }
}

const warnings = ({ log }: RunResult): string[] => log.filter((line) => line.startsWith("warning"));

describe("a database with an owner, settings, privileges and a comment", () => {
  it.each(["postgres", "master"])("comes back like its source, restored by %s, and takes its place", async (user) => {
    expect((await fixture.run({ database: "shop", user: "master" })).error).toBeUndefined();
    const inputs = { database: "shop", user, assertions: "SELECT count(*) = 2 FROM orders" };
    if (user === "master") await fixture.server.sql("postgres", 'SET ROLE master; GRANT "the ""auditor""" TO master');
    await restored(inputs, async (result, target) => {
      expect(result.error).toBeUndefined();
      const [source, copy] = [await propertiesOf("shop"), await propertiesOf(target)];
      // A parameter that no extension has defined is a superuser's to set. It may be a secret: its value is not shown.
      const isMaster = user === "master";
      expect(warnings(result)).toEqual(
        isMaster
          ? [expect.stringMatching(/: ALTER DATABASE "copy" SET "app.motto" TO '…'; -- .*in database\.sql/)]
          : [],
      );
      if (isMaster) await fixture.server.sql("postgres", `ALTER DATABASE copy SET "app.motto" = ${literal}`);
      else expect(copy).toEqual(source);
      expect(await propertiesOf(target)).toEqual(source);
      // As the application sees it.
      const web = await connect(
        { ...fixture.server.connection, database: target, user: "web" },
        { failure: "RESTORE_FAILED" },
      );
      expect(
        await web.query("SELECT current_setting('app.motto') AS motto, current_setting('work_mem') AS memory"),
      ).toEqual([{ motto: hostile, memory: "64MB" }]);
      await web.query("INSERT INTO orders VALUES (3)");
      await web.end();
      await expect(
        connect({ ...fixture.server.connection, database: target, user: "outsider" }, { failure: "RESTORE_FAILED" }),
      ).rejects.toThrow(/permission denied for database/);
    });
  });

  it("leaves out owner and privileges with owners: false, and says that everybody may connect", async () => {
    expect((await fixture.run({ database: "shop" })).error).toBeUndefined();
    await restored({ database: "shop", owners: "false" }, async (result, target) => {
      expect(result.error).toBeUndefined();
      const [source, copy] = [await propertiesOf("shop"), await propertiesOf(target)];
      expect(copy).toMatchObject({ owner: "postgres", comment: source.comment, settings: source.settings });
      expect(warnings(result)).toEqual([expect.stringContaining("every role may connect to copy")]);
    });
  });

  it("says what it cannot restore, with the statement, and keeps the data", async () => {
    await fixture.server.sql("postgres", "ALTER DATABASE shop SET log_statement = 'all'");
    await fixture.server.sql("postgres", "CREATE ROLE gone");
    await fixture.server.sql(
      "postgres",
      "ALTER DATABASE shop OWNER TO gone; ALTER ROLE gone IN DATABASE shop SET jit = off",
    );
    try {
      expect((await fixture.run({ database: "shop" })).error).toBeUndefined();
      await fixture.server.sql("postgres", "ALTER DATABASE shop OWNER TO shop");
      await fixture.server.sql("postgres", "ALTER ROLE gone IN DATABASE shop RESET ALL; DROP ROLE gone");
      await restored({ database: "shop", user: "master" }, async (result, target) => {
        expect(result.error).toBeUndefined();
        const reported = warnings(result).join("\n");
        expect(reported).toMatch(
          /ALTER DATABASE "copy" SET "log_statement" TO 'all'; -- permission denied to set parameter/,
        );
        expect(reported).toMatch(
          /ALTER ROLE "gone" IN DATABASE "copy" SET "jit" TO 'off'; -- role "gone" does not exist/,
        );
        expect(reported).toMatch(/ALTER DATABASE "copy" OWNER TO "gone"; -- role "gone" does not exist/);
        expect(reported).toContain("app.motto");
        expect(warnings(result)).toHaveLength(4);
        expect((await propertiesOf(target)).settings).toContainEqual({
          role: null,
          name: "TimeZone",
          value: "Asia/Tokyo",
        });
      });
    } finally {
      await fixture.server.sql("postgres", "ALTER DATABASE shop RESET log_statement");
    }
  });

  /** Changes the state in the manifest of the backup of `app`. */
  async function editState(edit: (state: DatabaseProperties) => void): Promise<void> {
    expect((await fixture.run()).error).toBeUndefined();
    const [key] = fixture.manifests();
    const manifest = JSON.parse(fixture.s3.objects.get(key!)!.body.toString()) as { databaseState: DatabaseProperties };
    edit(manifest.databaseState);
    fixture.s3.set(key!, JSON.stringify(manifest));
  }
  const setting = (name: string, value: string) => ({ role: null, name, value });

  it("is restored whatever its settings do, without the one that lets nobody connect", async () => {
    const harmless = [setting("default_transaction_read_only", "on"), setting("work_mem", "8MB")];
    await editState((state) => {
      state.settings = [harmless[0]!, setting("session_preload_libraries", "no_such_library"), harmless[1]!];
    });
    await restored({}, async (result, target) => {
      expect(result.error).toBeUndefined();
      expect(warnings(result)).toEqual([
        expect.stringMatching(
          /SET "session_preload_libraries" TO 'no_such_library'; -- left out, .* nobody can connect: .*no_such_library/,
        ),
      ]);
      expect((await propertiesOf(target)).settings).toEqual(harmless);
      expect(await fixture.server.sql(target, "SHOW work_mem")).toEqual([{ work_mem: "8MB" }]);
    });
  });

  it("is restored to a server that does not know its locale", async () => {
    await editState(({ locale }) => Object.assign(locale, { collate: "xx_YY.UTF-8", ctype: "xx_YY.UTF-8" }));
    await restored({}, async (result) => {
      expect(result.error).toBeUndefined();
      expect(warnings(result)).toEqual([
        expect.stringMatching(/copy cannot sort text as the source does, by UTF8, xx_YY.UTF-8: invalid/),
        expect.stringMatching(/it sorts text by UTF8, C instead of UTF8, xx_YY.UTF-8/),
      ]);
    });
  });

  it("keeps its secrets in an encrypted backup", async () => {
    const identity = await generateIdentity();
    await fixture.server.sql("postgres", `ALTER DATABASE shop SET "app.key" = 'the-secret-of-shop'`);
    await fixture.server.sql("postgres", `ALTER ROLE web SET "app.key" = 'the-secret-of-web'`);
    const made = await fixture.run({ database: "shop", recipients: await identityToRecipient(identity) });
    expect(made.error).toBeUndefined();
    // All but globals.sql, which pg_dumpall has written.
    for (const key of fixture.s3.keys().filter((one) => !one.endsWith("globals.sql"))) {
      const text = fixture.s3.objects.get(key)!.body.toString("latin1");
      expect(text.includes("the-secret"), key).toBe(false);
    }
    await restored({ database: "shop", identity }, async (result, target) => {
      expect(result.error).toBeUndefined();
      expect(warnings(result)).toEqual([]);
      expect(await propertiesOf(target)).toEqual(await propertiesOf("shop"));
    });
    await restored({ database: "shop", identity: await generateIdentity() }, async ({ error }) => {
      expect(error).toMatchObject({ code: "DECRYPTION_FAILED" });
    });
    await fixture.server.sql("postgres", `ALTER ROLE web RESET ALL; ALTER DATABASE shop RESET "app.key"`);
  });

  it("is not in a backup whose role cannot read it, and the backup is good", async () => {
    await fixture.server.sql("app", "REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC");
    const made = await fixture.run({ user: "reader" });
    await fixture.server.sql("app", "GRANT SELECT ON pg_catalog.pg_auth_members TO PUBLIC");
    expect(made.error).toBeUndefined();
    expect(made.annotations).toEqual([
      expect.stringMatching(/settings and privileges .* not in this backup: .*permission denied .*pg_auth_members/),
    ]);
    await fixture.expectAllVerify("app");
  });

  it("is restored from a backup that has no state of its database", async () => {
    expect((await fixture.run()).error).toBeUndefined();
    const [key] = fixture.manifests();
    const { databaseState, scripts, ...manifest } = JSON.parse(fixture.s3.objects.get(key!)!.body.toString());
    expect([databaseState, scripts]).not.toContain(undefined);
    fixture.s3.set(key!, JSON.stringify(manifest));
    await restored({}, async (result) => {
      expect(result.error).toBeUndefined();
      expect(warnings(result)).toEqual([expect.stringContaining("has no owner, settings and privileges")]);
    });
  });
});

describe("a target that exists", () => {
  it("gets what the source has; what only the target has is reported", async () => {
    expect((await fixture.run({ database: "shop" })).error).toBeUndefined();
    await fixture.server.sql(
      "postgres",
      "CREATE DATABASE copy TEMPLATE template0 ENCODING 'UTF8'",
      "ALTER DATABASE copy SET jit = off",
      "GRANT CONNECT ON DATABASE copy TO outsider",
    );
    await restored({ database: "shop" }, async (result, target) => {
      expect(result.error).toBeUndefined();
      const { locale: _, ...source } = await propertiesOf("shop");
      expect(warnings(result)).toEqual([
        expect.stringMatching(/sorts text by .* instead of .*icu ja-JP/),
        expect.stringContaining('ALTER DATABASE "copy" RESET "jit"; -- only the target has it'),
        expect.stringContaining('REVOKE CONNECT ON DATABASE "copy" FROM "outsider"; -- only the target has it'),
      ]);
      const copy = await propertiesOf(target);
      expect(copy).toMatchObject({ owner: "shop", comment: source.comment, connectionLimit: 17 });
      expect(copy.privileges).toEqual(expect.arrayContaining(source.privileges));
    });
  });

  it("is given back to its owner after a restore that failed", async () => {
    expect((await fixture.run({ database: "shop" })).error).toBeUndefined();
    const { body } = fixture.s3.objects.get(fixture.s3.keys("data.dump").concat(fixture.s3.keys("data.dump.zst"))[0]!)!;
    body[body.length - 5]! ^= 1;
    await fixture.server.sql("postgres", "CREATE DATABASE copy TEMPLATE template0 ENCODING 'UTF8'");
    await restored({ database: "shop" }, async ({ error }, target) => {
      expect(error).toMatchObject({ code: "CORRUPT" });
      expect((await propertiesOf(target)).owner).toBe("postgres");
    });
  });
});

describe("a database of another encoding", () => {
  const bytes = "E'\\xC6\\xFC\\xCB\\xDC'";
  beforeAll(async () => {
    await fixture.server.sql(
      "postgres",
      "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
      "CREATE DATABASE japanese TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    for (const database of ["ascii", "japanese"])
      await fixture.server.sql(
        database,
        `SET client_encoding = ${database === "ascii" ? "SQL_ASCII" : "EUC_JP"}`,
        `CREATE TABLE names (name text); INSERT INTO names VALUES (${bytes})`,
      );
  });

  it.each([
    ["ascii", "SQL_ASCII"],
    ["japanese", "EUC_JP"],
  ])("comes back in its own: %s", async (database, encoding) => {
    expect((await fixture.run({ database })).error).toBeUndefined();
    await restored({ database }, async (result, target) => {
      expect(result.error).toBeUndefined();
      expect((await propertiesOf(target)).locale).toMatchObject({ encoding });
      expect(await fixture.server.sql(target, "SELECT encode(textsend(name), 'hex') FROM names").catch(String)).toEqual(
        await fixture.server.sql(database, "SELECT encode(textsend(name), 'hex') FROM names").catch(String),
      );
    });
    await fixture.server.sql("postgres", "CREATE DATABASE copy TEMPLATE template0 ENCODING 'UTF8'");
    await restored({ database }, async ({ error }) => {
      expect(error).toMatchObject({ code: "ENCODING_DIFFERS", message: expect.stringContaining("UTF8") });
      // The command in the message works.
      const command = /^createdb .*$/m.exec(error!.message)?.[0] ?? "";
      await fixture.server.sql("postgres", "DROP DATABASE copy");
      const { stockTools } = await import("./stock-tools.ts");
      const made = await stockTools(fixture.s3, fixture.server)(command, { PGUSER: "postgres" });
      expect([made.code, made.stderr]).toEqual([0, ""]);
      const again = await fixture.run({ mode: "restore", database, "to-database": "copy", confirm: "copy" });
      expect(again.error).toBeUndefined();
    });
  });
});
