// What pg_restore prints, and what is made of it.
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { BackupError } from "../src/errors.ts";
import { locksNeeded, parseArchiveList } from "../src/load/archive-list.ts";
import { FailureReader, FirstError, isAboutOwners } from "../src/load/failures.ts";
import { objectLines } from "../src/load/left-overs.ts";
import { keepingSearchPath, pathForFunctions, searchPathOption, searchPathsOf } from "../src/load/search-path.ts";
import type { DatabaseState } from "../src/postgres/database-state.ts";
import { parseGlobals } from "../src/postgres/globals.ts";

const list = `;
; Archive created at 2026-11-26 06:47:59 UTC
;
258; 1255 16473 FUNCTION public immutable_unaccent(text) app
216; 1259 16475 TABLE public people app
217; 1259 16480 MATERIALIZED VIEW public counted app
218; 1259 16481 SEQUENCE public ids app
3435; 0 16475 TABLE DATA public people app
3286; 2606 16481 CONSTRAINT public people people_pkey app
3291; 2606 16516 FK CONSTRAINT public bounds bounds_area_fkey app
3283; 1259 16482 INDEX public people_name app
3001; 2604 16485 DEFAULT public people id app
3300; 2620 16490 TRIGGER public people audit app
3440; 2613 16400 BLOB - 16400 app
3441; 2613 16500 BLOB METADATA - 16500..17499 app
3442; 0 0 BLOBS - BLOBS 
3443; 0 0 ACL public TABLE people app
`;

describe("the list of an archive", () => {
  it("has its entries, and the locks of a restore in one transaction", () => {
    const entries = parseArchiveList(list);
    expect(entries).toHaveLength(14);
    expect(entries[1]).toEqual({ id: 216, catalog: 1259, object: 16475, description: "TABLE public people app" });
    // 1 function, a table and a view with their TOAST tables, a sequence, two indexes, 1 and 1,000 large objects.
    expect(locksNeeded(entries)).toBe(1 + 3 + 3 + 1 + 2 + 1 + 1000);
  });
});

describe("failures", () => {
  const stderr = `pg_restore: connecting to database for restore
pg_restore: processing data for table "public.areas"
pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 3440; 0 16507 TABLE DATA areas app
pg_restore: error: COPY failed for table "areas": ERROR:  new row for relation "areas" violates check constraint "in_zone"
DETAIL:  Failing row contains (1, secret).
CONTEXT:  COPY areas, line 1: "1	secret"
pg_restore: creating INDEX "public.people_name"
pg_restore: from TOC entry 3283; 1259 16482 INDEX people_name app
pg_restore: error: could not execute query: ERROR:  function unaccent(text) does not exist
LINE 1:  select unaccent($1)
CONTEXT:  SQL function "immutable_unaccent" during inlining
Command was: CREATE INDEX people_name ON public.people
  USING btree (public.immutable_unaccent(name));

pg_restore: from TOC entry 216; 1259 16475 TABLE people app
pg_restore: error: could not execute query: ERROR:  role "gone" does not exist
Command was: ALTER TABLE public.people OWNER TO gone;

pg_restore: warning: errors ignored on restore: 3`;

  it("have their entry, message and statement, and no rows", () => {
    const reader = new FailureReader();
    for (const line of stderr.split("\n")) reader.add(line);
    reader.end();
    expect(reader).toMatchObject({ isComplete: true, fatal: undefined });
    expect(JSON.stringify(reader.failures)).not.toContain("secret");
    expect(reader.failures.map(({ entry, message }) => [entry, message])).toEqual([
      [3440, 'new row for relation "areas" violates check constraint "in_zone"'],
      [3283, "function unaccent(text) does not exist"],
      [216, 'role "gone" does not exist'],
    ]);
    expect(reader.failures[1]!.command).toContain("USING btree");
    expect(reader.failures[1]!.details).toContain('CONTEXT:  SQL function "immutable_unaccent" during inlining');
    expect(reader.failures.map((failure) => isAboutOwners(failure))).toEqual([false, false, true]);
  });

  it("of a full disk say nothing about the backup", () => {
    const reader = new FailureReader();
    for (const line of [
      "pg_restore: from TOC entry 1; 0 1 TABLE DATA a app",
      'pg_restore: error: COPY failed for table "a": ERROR:  could not extend file "base/1": No space left on device',
      "HINT:  Check free disk space.",
      'pg_restore: processing data for table "public.b"',
    ])
      reader.add(line);
    expect(reader.fatal).toContain("No space left on device");
  });

  it("of a restore that ends at the first one are told with it", () => {
    const first = new FirstError();
    for (const line of ["SET", "psql:<stdin>:9: ERROR:  function unaccent(text) does not exist", "ERROR:  later"])
      first.add(line);
    const error = new BackupError("RESTORE_FAILED", 'psql ended with exit code 3.\n  COPY checked, line 1: "Zoë"');
    expect((first.describe(error) as BackupError).what).toBe(
      "psql:<stdin>:9: ERROR:  function unaccent(text) does not exist\n  psql ended with exit code 3.",
    );
    expect(first.describe("something else")).toBe("something else");
  });
});

describe("search_path", () => {
  const state = {
    settings: [
      { role: "app", name: "search_path", value: "app, public" },
      { role: null, name: "search_path", value: "public, extensions" },
      { role: null, name: "work_mem", value: "1GB" },
    ],
    roles: { roles: [{ settings: [{ name: "search_path", value: "app, public" }] }], memberships: [] },
  } as unknown as DatabaseState;

  it("is that of the database first, then PostgreSQL's default, then those of roles", () => {
    expect(searchPathsOf(state)).toEqual(["public, extensions", '"$user", public', "app, public"]);
    expect(searchPathsOf(undefined)).toEqual(['"$user", public']);
    expect(searchPathOption('"$user", public')).toBe('-c search_path="$user",\\ public');
    expect(pathForFunctions('"$user", public, extensions')).toBe("public, extensions, pg_temp");
  });

  it.each([1, 7, 1000])(
    "is kept in a dump that comes in pieces of %d bytes, and only its first statement",
    async (size) => {
      const statement = "SELECT pg_catalog.set_config('search_path', '', false);";
      const dump = Buffer.from(`PGDMP\0${statement}\0 data ${statement} end`);
      const pieces = Array.from({ length: Math.ceil(dump.length / size) }, (_, index) =>
        dump.subarray(index * size, (index + 1) * size),
      );
      const kept = await text(Readable.from(keepingSearchPath(Readable.from(pieces))));
      expect(kept).toBe(`PGDMP\0${"RESET search_path;".padEnd(statement.length)}\0 data ${statement} end`);
      const other = await text(Readable.from(keepingSearchPath(Readable.from([Buffer.from("nothing")]))));
      expect(other).toBe("nothing");
    },
  );
});

it("objects with the same cure are together", () => {
  const cure = "ALTER FUNCTION public.plain(text) SET search_path = public, pg_temp;";
  expect(
    objectLines([
      { name: "INDEX a", error: "no", cure },
      { name: "TABLE DATA b", error: "never" },
      { name: "INDEX c", error: "no", cure },
    ]),
  ).toEqual([
    "  INDEX a: no",
    "  INDEX c: no",
    `    In the source, before the next backup: ${cure}`,
    "  TABLE DATA b: never",
  ]);
});

it("globals.sql has roles and tablespaces", () => {
  const globals = parseGlobals(`CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN;
ALTER ROLE app SET search_path TO 'app';
GRANT readers TO app GRANTED BY postgres;
CREATE TABLESPACE fast OWNER postgres LOCATION '/fast';
CREATE TABLESPACE "fast ""one""" OWNER postgres LOCATION '/one';
GRANT CREATE ON TABLESPACE fast TO app;
CREATE ROLE "line
break";
GRANT app TO "line
break";
`);
  expect(globals.tablespaces).toEqual(["fast", 'fast "one"']);
  expect(globals.roles).toEqual([
    "CREATE ROLE app;",
    "ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN;",
    "GRANT readers TO app GRANTED BY postgres;",
    "GRANT CREATE ON TABLESPACE fast TO app;",
    'CREATE ROLE "line\nbreak";',
    'GRANT app TO "line\nbreak";',
  ]);
});
