// Fills the development database: `npm run seed`. One transaction: all of it or nothing; run again it replaces what it
// made.
import { hash } from "@node-rs/argon2";
import { randomBytes } from "node:crypto";
import pg from "pg";
import { readServiceConfig } from "../src/config.ts";
import { connectionSettings } from "../src/database.ts";
import { createMl } from "../src/features/predictions/ml.ts";
import { makeSightings, numbers, people, type Window } from "./sightings.ts";

const shiojiri = { lat: 36.11, lon: 137.95 };
const count = 1000;
/** The top-level domain that nobody can own (RFC 2606) marks what may be replaced. */
const email = (person: number) => `seeded-${person + 1}@rainbow.example`;

const config = readServiceConfig(process.env);
if (config.NODE_ENV !== "development") {
  process.stderr.write(`NODE_ENV is ${config.NODE_ENV}: made-up sightings belong into a development database only.\n`);
  process.exit(1);
}

const ml = createMl(config.ML_URL);
const windowsOf = async (from: Date): Promise<Window[]> => {
  const at = from.toISOString();
  const { windows } = await ml.sky({ ...shiojiri, at, from: at });
  return windows
    .map((window) => ({ from: new Date(window.from), to: new Date(window.to) }))
    .filter(({ to }) => to < new Date());
};

const start = Date.now();
const sightings = await makeSightings({ count, now: new Date(), windowsOf, random: numbers(20_260_621) });
// Nobody knows this password: the accounts are there to own sightings.
const passwordHash = await hash(randomBytes(32).toString("hex"));
const client = new pg.Client(connectionSettings(config));
await client.connect();
try {
  await client.query("BEGIN");
  const emails = Array.from({ length: people }, (_, person) => email(person));
  await client.query("DELETE FROM users WHERE email = ANY($1)", [emails]);
  const { rows } = await client.query<{ id: string; email: string }>(
    `INSERT INTO users (email, display_name, password_hash)
     SELECT email, 'Seeded ' || number, $2 FROM unnest($1::text[]) WITH ORDINALITY AS given (email, number)
     RETURNING id, email`,
    [emails, passwordHash],
  );
  const ids = new Map(rows.map(({ id, email }) => [email, id]));
  await client.query(
    `INSERT INTO sightings (user_id, location, seen_at, intensity, double_bow, note)
     SELECT user_id, point(lon, lat), seen_at, intensity, double_bow, note
     FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::timestamptz[], $5::smallint[], $6::boolean[], $7::text[])
       AS given (user_id, lon, lat, seen_at, intensity, double_bow, note)`,
    [
      sightings.map(({ person }) => ids.get(email(person))),
      sightings.map(({ lon }) => lon),
      sightings.map(({ lat }) => lat),
      sightings.map(({ seenAt }) => seenAt),
      sightings.map(({ intensity }) => intensity),
      sightings.map(({ doubleBow }) => doubleBow),
      sightings.map(({ note }) => note),
    ],
  );
  await client.query("COMMIT");
} finally {
  await client.end();
}
const dates = sightings.map(({ seenAt }) => seenAt.toISOString().slice(0, 10));
const period = `${dates.at(0)} to ${dates.at(-1)}`;
process.stdout.write(
  `${sightings.length} sightings around Shiojiri by ${people} made-up people, ` +
    `${period}, in ${Date.now() - start} ms\n`,
);
