// A backup of a hot standby, which cannot read unlogged tables.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { makeTestFolder } from "../../../../test/lib/test-folder.ts";
import { Fixture } from "./fixture.ts";
import { installed, query } from "./server.ts";

const fixture = Fixture.set();
const sockets = { primary: "", standby: "" };
const stops: (() => void)[] = [];

beforeAll(async () => {
  const bin = dirname((await installed()).path("pg_dump"));
  const folder = makeTestFolder("standby-");
  chmodSync(folder, 0o777);
  const asPostgres = (program: string, ...args: string[]) => {
    const command = [join(bin, program), ...args];
    // PostgreSQL refuses to run as root.
    const whole =
      process.getuid?.() === 0
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", ...command]
        : command;
    execFileSync(whole[0]!, whole.slice(1), { cwd: folder, stdio: "ignore" });
  };
  const start = (name: keyof typeof sockets) => {
    sockets[name] = join(folder, `${name}-socket`);
    mkdirSync(sockets[name]);
    chmodSync(sockets[name], 0o777);
    const options = `-k ${sockets[name]} -c listen_addresses= -c fsync=off -c wal_level=replica -c hot_standby=on`;
    asPostgres(
      "pg_ctl",
      "--pgdata",
      join(folder, name),
      "--wait",
      "--log",
      join(folder, `${name}.log`),
      "--options",
      options,
      "start",
    );
    stops.push(() => asPostgres("pg_ctl", "--pgdata", join(folder, name), "--mode=immediate", "stop"));
  };
  asPostgres("initdb", "--pgdata", join(folder, "primary"), "--username=postgres", "--auth=trust", "--no-sync");
  start("primary");
  await query(
    sockets.primary,
    "postgres",
    "CREATE TABLE kept AS SELECT generate_series(1, 30) AS i",
    "CREATE UNLOGGED TABLE sessions AS SELECT generate_series(1, 40) AS i",
  );
  asPostgres(
    "pg_basebackup",
    "--pgdata",
    join(folder, "standby"),
    "--host",
    sockets.primary,
    "--checkpoint=fast",
    "--no-sync",
  );
  writeFileSync(join(folder, "standby/standby.signal"), "");
  writeFileSync(
    join(folder, "standby/postgresql.auto.conf"),
    `primary_conninfo = 'host=${sockets.primary} user=postgres'\n`,
  );
  start("standby");
});
afterAll(() => {
  for (const stop of stops.toReversed()) stop();
});

it("has all rows but those of unlogged tables, which a warning names", async () => {
  await vi.waitUntil(async () => (await query(sockets.standby, "postgres", "SELECT pg_is_in_recovery() AS is"))[0].is);
  const { error, log, annotations } = await fixture.run({
    host: sockets.standby,
    database: "postgres",
    level: "restore",
  });
  expect(error).toBeUndefined();
  expect(log.join("\n")).toContain("30 rows of 1 tables");
  expect(annotations).toEqual([
    "warning: db-backup: postgres: This server is a standby, where unlogged tables are empty; without rows in this " +
      "backup: public.sessions.",
  ]);
  const primary = await fixture.run({ host: sockets.primary, database: "postgres" });
  expect(primary.log.join("\n")).toContain("70 rows of 2 tables");
});
