import type { Example } from "./example.ts";

const loop = (count: number, ...formats: string[]): string =>
  `DO $$ BEGIN FOR i IN 1..${count} LOOP
     ${formats.map((format) => `EXECUTE format('${format.replaceAll("'", "''")}', i, i, i);`).join(" ")}
     IF i % 200 = 0 THEN COMMIT; END IF;
   END LOOP; END $$`;

export const sizes: Example[] = [
  {
    name: "1,600 columns",
    statements: [
      `CREATE TABLE wide (${Array.from({ length: 1600 }, (_, i) => `column_${i} int DEFAULT ${i}`).join(", ")})`,
      "INSERT INTO wide DEFAULT VALUES; INSERT INTO wide (column_7) VALUES (NULL)",
      `CREATE TABLE texts (${Array.from({ length: 400 }, (_, i) => `"Text ${i}" text`).join(", ")}); INSERT INTO texts ("Text 0", "Text 399") VALUES ('first', 'last')`,
    ],
  },
  {
    name: "5,000 tables with their indexes",
    statements: [
      loop(5000, "CREATE TABLE table_%s (id int PRIMARY KEY, t text)", "INSERT INTO table_%s VALUES (%s, 'x')"),
    ],
  },
  {
    name: "500 schemas",
    statements: [
      loop(
        500,
        "CREATE SCHEMA tenant_%s",
        "CREATE TABLE tenant_%s.users (id serial PRIMARY KEY, t text)",
        "INSERT INTO tenant_%s.users (t) SELECT 'x' FROM generate_series(1, %s)",
        "CREATE VIEW tenant_%s.v AS SELECT count(*) FROM tenant_%s.users",
      ),
    ],
  },
  {
    name: "20,000 large objects",
    statements: [
      "SELECT lo_from_bytea(0, 'x') FROM generate_series(1, 20000)",
      "CREATE TABLE t (i int); INSERT INTO t VALUES (1)",
    ],
  },
  {
    name: "a table of 2,000 partitions",
    statements: [
      "CREATE TABLE days (day int, value int) PARTITION BY RANGE (day)",
      loop(2000, "CREATE TABLE days_%s PARTITION OF days FOR VALUES FROM (%s) TO (%s + 1)"),
      "INSERT INTO days SELECT i, i FROM generate_series(1, 2000) i",
      "CREATE INDEX ON days (value)",
    ],
  },
];
