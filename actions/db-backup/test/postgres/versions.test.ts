// A server that is newer or older than the programs that are here; `npm test` starts one (test/postgres/check.ts).
import { expect, it } from "vitest";
import { runProcess } from "../../../shared/src/process.ts";
import { findPrograms } from "../../src/postgres/programs.ts";
import { Fixture } from "./fixture.ts";
import { installed, query } from "./server.ts";

const sockets = process.env["OTHER_POSTGRES"];
const fixture = Fixture.set();

/** Major version of the other server; undefined where there is none, or one that has its programs here. */
const other = await (async () => {
  if (sockets === undefined) return undefined;
  const [{ version }] = await query(
    sockets,
    "postgres",
    "SELECT current_setting('server_version_num')::int / 10000 AS version",
  );
  return findPrograms(version, runProcess).then(
    () => undefined,
    () => version as number,
  );
})();
const own = (await installed()).major;

it.skipIf(other === undefined)("is not backed up: what other programs write cannot be relied upon", async () => {
  await query(sockets!, "postgres", "CREATE TABLE IF NOT EXISTS precious (i int)");
  const { error } = await fixture.run({ host: sockets!, database: "postgres" });
  expect(error).toMatchObject({
    code: "CLIENT_VERSION",
    message: expect.stringMatching(
      new RegExp(`The server is PostgreSQL ${other}, and pg_dump of ${other} is not here \\(there is ${own}\\.`),
    ),
  });
  expect(fixture.bucket()).toEqual(new Map());
});

it.skipIf(other === undefined)("takes a restore when it is newer, and is refused when it is older", async () => {
  await fixture.earlier();
  const restore = { mode: "restore", host: sockets!, "to-database": "moved", confirm: "moved" };
  const { error } = await fixture.run({ ...restore, owners: "false" });
  const there = await query(sockets!, "postgres", "SELECT FROM pg_database WHERE datname = 'moved'");
  if (other! < own) {
    expect(error).toMatchObject({
      code: "CLIENT_VERSION",
      message: expect.stringContaining(`The backup is of PostgreSQL ${own}, the target's server is ${other}`),
    });
    expect(there).toHaveLength(0);
  } else {
    expect(error).toBeUndefined();
    expect(await query(sockets!, "moved", "SELECT count(*)::int FROM users")).toEqual([{ count: 2000 }]);
    // With owners and privileges it needs the roles of where it came from.
    await query(sockets!, "postgres", "DROP DATABASE moved");
    expect((await fixture.run(restore)).error).toMatchObject({
      code: "RESTORE_FAILED",
      message: expect.stringMatching(/role "reader" does not exist[\s\S]*globals\.sql/),
    });
  }
});
