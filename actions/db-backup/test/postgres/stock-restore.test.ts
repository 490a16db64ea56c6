// The runbook, literally, as the master user of a managed server, who is no superuser: with the programs of PostgreSQL
// alone. Afterwards the application logs in, reads and writes.
import { readFileSync } from "node:fs";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../src/postgres/connection.ts";
import { Fixture } from "./fixture.ts";
import { Server, type RunResult } from "./server.ts";
import { stockTools, type ShellResult } from "./stock-tools.ts";

const fixture = Fixture.set();
const name = "shiojiri_rainbow";
const runbook = readFileSync(new URL("../../../../docs/restore-runbook.md", import.meta.url), "utf8");

/** The first block of the runbook that contains a text. */
const blockWith = (text: string): string =>
  [...runbook.matchAll(/^( *)```(?:sh|sql)\n([^]*?)^ *```$/gm)]
    .map(([, , block = ""]) => block)
    .find((block) => block.includes(text)) ?? "";

/** As on RDS. The master user of a server before PostgreSQL 16 is no member of the roles that it creates. */
const createMaster = [
  "CREATE ROLE master LOGIN CREATEDB CREATEROLE; GRANT pg_read_all_data, pg_signal_backend TO master",
];

beforeAll(async () => {
  await fixture.server.sql(
    "postgres",
    ...createMaster,
    // Since PostgreSQL 16, its creator may grant a role.
    "SET ROLE master",
    "CREATE ROLE shop; CREATE ROLE readers; CREATE ROLE web LOGIN IN ROLE readers; CREATE ROLE outsider LOGIN",
    "ALTER ROLE web SET work_mem = '8MB'; ALTER ROLE web CONNECTION LIMIT 9; ALTER ROLE web VALID UNTIL '2099-01-01'",
    "CREATE ROLE copier LOGIN; GRANT readers TO copier WITH ADMIN OPTION",
    "COMMENT ON ROLE readers IS 'it''s $roles$ \\ for readers'",
    "GRANT shop TO master",
    "RESET ROLE",
    "ALTER ROLE copier REPLICATION BYPASSRLS",
    `CREATE DATABASE ${name} OWNER shop TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'`,
    `ALTER DATABASE ${name} SET search_path = shop, public`,
    `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${name} TO readers, master`,
    `ALTER ROLE web IN DATABASE ${name} SET timezone = 'Asia/Tokyo'`,
  );
  await fixture.server.sql(
    name,
    "SET ROLE shop",
    "CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO readers",
    "CREATE TABLE sightings (id int PRIMARY KEY, place text)",
    "INSERT INTO sightings VALUES (1, 'Shiojiri')",
    "CREATE TABLE public.in_public (id int)",
    "GRANT SELECT, INSERT ON sightings TO readers",
    "RESET ROLE",
    // Tables in public whose owners do not own the database: one has had the right to create them, one still has it.
    "CREATE TABLE public.of_web (id int); ALTER TABLE public.of_web OWNER TO web",
    "GRANT CREATE ON SCHEMA public TO copier; CREATE TABLE public.of_copier (id int)",
    "ALTER TABLE public.of_copier OWNER TO copier",
  );
});

let other: Server;
beforeAll(async () => {
  other = await Server.start();
  await other.sql("postgres", ...createMaster);
});
afterAll(() => other?.stop());

/** The commands of section 2, with the real name of the backup. */
async function restoreByHand(server: Server, made: RunResult, identity = ""): Promise<ShellResult> {
  const folder = made.outputs["manifest-uri"].replace(/\/manifest\.json$/, "");
  const script = blockWith("bash restore.sh")
    .replace(/^export PGHOST.*\nread .*\naws s3 ls .*\n/, "")
    .replace(/^backup=.*$/m, `backup=${folder}`);
  return stockTools(fixture.s3, server)(`echo "$KEY" > key.txt\n${script}`, { PGUSER: "master", KEY: identity });
}

async function asWeb(server: Server): Promise<Record<string, unknown>> {
  const web = await connect({ ...server.connection, database: name, user: "web" }, { failure: "RESTORE_FAILED" });
  try {
    await web.query("INSERT INTO sightings SELECT max(id) + 1, 'Nagano' FROM sightings");
    const [row] = await web.query<Record<string, unknown>>(
      `SELECT count(*)::int AS rows, current_setting('timezone') AS timezone, current_setting('work_mem') AS memory
         FROM sightings`,
    );
    return row!;
  } finally {
    await web.end();
  }
}

/** Owners of tables in the schema public, and who may create others there. */
const creators = (server: Server, database: string) =>
  server.sql(
    database,
    `SELECT relowner::regrole::text AS owner, has_schema_privilege(relowner, 'public', 'CREATE') AS may
       FROM pg_class WHERE relname ~ '^of_' ORDER BY 1`,
  );
const sameCreators = [
  { owner: "copier", may: true },
  { owner: "web", may: false },
];

const expectLockedOut = (server: Server) =>
  expect(
    connect({ ...server.connection, database: name, user: "outsider" }, { failure: "RESTORE_FAILED" }),
  ).rejects.toThrow(/permission denied for database/);

it.each(["custom", "plain"])(
  "a restored copy takes the place of the original on the same server: %s",
  async (format) => {
    const made = await fixture.run({ database: name, user: "master", format });
    expect(made.error).toBeUndefined();
    const { code, stderr } = await restoreByHand(fixture.server, made);
    expect([code, stderr]).toEqual([0, ""]);
    // One session, as the runbook says.
    const swap = await stockTools(fixture.s3, fixture.server)(
      'psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres <<< "$SWAP"',
      { PGUSER: "master", SWAP: blockWith("RENAME TO") },
    );
    expect([swap.code, swap.stderr]).toEqual([0, ""]);
    const [{ rows }] = await fixture.server.sql(`${name}_broken`, "SELECT count(*)::int AS rows FROM shop.sightings");
    expect(await asWeb(fixture.server)).toEqual({ rows: rows + 1, timezone: "Asia/Tokyo", memory: "8MB" });
    await expectLockedOut(fixture.server);
    expect(await creators(fixture.server, name)).toEqual(sameCreators);
    await fixture.server.sql("postgres", `DROP DATABASE ${name}_broken`);
  },
);

it("a new server gets roles that can log in, without errors, and then the database", async () => {
  const made = await fixture.run({ database: name, user: "master" });
  const folder = made.outputs["manifest-uri"].replace(/\/manifest\.json$/, "");
  const tools = stockTools(fixture.s3, other);
  const roles = await tools(`backup=${folder}\n${blockWith('roles.sql" -')}`, { PGUSER: "master" });
  expect(roles.code).toBe(0);
  // What only a superuser may give is a warning that names the statement.
  expect(roles.stderr.match(/^(psql.*)?WARNING.*/gm)).toEqual([
    expect.stringContaining('ALTER ROLE "copier" REPLICATION: '),
    expect.stringContaining('ALTER ROLE "copier" BYPASSRLS: '),
  ]);
  expect(roles.stderr).not.toContain("ERROR");
  expect(
    await other.sql(
      "postgres",
      `SELECT rolname::text AS name, rolcanlogin AS login, rolconnlimit AS limit, rolvaliduntil IS NULL AS forever,
          shobj_description(oid, 'pg_authid') AS comment
        FROM pg_roles WHERE rolname IN ('web', 'readers', 'copier') ORDER BY 1`,
    ),
  ).toEqual([
    { name: "copier", login: true, limit: -1, forever: true, comment: null },
    { name: "readers", login: false, limit: -1, forever: true, comment: "it's $roles$ \\ for readers" },
    { name: "web", login: true, limit: 9, forever: false, comment: null },
  ]);
  const memberships = `SELECT roleid::regrole::text AS role, member::regrole::text AS member, admin_option AS admin
    FROM pg_auth_members WHERE roleid >= 16384 AND member <> 'master'::regrole ORDER BY 1, 2`;
  expect(await other.sql("postgres", memberships)).toEqual([
    { role: "readers", member: "copier", admin: true },
    { role: "readers", member: "web", admin: false },
  ]);
  // Once more changes nothing.
  await other.sql("postgres", "SET ROLE master", "REVOKE readers FROM copier");
  expect(await tools(`backup=${folder}\n${blockWith('roles.sql" -')}`, { PGUSER: "master" })).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(await other.sql("postgres", memberships)).toHaveLength(1);

  const restored = await restoreByHand(other, made);
  expect([restored.code, restored.stderr]).toEqual([0, ""]);
  await other.sql("postgres", `ALTER DATABASE ${name}_restored RENAME TO ${name}`);
  expect(await asWeb(other)).toEqual({ rows: 4, timezone: "Asia/Tokyo", memory: "8MB" });
  await expectLockedOut(other);
  expect(await creators(other, name)).toEqual(sameCreators);
});

it("globals.sql of an older backup gives a new server roles that can log in", async () => {
  const made = await fixture.run({ database: name, user: "master" });
  const folder = made.outputs["manifest-uri"].replace(/\/manifest\.json$/, "");
  const filter = /`(sed -E '[^`]*')`/.exec(runbook)?.[1];
  const server = await Server.start();
  try {
    await server.sql("postgres", ...createMaster);
    const script = (by: string) =>
      `aws s3 cp ${folder}/globals.sql - | ${by} | psql --no-psqlrc --quiet --dbname=postgres`;
    const tools = stockTools(fixture.s3, server);
    const { stderr } = await tools(script(filter ?? ""), { PGUSER: "master" });
    const roles = "SELECT rolname::text AS name FROM pg_roles WHERE rolcanlogin ORDER BY 1";
    expect(await server.sql("postgres", roles)).toEqual(
      ["copier", "master", "outsider", "postgres", "reader", "web"].map((role) => ({ name: role })),
    );
    // Only about the two roles that exist, and what this master user may not give.
    const expected =
      /role "(master|postgres)" already exists|superuser|denied to alter|own grantor|denied to grant role "pg_/;
    for (const error of stderr.match(/ERROR: .*/g) ?? []) expect(error).toMatch(expected);
  } finally {
    await server.stop();
  }
});

it("an encrypted backup comes back with its key", async () => {
  const identity = await generateIdentity();
  const made = await fixture.run({ database: name, user: "master", recipients: await identityToRecipient(identity) });
  expect(made.error).toBeUndefined();
  const { code, stderr } = await restoreByHand(fixture.server, made, identity);
  expect([code, stderr]).toEqual([0, ""]);
  expect(await creators(fixture.server, `${name}_restored`)).toEqual(sameCreators);
  await fixture.server.sql("postgres", `DROP DATABASE ${name}_restored`);
});

it("create-roles creates what a new server lacks, and then the toolkit restores into it", async () => {
  expect((await fixture.run({ database: name, user: "master" })).error).toBeUndefined();
  const server = await Server.start();
  try {
    await server.sql("postgres", ...createMaster);
    const target = { mode: "restore", database: name, "to-database": name, confirm: name };
    const { error, log } = await fixture.run({
      ...target,
      host: server.connection.host,
      user: "master",
      "create-roles": "true",
    });
    expect(error).toBeUndefined();
    expect(log).toContain("roles created, without passwords: copier, outsider, reader, readers, shop, web");
    expect(log.filter((line) => line.startsWith("warning"))).toEqual([
      "warning: only a superuser may give copier what it had: REPLICATION, BYPASSRLS",
    ]);
    expect(await creators(server, name)).toEqual(sameCreators);
    expect(await asWeb(server)).toMatchObject({ timezone: "Asia/Tokyo", memory: "8MB" });
    await expectLockedOut(server);
  } finally {
    await server.stop();
  }
});

it("the toolkit restores as the master user too", async () => {
  expect((await fixture.run({ database: name, user: "master" })).error).toBeUndefined();
  await fixture.server.sql("postgres", "SET ROLE master", "GRANT web, copier TO master");
  // New, and existing.
  for (const target of ["fresh", "prepared"]) {
    if (target === "prepared")
      await fixture.server.sql("postgres", "SET ROLE master", `CREATE DATABASE prepared TEMPLATE template0`);
    const restore = { mode: "restore", database: name, user: "master", "to-database": target, confirm: target };
    expect((await fixture.run(restore)).error).toBeUndefined();
    expect(await creators(fixture.server, target)).toEqual(sameCreators);
    await fixture.server.sql("postgres", `DROP DATABASE ${target}`);
  }
});
