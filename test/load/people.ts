// What people ask api for, in the shares that a map with many readers and few reporters has.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { numbers } from "../../api/dev/sightings.ts";
import type { Question } from "./open-loop.ts";

/** Sightings of the last year, four fifths of them around towns of Japan, the others anywhere in it. */
export async function fill(config: pg.ClientConfig, count: number): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO users (email, display_name, password_hash)
       SELECT 'load-' || number || '@rainbow.example', 'Hiker ' || number, 'none' FROM generate_series(1, 1000) AS number
       RETURNING id`,
    );
    await client.query(
      `WITH towns (lon, lat) AS (VALUES (137.95, 36.11), (139.69, 35.69), (135.50, 34.69), (130.40, 33.59), (141.35, 43.06))
       INSERT INTO sightings (user_id, location, seen_at, intensity, double_bow, note)
       SELECT ($2::uuid[])[1 + (number % 1000)],
         CASE WHEN number % 5 = 0 THEN point(129 + random() * 16, 31 + random() * 14)
           ELSE (SELECT point(lon + (random() - 0.5) * 0.8, lat + (random() - 0.5) * 0.8)
             FROM towns OFFSET (number / 5 % 5) LIMIT 1) END,
         now() - random() * interval '365 days', 1 + (number % 5), number % 9 = 0, 'seen from the road'
       FROM generate_series(1, $1) AS number`,
      [count, rows.map(({ id }) => id)],
    );
    // What a database does after so many rows at once is no part of what is measured.
    await client.query("VACUUM ANALYZE");
    await client.query("CHECKPOINT");
  } finally {
    await client.end();
  }
}

/** Ids of some sightings. */
export async function someSightings(config: pg.ClientConfig, count: number): Promise<string[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>("SELECT id FROM sightings ORDER BY id LIMIT $1", [count]);
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

export async function register(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: `${randomUUID()}@rainbow.example`, password: randomUUID(), displayName: "Hiker" }),
  });
  const { data } = (await response.json()) as { data: { token: string } };
  return data.token;
}

export interface People {
  nearby: () => Question;
  list: () => Question;
  read: () => Question;
  box: () => Question;
  report: () => Question;
}

export function people(ids: string[], token: string): People {
  const random = numbers(20_261_127);
  const within = (from: number, to: number) => (from + random() * (to - from)).toFixed(3);
  return {
    nearby: () => ({
      path: `/api/sightings/nearby?lat=${within(35.9, 36.3)}&lon=${within(137.7, 138.2)}&radius_km=20`,
    }),
    list: () => ({ path: "/api/sightings?limit=50" }),
    read: () => ({ path: `/api/sightings/${ids[Math.floor(random() * ids.length)]}` }),
    box: () => ({ path: "/api/sightings/box?west=137.8&south=36&east=138.1&north=36.2" }),
    report: () => ({
      method: "POST",
      path: "/api/sightings",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({
        lat: Number(within(35.9, 36.3)),
        lon: Number(within(137.7, 138.2)),
        seenAt: new Date().toISOString(),
        intensity: 3,
      }),
    }),
  };
}

/** One of a hundred: forty lists, thirty places, twenty sightings, five maps and five reports. */
export function everyone({ list, nearby, read, box, report }: People): (index: number) => Question {
  const turns = [
    ...Array.from({ length: 40 }, () => list),
    ...Array.from({ length: 30 }, () => nearby),
    ...Array.from({ length: 20 }, () => read),
    ...Array.from({ length: 5 }, () => box),
    ...Array.from({ length: 5 }, () => report),
  ];
  // 37 and 100 have no divisor in common: each turn comes once in a hundred, and not next to its like.
  return (index) => (turns[(index * 37) % turns.length] ?? list)();
}
