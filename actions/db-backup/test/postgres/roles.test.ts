// A server without the roles of the backup: they are named before anything is loaded, and with owners: false only those
// of policies are needed, in both formats.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fixture } from "./fixture.ts";
import { Server, type RunResult } from "./server.ts";

const fixture = Fixture.set();
let other: Server;
beforeAll(async () => {
  other = await Server.start();
  await other.sql("postgres", "CREATE ROLE master LOGIN CREATEDB CREATEROLE; GRANT pg_read_all_data TO master");
});
afterAll(() => other?.stop());

beforeAll(async () => {
  await fixture.server.sql(
    "postgres",
    'CREATE ROLE "the keeper" LOGIN; CREATE ROLE tenant; CREATE ROLE readers; CREATE ROLE unrelated',
    "CREATE DATABASE owned",
    'CREATE DATABASE by_keeper OWNER "the keeper"',
  );
  await fixture.server.sql(
    "owned",
    "CREATE TABLE users (id int, owner text); INSERT INTO users SELECT i, 'x' FROM generate_series(1, 100) i",
    'ALTER TABLE users OWNER TO "the keeper"; GRANT SELECT ON users TO readers',
    "CREATE POLICY one ON users TO tenant USING (owner = current_user)",
    `CREATE FUNCTION grants() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
GRANT SELECT ON users TO readers;
ALTER TABLE users OWNER TO tenant;
RETURN 'kept'; END $$`,
    'ALTER FUNCTION grants() OWNER TO "the keeper"',
    'ALTER DEFAULT PRIVILEGES FOR ROLE "the keeper" GRANT SELECT ON TABLES TO readers',
    "CREATE TABLE lines (line text); INSERT INTO lines VALUES ('ALTER TABLE users OWNER TO tenant;'), ('GRANT x TO y;')",
  );
  // A table of postgres, on which PostgreSQL tracks no dependency.
  await fixture.server.sql("by_keeper", "CREATE TABLE of_postgres (id int)");
});

const restore = (more: Record<string, string>): Promise<RunResult> =>
  fixture.run({ mode: "restore", database: "owned", "to-database": "copy", confirm: "copy", ...more });
const toOther = (more: Record<string, string>) => restore({ host: other.connection.host, ...more });

describe.each(["custom", "plain"])("a server without the roles of a backup of the format %s", (format) => {
  it("is left as it is, and the statements that help are named", async () => {
    expect((await fixture.run({ database: "owned", format })).error).toBeUndefined();
    const { error } = await toOther({});
    expect(error).toMatchObject({ code: "ROLES_MISSING", message: expect.stringContaining("roles.sql") });
    const statements = error!.message.split("\n").filter((line) => line.startsWith("CREATE ROLE"));
    expect(statements).toEqual([
      'CREATE ROLE "readers" NOLOGIN INHERIT;',
      'CREATE ROLE "tenant" NOLOGIN INHERIT;',
      'CREATE ROLE "the keeper" LOGIN INHERIT;',
    ]);
    expect(await other.sql("postgres", "SELECT FROM pg_database WHERE datname = 'copy'")).toEqual([]);
    await other.sql("postgres", ...statements);
    // A member of no owner, and no superuser: as which it could not restore the owners.
    const asMaster = await toOther({ user: "master" });
    expect(asMaster.error).toMatchObject({
      code: "ROLES_MISSING",
      message: expect.stringContaining('GRANT "the keeper" TO "master";'),
    });
    const { error: none } = await toOther({});
    expect(none).toBeUndefined();
    const [{ owner }] = await other.sql(
      "copy",
      "SELECT relowner::regrole::text AS owner FROM pg_class WHERE relname = 'users'",
    );
    expect(owner).toBe('"the keeper"');
    await other.sql("postgres", "DROP DATABASE copy", 'DROP ROLE readers, tenant, "the keeper"');
  });

  it("needs only those of policies with owners: false", async () => {
    expect((await fixture.run({ database: "owned", format })).error).toBeUndefined();
    const refused = await toOther({ owners: "false" });
    expect(refused.error).toMatchObject({ code: "ROLES_MISSING" });
    expect(refused.error!.message.match(/^CREATE ROLE.*/gm)).toEqual(['CREATE ROLE "tenant" NOLOGIN INHERIT;']);
    await other.sql("postgres", "CREATE ROLE tenant");
    const done = await toOther({ owners: "false", user: "master" });
    expect(done.error).toBeUndefined();
    expect(await other.sql("copy", "SELECT line FROM lines")).toHaveLength(2);
    expect(await other.sql("copy", "SELECT prosrc FROM pg_proc WHERE proname = 'grants'")).toEqual(
      await fixture.server.sql("owned", "SELECT prosrc FROM pg_proc WHERE proname = 'grants'"),
    );
    expect(await other.sql("copy", "SELECT polroles::regrole[]::text FROM pg_policy")).toEqual([
      { polroles: "{tenant}" },
    ]);
    const [{ owner }] = await other.sql(
      "copy",
      "SELECT relowner::regrole::text AS owner FROM pg_class WHERE relname = 'users'",
    );
    expect(owner).toBe("master");
    await other.sql("postgres", "DROP DATABASE copy", "DROP ROLE tenant");
  });
});

it("objects of the first superuser are known too", async () => {
  const made = await fixture.run({ database: "by_keeper" });
  const key = made.outputs["manifest-uri"].replace("s3://backups/", "");
  const { databaseState } = JSON.parse(fixture.s3.objects.get(key)!.body.toString());
  expect(databaseState.namedRoles).toEqual({ owners: ["postgres"], grantees: [], policies: [] });
  expect(databaseState.roles.roles.map(({ name }: { name: string }) => name)).toContain("unrelated");
  expect(JSON.stringify(databaseState)).not.toContain("pg_read_all_data");
});
