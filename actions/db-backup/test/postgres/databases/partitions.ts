import type { Example } from "./example.ts";

export const partitions: Example[] = [
  {
    name: "ranges with a default, and foreign keys in both directions",
    short: true,
    statements: [
      "CREATE TABLE stations (id int PRIMARY KEY, name text); INSERT INTO stations SELECT i, 'station ' || i FROM generate_series(1, 9) i",
      `CREATE TABLE readings (station int NOT NULL REFERENCES stations ON DELETE CASCADE, at date NOT NULL, value numeric,
         PRIMARY KEY (station, at)) PARTITION BY RANGE (at)`,
      "CREATE TABLE readings_early PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('2025-01-01')",
      "CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
      "CREATE TABLE readings_other PARTITION OF readings DEFAULT",
      "INSERT INTO readings SELECT 1 + i % 9, '2024-06-01'::date + i, i / 7.0 FROM generate_series(1, 900) i",
      `CREATE TABLE remarks (id int PRIMARY KEY, station int, at date, FOREIGN KEY (station, at) REFERENCES readings
         ON UPDATE CASCADE DEFERRABLE)`,
      "INSERT INTO remarks SELECT row_number() OVER (), station, at FROM readings WHERE value < 20",
    ],
  },
  {
    name: "lists of lists of hashes, some in other schemas",
    statements: [
      "CREATE SCHEMA cold; CREATE SCHEMA warm",
      "CREATE TABLE events (kind text, region text, id bigint, payload jsonb) PARTITION BY LIST (region)",
      "CREATE TABLE warm.events_jp PARTITION OF events FOR VALUES IN ('jp', 'kr') PARTITION BY LIST (kind)",
      "CREATE TABLE cold.events_none PARTITION OF events FOR VALUES IN (NULL)",
      "CREATE TABLE warm.events_jp_click PARTITION OF warm.events_jp FOR VALUES IN ('click') PARTITION BY HASH (id)",
      "CREATE TABLE warm.events_jp_rest PARTITION OF warm.events_jp DEFAULT",
      ...[0, 1, 2].map(
        (i) =>
          `CREATE TABLE warm.clicks_${i} PARTITION OF warm.events_jp_click FOR VALUES WITH (MODULUS 3, REMAINDER ${i})`,
      ),
      "CREATE INDEX ON events (id); CREATE UNIQUE INDEX ON warm.clicks_0 (id)",
      `INSERT INTO events SELECT (ARRAY['click', 'view', NULL])[1 + i % 3], (ARRAY['jp', 'kr', NULL])[1 + i % 3 * i % 3],
         i, jsonb_build_object('i', i) FROM generate_series(1, 600) i`,
    ],
  },
  {
    name: "partitions with columns in another order, dropped columns, own defaults and an index of their own",
    statements: [
      "CREATE TABLE bookings (gone int, id int NOT NULL, day date NOT NULL, seats int DEFAULT 1) PARTITION BY RANGE (day)",
      "ALTER TABLE bookings DROP COLUMN gone",
      "CREATE TABLE bookings_spring (day date NOT NULL, dropped text, seats int DEFAULT 2, id int NOT NULL)",
      "ALTER TABLE bookings_spring DROP COLUMN dropped",
      "ALTER TABLE bookings ATTACH PARTITION bookings_spring FOR VALUES FROM ('2026-03-01') TO ('2026-06-01')",
      "CREATE TABLE bookings_summer PARTITION OF bookings FOR VALUES FROM ('2026-06-01') TO ('2026-09-01')",
      "ALTER TABLE bookings_summer ALTER seats SET DEFAULT 4, ADD CONSTRAINT few CHECK (seats < 100)",
      "CREATE INDEX whole ON ONLY bookings (id); CREATE INDEX part ON bookings_summer (id)",
      "ALTER INDEX whole ATTACH PARTITION part",
      "CREATE INDEX own ON bookings_spring (seats) WHERE seats > 3",
      "INSERT INTO bookings (id, day) SELECT i, '2026-03-02'::date + i FROM generate_series(1, 150) i",
      "CREATE TABLE bookings_past (day date NOT NULL, seats int DEFAULT 2, id int NOT NULL); INSERT INTO bookings_past VALUES ('2025-04-01', 1, 1)",
      "ALTER TABLE bookings ATTACH PARTITION bookings_past FOR VALUES FROM ('2025-03-01') TO ('2025-06-01')",
      "ALTER TABLE bookings DETACH PARTITION bookings_past",
    ],
  },
  {
    name: "a key of expressions, with triggers that differ between partitions",
    statements: [
      "CREATE TABLE mails (id int, address text, note text) PARTITION BY HASH (lower(address))",
      "CREATE TABLE mails_0 PARTITION OF mails FOR VALUES WITH (MODULUS 2, REMAINDER 0) WITH (fillfactor = 70)",
      "CREATE TABLE mails_1 PARTITION OF mails FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
      `CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := trim(NEW.note); RETURN NEW; END $$`,
      "CREATE TRIGGER tidy BEFORE INSERT ON mails FOR EACH ROW EXECUTE FUNCTION tidy()",
      "ALTER TABLE mails_1 DISABLE TRIGGER tidy",
      "INSERT INTO mails SELECT i, 'User' || i || '@Example.com', ' note ' FROM generate_series(1, 80) i",
    ],
  },
  {
    name: "text in ranges that an ICU collation orders",
    needs: [{ library: "icu" }],
    statements: [
      "CREATE COLLATION kana (provider = icu, locale = 'ja-JP')",
      "CREATE TABLE words (word text COLLATE kana) PARTITION BY RANGE (word)",
      "CREATE TABLE words_a PARTITION OF words FOR VALUES FROM (MINVALUE) TO ('か')",
      "CREATE TABLE words_k PARTITION OF words FOR VALUES FROM ('か') TO (MAXVALUE)",
      "INSERT INTO words VALUES ('あめ'), ('アメ'), ('かさ'), ('ガサ'), ('にじ'), ('虹'), ('rainbow')",
    ],
  },
  {
    name: "identity columns of partitioned tables",
    needs: [{ major: 17 }],
    statements: [
      "CREATE TABLE tickets (id bigint GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 10), day date) PARTITION BY RANGE (day)",
      "CREATE TABLE tickets_2026 PARTITION OF tickets FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
      "INSERT INTO tickets (day) SELECT '2026-01-01'::date + i FROM generate_series(1, 30) i",
    ],
  },
  {
    name: "inherited tables, from several parents, with what only the parent checks",
    statements: [
      "CREATE TABLE things (id int, note text DEFAULT 'thing', CONSTRAINT positive CHECK (id > 0))",
      "CREATE TABLE priced (price numeric CHECK (price >= 0), note text DEFAULT 'priced')",
      "ALTER TABLE things ADD CONSTRAINT empty CHECK (id IS NULL) NO INHERIT",
      "CREATE TABLE goods (weight int, note text DEFAULT 'goods') INHERITS (things, priced)",
      "CREATE TABLE rare_goods (LIKE goods INCLUDING DEFAULTS INCLUDING CONSTRAINTS); ALTER TABLE rare_goods INHERIT goods",
      "ALTER TABLE goods ALTER id SET DEFAULT 7, ALTER price SET NOT NULL",
      "INSERT INTO goods (id, price, weight) SELECT i, i * 1.5, i FROM generate_series(1, 40) i",
      "INSERT INTO rare_goods (id, price, weight) VALUES (1, 2, 3); INSERT INTO priced VALUES (1)",
    ],
  },
];
