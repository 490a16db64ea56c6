// A plain dump without its owners and privileges, in chunks of every size.
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { withoutOwners } from "../src/postgres/without-owners.ts";

/** Lines that begin with "- " are those that must be missing. */
const dump = String.raw`
--
-- Name: users; Type: TABLE; Owner: app
--

\restrict a;GRANT
SET standard_conforming_strings = on;
CREATE TABLE public.users (id integer, owner text DEFAULT E'it\'s; \\', "to ""GRANT"";" text, total text DEFAULT 'a;''b');
- ALTER TABLE public.users OWNER TO app;
- ALTER FUNCTION public.f(a integer, "b; OWNER TO x" text) OWNER TO "the ""keeper"";";
- ALTER LARGE OBJECT 12 OWNER TO app;
ALTER TABLE ONLY public.users ALTER COLUMN owner SET DEFAULT ' OWNER TO app;';
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id); -- OWNER TO app;
CREATE FUNCTION public.g() RETURNS void LANGUAGE plpgsql AS $_$
BEGIN
  EXECUTE 'x';
GRANT ALL ON TABLE public.users TO app;
ALTER TABLE public.users OWNER TO app; -- $$ $1 $a$
COPY public.users FROM stdin;
\.
END $_$;
CREATE FUNCTION public.h(i integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC
 SELECT CASE WHEN ($1 > 0) THEN 1 ELSE (2 / 1) - 1 END;
 SELECT 2;
END;
/* GRANT ALL /* nested; */ ON
GRANT x TO y; */
COPY public.users (id, owner) FROM stdin;
1	GRANT ALL ON TABLE public.users TO app;
ALTER TABLE public.users OWNER TO app;	\\.
2	it's $$ "
GRANT ALL ON TABLE public.users TO app;
\.

COPY public.nothing FROM stdin;
\.

CREATE POLICY one ON public.users TO app USING ((owner = CURRENT_USER));
- GRANT SELECT,INSERT ON TABLE public.users TO app;
- REVOKE ALL ON TABLE public.users FROM PUBLIC;
- SET SESSION AUTHORIZATION app;
- GRANT SELECT(id) ON TABLE public.users TO "x;y" WITH GRANT OPTION;
- RESET SESSION AUTHORIZATION;
- ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA public GRANT SELECT ON TABLES  TO reader;
COMMENT ON TABLE public.users IS 'GRANT; ALTER TABLE x OWNER TO y;';
\unrestrict a
--
-- PostgreSQL database dump complete
--`;

const input = dump.replaceAll(/^- /gm, "");
const expected = dump.split("\n").filter((line) => !line.startsWith("- "));

async function filtered(bytes: Buffer, size: number): Promise<string> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return text(Readable.from(withoutOwners(Readable.from(chunks))));
}

it.each([1, 2, 3, 7, 64, 65_536])(
  "leaves out owners and privileges, and nothing else, in chunks of %i bytes",
  async (size) => {
    const result = await filtered(Buffer.from(input), size);
    expect(result.split("\n").filter((line) => line.trim() !== "")).toEqual(
      expected.filter((line) => line.trim() !== ""),
    );
  },
);

it("passes a dump on that ends in the middle of a statement or of data", async () => {
  for (const part of ["CREATE TABLE x (a int", "COPY x FROM stdin;\n1\n2", "SELECT 'a", "SELECT $a$ x", "-"])
    expect(await filtered(Buffer.from(part), 4)).toBe(part);
});
