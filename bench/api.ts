// How fast api answers with a million sightings, on one core, at a fixed rate; beside the plain way to find what is near,
// which computes the distance to each of them. And how much memory it takes. `npm run bench -- api`; figures go to
// docs/performance.md.
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { run } from "../infra/local/process.ts";
import { type Fleet, startOne, withFleet } from "../test/load/fleet.ts";
import { measure, percentile } from "../test/load/open-loop.ts";
import { fill, people, register, someSightings } from "../test/load/people.ts";
import { spread } from "./figures.ts";

const count = 1_000_000;
const perSecond = 500;
const seconds = 30;
const warmingSeconds = 5;
const plainQueries = 11;

export async function benchApi(note: (text: string) => void): Promise<string> {
  // api on the first core, and on the others the database and what sends the requests.
  const others = `1-${Math.max(1, availableParallelism() - 1)}`;
  const work = async (fleet: Fleet) => {
    // Not before: an engine that is started here would stay there too.
    await run(["taskset", "--all-tasks", "--cpu-list", "--pid", others, String(process.pid)]);
    return measureAll(fleet, note);
  };
  return withFleet(note, work, others);
}

async function measureAll(fleet: Fleet, note: (text: string) => void): Promise<string> {
  note("image");
  const image = await fleet.build("bench");
  await fleet.migrate(image);
  note(`${count} sightings`);
  await fill(fleet.postgres, count);
  const { container, origin } = await startOne(fleet, image, { core: 0 });
  await sleep(10_000);
  const atRest = await fleet.memoryOf(container);
  const asked = people(await someSightings(fleet.postgres, 10_000), await register(origin));
  const rows: string[] = [];
  for (const [name, next] of [
    ["`/api/sightings/nearby`, 20 km, 50 of them", asked.nearby],
    ["`/api/sightings`, 50 of them", asked.list],
    ["`/api/sightings/{id}`", asked.read],
  ] as const) {
    note(name);
    await measure({ origin, perSecond, seconds: warmingSeconds, next });
    const measured = await measure({ origin, perSecond, seconds, next });
    if (measured.failures.length > 0) throw new Error(`${measured.failures.length} failed: ${measured.failures[0]}`);
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(measured, share).toFixed(1));
    rows.push(`| ${name}, at ${perSecond} requests a second: p50; p99 | ${p50} ms; ${p99} ms |`);
  }
  const afterwards = await fleet.memoryOf(container);
  note("the plain way");
  const plain = await plainWay(fleet.postgres);
  return [
    `| api, ${count.toLocaleString("en")} sightings, one core | |`,
    "| --- | --- |",
    ...rows,
    `| What is near, the plain way: one query after the other, the distance to each sighting | ${plain} ms |`,
    `| Memory of the container: at rest; after ${3 * (seconds + warmingSeconds) * perSecond} requests | ${atRest.toFixed(0)} MiB; ${afterwards.toFixed(0)} MiB |`,
  ].join("\n");
}

/** Without an index on the place, in SQL as one would write it first. */
async function plainWay(config: pg.ClientConfig): Promise<string> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await client.query("SET enable_indexscan = off; SET enable_bitmapscan = off");
    const times: number[] = [];
    for (let index = 0; index < plainQueries; index += 1) {
      const began = performance.now();
      await client.query(
        `SELECT *, distance_m(location, point($1, $2)) / 1000 AS km FROM sightings
         WHERE distance_m(location, point($1, $2)) <= 20000 AND seen_at >= now() - interval '168 hours'
         ORDER BY km LIMIT 50`,
        [137.9 + index / 100, 36.1],
      );
      times.push(performance.now() - began);
    }
    return spread(times, 0);
  } finally {
    await client.end();
  }
}
