// Settings of a database or a role, which every session begins with.
import { expect, it } from "vitest";
import { connect } from "../../src/postgres/connection.ts";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();

it.each(["German", "SQL, DMY", "Postgres, YMD"])("the date style %s changes nothing", async (style) => {
  await fixture.server.sql("postgres", `ALTER DATABASE app SET datestyle = '${style.replace(", ", "', '")}'`);
  const { error } = await fixture.run({ level: "restore" });
  expect(error).toBeUndefined();
  await fixture.expectAllVerify("app");
  await fixture.server.sql("postgres", "ALTER DATABASE app RESET datestyle");
});

it("time limits end no session of a backup", async () => {
  const limits = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
  for (const limit of limits) await fixture.server.sql("postgres", `ALTER ROLE reader SET ${limit} = '300ms'`);
  const connection = { ...fixture.server.connection, database: "app", user: "reader" };
  const session = await connect(connection, { failure: "DUMP_FAILED" });
  for (const limit of limits) expect(await session.query(`SHOW ${limit}`)).toEqual([{ [limit]: "0" }]);
  await session.query("SELECT pg_sleep(0.5)");
  await session.end();
  expect((await fixture.run({ user: "reader" })).error).toBeUndefined();
});
