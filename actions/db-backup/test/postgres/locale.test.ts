// The locale of a database, read from one and given to another.
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../src/postgres/connection.ts";
import { versionOf } from "../../src/postgres/inspect.ts";
import {
  createDatabaseStatement,
  describeLocale,
  readLocale,
  sameLocale,
  type DatabaseLocale,
} from "../../src/postgres/locale.ts";
import { Server } from "./server.ts";

let server: Server;
beforeAll(async () => void (server = await Server.start()));
afterAll(() => server?.stop());

const libc = { provider: "libc", locale: undefined, icuRules: undefined } as const;

const locales: [string, DatabaseLocale][] = [
  ["UTF8, C", { ...libc, encoding: "UTF8", collate: "C", ctype: "C" }],
  ["UTF8, C, ctype C.UTF-8", { ...libc, encoding: "UTF8", collate: "C", ctype: "C.UTF-8" }],
  ["EUC_JP, C", { ...libc, encoding: "EUC_JP", collate: "C", ctype: "C" }],
  ["SQL_ASCII, C", { ...libc, encoding: "SQL_ASCII", collate: "C", ctype: "C" }],
  ["UTF8, icu ja-JP", { ...libc, encoding: "UTF8", collate: "C", ctype: "C", provider: "icu", locale: "ja-JP" }],
];

it.each(locales)("%s", async (text, locale) => {
  expect(describeLocale(locale)).toBe(text);
  const session = await connect(server.connection, { failure: "RESTORE_FAILED" });
  try {
    const { major } = await versionOf(session);
    await session.query(createDatabaseStatement('an "odd" name', locale, major));
    expect(await readLocale(session, 'an "odd" name')).toEqual(locale);
    const copy = await connect({ ...server.connection, database: 'an "odd" name' }, { failure: "RESTORE_FAILED" });
    expect(await readLocale(copy)).toEqual(locale);
    await copy.end();
    expect(await readLocale(session, "no such database")).toBeUndefined();
    await session.query('DROP DATABASE "an ""odd"" name"');
  } finally {
    await session.end();
  }
});

it("is compared whatever the operating system writes", () => {
  const english = { ...libc, encoding: "UTF8", collate: "en_US.UTF-8", ctype: "en_US.UTF-8" };
  expect(sameLocale(english, { ...english, collate: "en_US.utf8", ctype: "en_US.utf8" })).toBe(true);
  expect(sameLocale(english, { ...english, collate: "en_GB.utf8" })).toBe(false);
  expect(sameLocale(english, { ...english, encoding: "LATIN1" })).toBe(false);
  expect(sameLocale(english, { ...english, provider: "icu", locale: "en" })).toBe(false);
});
