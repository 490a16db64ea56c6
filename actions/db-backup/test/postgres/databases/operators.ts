import type { Example } from "./example.ts";

const comparisons = [
  ["lt", "<"],
  ["le", "<="],
  ["eq", "="],
  ["ge", ">="],
  ["gt", ">"],
].flatMap(([name, sign]) => [
  `CREATE FUNCTION angle_${name}(angle, angle) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4${name}'`,
  `CREATE OPERATOR ${sign} (LEFTARG = angle, RIGHTARG = angle, FUNCTION = angle_${name}, RESTRICT = scalarltsel)`,
]);

export const operators: Example[] = [
  {
    name: "a base type with operators, their class and family, and casts",
    statements: [
      "CREATE TYPE angle",
      "CREATE FUNCTION angle_in(cstring) RETURNS angle LANGUAGE internal IMMUTABLE STRICT AS 'int4in'",
      "CREATE FUNCTION angle_out(angle) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'",
      "CREATE TYPE angle (INPUT = angle_in, OUTPUT = angle_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4, CATEGORY = 'U')",
      ...comparisons,
      "CREATE FUNCTION angle_cmp(angle, angle) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp'",
      `CREATE OPERATOR CLASS angle_ops DEFAULT FOR TYPE angle USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
         OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 angle_cmp(angle, angle)`,
      "CREATE OPERATOR FAMILY loose USING btree",
      "CREATE FUNCTION angle_of(int) RETURNS angle LANGUAGE internal IMMUTABLE STRICT AS 'int4abs'",
      "CREATE FUNCTION opposite(angle) RETURNS angle LANGUAGE internal IMMUTABLE STRICT AS 'int4um'",
      "CREATE CAST (int AS angle) WITH FUNCTION angle_of(int) AS ASSIGNMENT; CREATE CAST (angle AS int) WITHOUT FUNCTION",
      "CREATE CAST (angle AS money) WITH INOUT; CREATE OPERATOR @@@ (RIGHTARG = angle, FUNCTION = opposite)",
      "CREATE TABLE turns (a angle PRIMARY KEY, b angle DEFAULT '90'); INSERT INTO turns SELECT i::angle FROM generate_series(1, 90) i",
      "CREATE INDEX ON turns (b angle_ops DESC, (@@@ a))",
    ],
  },
  {
    name: "aggregates: with state, moving, of ordered sets, of variable arguments",
    statements: [
      "CREATE FUNCTION longer(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN length($2) > length($1) THEN $2 ELSE $1 END $$",
      "CREATE AGGREGATE longest(text) (SFUNC = longer, STYPE = text, INITCOND = '', COMBINEFUNC = longer, PARALLEL = safe)",
      `CREATE AGGREGATE moving_sum(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi,
         MSTYPE = int, MINITCOND = '0')`,
      `CREATE AGGREGATE middle(ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
         FINALFUNC = mode_final, FINALFUNC_EXTRA)`,
      "CREATE FUNCTION append_all(text[], VARIADIC text[]) RETURNS text[] LANGUAGE sql AS $$ SELECT $1 || $2 $$",
      "CREATE AGGREGATE gathered(VARIADIC text[]) (SFUNC = append_all, STYPE = text[], INITCOND = '{}')",
      "CREATE VIEW summary AS SELECT longest(typname::text) AS l, middle() WITHIN GROUP (ORDER BY typname) AS m FROM pg_type",
      "COMMENT ON AGGREGATE longest(text) IS 'of all'; CREATE TABLE t (i int); INSERT INTO t VALUES (1)",
    ],
  },
  {
    name: "functions in the words of the SQL standard, procedures, and all options",
    short: true,
    statements: [
      "CREATE TABLE ledger (id int PRIMARY KEY, amount numeric NOT NULL); INSERT INTO ledger SELECT i, i FROM generate_series(1, 20) i",
      `CREATE FUNCTION balance(up_to int DEFAULT 10) RETURNS numeric LANGUAGE sql STABLE
         BEGIN ATOMIC SELECT sum(amount) FROM ledger WHERE id <= up_to; END`,
      `CREATE PROCEDURE book(id int, INOUT amount numeric) LANGUAGE sql
         BEGIN ATOMIC INSERT INTO ledger VALUES (id, amount); SELECT balance(id); END`,
      "CREATE FUNCTION doubled(i int) RETURNS int RETURN i * 2",
      `CREATE FUNCTION options(a anyelement, VARIADIC b anyarray) RETURNS SETOF anyelement LANGUAGE plpgsql STABLE STRICT
         SECURITY DEFINER LEAKPROOF PARALLEL RESTRICTED COST 7 ROWS 3 SET work_mem = '3MB' SET search_path = pg_temp, public
         SET datestyle FROM CURRENT AS $body$ BEGIN RETURN QUERY SELECT a; END $body$`,
      "CREATE FUNCTION parts(OUT a int, OUT b text) RETURNS SETOF record LANGUAGE sql AS 'VALUES (1, ''x''), (2, ''$$'')'",
      "CREATE FUNCTION as_table() RETURNS TABLE (id int, \"Odd name\" text) LANGUAGE sql AS $$ SELECT id, 'x' FROM public.ledger $$",
      "CREATE FUNCTION same(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION same(text) RETURNS int LANGUAGE sql AS 'SELECT 2'; CREATE FUNCTION same(int, text) RETURNS int LANGUAGE sql AS 'SELECT 3'",
      "CREATE VIEW seen AS SELECT balance(5), doubled(3); CREATE TABLE defaulted (i int DEFAULT doubled(21)); INSERT INTO defaulted DEFAULT VALUES",
    ],
  },
  {
    name: "text in functions and comments that looks like a dump",
    statements: [
      "CREATE TABLE users (id int); INSERT INTO users VALUES (1), (2)",
      `CREATE FUNCTION looks() RETURNS void LANGUAGE plpgsql AS $outer$ BEGIN RAISE NOTICE '
--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.users (id) FROM stdin;
3
4
\\.

-- PostgreSQL database dump complete
'; END $outer$`,
      "COMMENT ON TABLE users IS E'x\\';\\nCOPY public.users (id) FROM stdin;\\n5\\n\\\\.\\n/* $$'",
      "CREATE TABLE texts (t text DEFAULT E'\\\\\\nCOPY public.users (id) FROM stdin;\\n6\\n\\\\.\\n')",
      "INSERT INTO texts VALUES (E'COPY public.users (id) FROM stdin;\\n7\\n\\\\.\\n'), ('--'), ('/*'), ('$$')",
      'CREATE VIEW "COPY public.users (id) FROM stdin;" AS SELECT \'/* \\. */\'::text AS "--"',
    ],
  },
  {
    name: "languages, access methods, conversions and transforms",
    statements: [
      ...[
        "own_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'",
        "own_inline(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler'",
        "own_validator(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator'",
      ].map((definition) => `CREATE FUNCTION ${definition}`),
      "CREATE TRUSTED LANGUAGE plsame HANDLER own_handler INLINE own_inline VALIDATOR own_validator; COMMENT ON LANGUAGE plsame IS 'PL/pgSQL'",
      "CREATE FUNCTION of_language() RETURNS int LANGUAGE plsame AS $$ BEGIN RETURN 1; END $$",
      "CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler; CREATE ACCESS METHOD btree_again TYPE INDEX HANDLER bthandler",
      "CREATE OPERATOR CLASS int_again DEFAULT FOR TYPE int USING btree_again AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int)",
      "CREATE TABLE other (i int) USING heap_again; INSERT INTO other SELECT generate_series(1, 30); CREATE MATERIALIZED VIEW others USING heap_again AS TABLE other",
      "CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
      "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal))",
    ],
  },
  {
    // pg_dump writes a language with its handler only if the handler is in the dump as well.
    name: "a language whose handler belongs to the system",
    statements: [
      "CREATE TABLE users (id int); INSERT INTO users VALUES (1), (2)",
      "CREATE LANGUAGE plforeign HANDLER plpgsql_call_handler; CREATE FUNCTION foreign_one() RETURNS int LANGUAGE plforeign AS $$ BEGIN RETURN 1; END $$",
    ],
    result: { unproven: /LANGUAGE .*plforeign/, lost: /plforeign|foreign_one|RETURN 1|^- \s+AS / },
  },
];
