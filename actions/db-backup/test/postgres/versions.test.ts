// A server of another major version than the installed programs; `npm test` starts one (test/postgres/check.ts).
import { expect, it } from "vitest";
import { runProcess } from "../../../shared/src/process.ts";
import { findPrograms } from "../../src/postgres/programs.ts";
import { Fixture } from "./fixture.ts";
import { installed, query } from "./server.ts";

const sockets = process.env["OTHER_POSTGRES"];
const fixture = Fixture.set();

/** Major version of the other server; undefined if there is none, or if its programs are installed too. */
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

it.skipIf(other === undefined)(
  "a server of another version is not backed up, because archives of other programs are not reliable",
  async () => {
    await query(sockets!, "postgres", "CREATE TABLE IF NOT EXISTS precious (i int)");
    const { error } = await fixture.run({ host: sockets!, database: "postgres" });
    expect(error).toMatchObject({
      code: "CLIENT_VERSION",
      message: expect.stringMatching(
        new RegExp(`The server is PostgreSQL ${other}, but pg_dump ${other} is not installed here \\(found ${own}\\.`),
      ),
    });
    expect(fixture.bucket()).toEqual(new Map());
  },
);

it.skipIf(other === undefined)(
  "a server of another version accepts a restore if it is newer, and is refused if it is older",
  async () => {
    await fixture.earlierBackup();
    const restore = { mode: "restore", host: sockets!, "to-database": "moved", confirm: "moved" };
    const { error } = await fixture.run({ ...restore, owners: "false" });
    const existing = await query(sockets!, "postgres", "SELECT FROM pg_database WHERE datname = 'moved'");
    if (other! < own) {
      expect(error).toMatchObject({
        code: "CLIENT_VERSION",
        message: expect.stringContaining(
          `The backup is of PostgreSQL ${own}, but the target's server is older: ${other}.`,
        ),
      });
      expect(existing).toHaveLength(0);
    } else {
      expect(error).toBeUndefined();
      expect(await query(sockets!, "moved", "SELECT count(*)::int FROM users")).toEqual([{ count: 2000 }]);
      // With owners and privileges it needs the roles of the source server.
      await query(sockets!, "postgres", "DROP DATABASE moved");
      expect((await fixture.run(restore)).error).toMatchObject({
        code: "ROLES_MISSING",
        message: expect.stringMatching(/roles\.sql[\s\S]*CREATE ROLE "reader" LOGIN/),
      });
    }
  },
);
