// Databases that are in use while they are backed up.
import { Client } from "pg";
import type { Server } from "../server.ts";
import type { Example } from "./example.ts";

/** Runs the rounds, one after the other, until it is ended. */
const repeat =
  (round: (client: Client, number: number) => Promise<unknown>) =>
  (server: Server, database: string): (() => Promise<void>) => {
    const state = { isDone: false };
    const work = (async () => {
      const client = new Client({ host: server.connection.host, database, user: "postgres" });
      await client.connect();
      try {
        for (let number = 0; !state.isDone; number += 1) await round(client, number);
      } finally {
        await client.end();
      }
    })();
    // Until it is waited for, a failure is none of its own.
    work.catch(() => undefined);
    return async () => {
      state.isDone = true;
      await work;
    };
  };

export const motion: Example[] = [
  {
    name: "a queue whose jobs go from one table to the other",
    short: true,
    statements: [
      "CREATE TABLE queue (id bigserial PRIMARY KEY, job jsonb); CREATE TABLE done (id bigint PRIMARY KEY, job jsonb); CREATE TABLE total (jobs bigint); INSERT INTO total VALUES (2000)",
      "INSERT INTO queue (job) SELECT jsonb_build_object('i', i) FROM generate_series(1, 2000) i",
    ],
    meanwhile: repeat(async (client, number) => {
      await client.query(
        "BEGIN; INSERT INTO queue (job) VALUES ('{}'), ('[]'); UPDATE total SET jobs = jobs + 2; COMMIT",
      );
      await client.query(
        `WITH taken AS (DELETE FROM queue WHERE id IN (SELECT id FROM queue LIMIT 3 FOR UPDATE SKIP LOCKED) RETURNING *)
           INSERT INTO done SELECT * FROM taken`,
      );
      if (number % 50 === 0) await client.query("VACUUM queue");
    }),
    result: {
      holds: [
        "SELECT (SELECT count(*) FROM queue) + (SELECT count(*) FROM done) = (SELECT jobs FROM total)",
        "SELECT NOT EXISTS (SELECT FROM queue JOIN done USING (id))",
        "SELECT nextval('queue_id_seq') > (SELECT max(id) FROM (TABLE queue UNION ALL TABLE done) all_jobs)",
      ],
    },
  },
  {
    name: "staging tables that are made, filled, swapped, emptied and dropped",
    statements: [
      "CREATE TABLE fixed (i int PRIMARY KEY); INSERT INTO fixed SELECT generate_series(1, 500); CREATE TABLE live AS SELECT generate_series(1, 50) AS i; CREATE TABLE batch (i int)",
    ],
    meanwhile: repeat(async (client, number) => {
      await client.query("SELECT pg_sleep(0.3)");
      await client.query(`CREATE TABLE staging_${number} AS SELECT generate_series(1, 50) AS i`);
      await client.query(`BEGIN; DROP TABLE live; ALTER TABLE staging_${number} RENAME TO live; COMMIT`);
      await client.query("BEGIN; TRUNCATE batch; INSERT INTO batch SELECT generate_series(1, 20); COMMIT");
      await client.query(`CREATE TABLE brief_${number} (id serial); DROP TABLE brief_${number}`);
    }),
    result: {
      holds: [
        "SELECT count(*) = 500 FROM fixed",
        "SELECT count(*) = 50 FROM live",
        "SELECT count(*) IN (0, 20) FROM batch",
      ],
    },
  },
  {
    name: "columns that are added, indexes that are built, views that are refreshed",
    statements: [
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000); CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t",
    ],
    meanwhile: repeat(async (client) => {
      await client.query("SELECT pg_sleep(0.05)");
      await client.query("ALTER TABLE t ADD COLUMN extra int DEFAULT 1; REFRESH MATERIALIZED VIEW m");
      await client.query("CREATE INDEX CONCURRENTLY t_extra ON t (extra)");
      await client.query("ALTER TABLE t DROP COLUMN extra");
    }),
    result: { holds: ["SELECT count(*) = 1000 FROM t", "SELECT count = 1000 FROM m"] },
  },
];
