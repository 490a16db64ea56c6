// Memory of api over half an hour of use: it may grow at first, and then no more.
import { setTimeout as sleep } from "node:timers/promises";
import type { Counts } from "../../scripts/lib/counts.ts";
import { Problem } from "../../infra/local/problem.ts";
import { startOne, withFleet } from "./fleet.ts";
import { measure } from "./open-loop.ts";
import { everyone, fill, people, register, someSightings } from "./people.ts";

const perSecond = 100;
const minutes = 30;
/** Of the first minutes, in which code is compiled and caches are filled, no figure counts. */
const settling = 10;
/** MiB from one half of the rest to the other: what the garbage collector leaves differs from minute to minute. */
const tolerated = 8;
const largest = 160;

export const memoryCheck = (note: (text: string) => void): Promise<Counts> =>
  withFleet(note, async (fleet) => {
    note("image");
    const image = await fleet.build("memory");
    await fleet.migrate(image);
    await fill(fleet.postgres, 20_000);
    const { container, origin } = await startOne(fleet, image);
    const next = everyone(people(await someSightings(fleet.postgres, 1000), await register(origin)));
    const figures: number[] = [];
    for (let minute = 1; minute <= minutes; minute += 1) {
      const { failures } = await measure({ origin, perSecond, seconds: 58, next });
      if (failures.length > 0) throw new Error(`${failures.length} requests failed, for example ${failures[0]}`);
      await sleep(1000);
      figures.push(await fleet.memoryOf(container));
      note(`minute ${minute} of ${minutes}: ${figures.at(-1)?.toFixed(0)} MiB`);
    }
    console.log(`\nMiB, minute by minute: ${figures.map((figure) => figure.toFixed(0)).join(" ")}`);
    const counted = figures.slice(settling);
    const middle = Math.floor(counted.length / 2);
    const mean = (values: number[]) => values.reduce((total, value) => total + value, 0) / values.length;
    const growth = mean(counted.slice(middle)) - mean(counted.slice(0, middle));
    if (growth > tolerated || Math.max(...figures) > largest)
      throw new Problem(
        `The memory of api grew by ${growth.toFixed(1)} MiB in ten minutes of the same use, ` +
          `to at most ${Math.max(...figures).toFixed(0)} MiB.`,
        `Find what is kept: at most ${tolerated} and ${largest} MiB are tolerated.`,
      );
    return { passed: 1, failed: 0 };
  });
