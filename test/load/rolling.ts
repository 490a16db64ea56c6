// Nobody notices a deployment: two versions replace each other, task by task, and back, while people use api.
import { setTimeout as sleep } from "node:timers/promises";
import type { Counts } from "../../scripts/lib/counts.ts";
import { Problem } from "../../infra/local/problem.ts";
import { freePorts } from "../lib/ports.ts";
import { type Fleet, withFleet } from "./fleet.ts";
import { measure, percentile } from "./open-loop.ts";
import { everyone, fill, people, register, someSightings } from "./people.ts";
import { type Proxy, startProxy } from "./proxy.ts";

const perSecond = 200;
const seconds = 120;
const desired = 3;

export const rollingCheck = (note: (text: string) => void): Promise<Counts> =>
  withFleet(note, (fleet) => replaceTasks(fleet, note));

async function replaceTasks(fleet: Fleet, note: (text: string) => void): Promise<Counts> {
  let proxy: Proxy | undefined;
  try {
    note("images of two versions");
    const [first, second] = [await fleet.build("1111111"), await fleet.build("2222222")];
    await fleet.migrate(first);
    await fill(fleet.postgres, 20_000);
    const [port = 0, statistics = 0, ...tasks] = await freePorts(2 + 2 * desired);
    proxy = await startProxy({ port, statistics, tasks }, note);
    const tasksOf = new Tasks(fleet, proxy, tasks);
    await tasksOf.replaceBy(first);
    const token = await register(proxy.origin);
    const next = everyone(people(await someSightings(fleet.postgres, 1000), token));

    note(`${perSecond} requests a second for ${seconds} s, with a deployment and a rollback`);
    const versions = new Set<string>();
    const [measured] = await Promise.all([
      measure({ origin: proxy.origin, perSecond, seconds, next }),
      (async () => {
        for (const image of [second, first]) {
          await sleep(10_000);
          await tasksOf.replaceBy(image);
          versions.add(await tasksOf.version());
        }
      })(),
    ]);
    console.log(
      `\n${measured.sent} requests, ${measured.failures.length} failed; ` +
        `p50 ${percentile(measured, 0.5).toFixed(1)} ms, p99 ${percentile(measured, 0.99).toFixed(1)} ms; ` +
        `tasks ended with ${[...tasksOf.exitCodes].join(", ")}`,
    );
    if (measured.failures.length > 0)
      throw new Problem(
        `${measured.failures.length} of ${measured.sent} requests failed while tasks were replaced, for example:\n` +
          measured.failures.slice(0, 5).join("\n"),
        "Look at how api stops (api/src/main.ts), and at what it needs at its start.",
      );
    const wrong = [...tasksOf.exitCodes].filter((code) => code !== 0);
    if (wrong.length > 0 || versions.size !== 2)
      throw new Problem(
        `Exit codes: ${[...tasksOf.exitCodes].join(", ")}; versions that answered: ${[...versions].join(", ")}.`,
        "Each task has to end with 0, and both versions have to have answered.",
      );
    return { passed: 1, failed: 0 };
  } finally {
    await proxy?.stop();
  }
}

/** As ECS replaces them with a minimum of 100 % and a maximum of 200 %: a new one first, then an old one goes. */
class Tasks {
  readonly exitCodes = new Set<number>();
  readonly #fleet: Fleet;
  readonly #proxy: Proxy;
  readonly #free: number[];
  #running: { container: string; port: number }[] = [];

  constructor(fleet: Fleet, proxy: Proxy, ports: number[]) {
    this.#fleet = fleet;
    this.#proxy = proxy;
    this.#free = [...ports];
  }

  async replaceBy(image: string): Promise<void> {
    const old = this.#running;
    this.#running = [];
    for (let index = 0; index < desired; index += 1) {
      const port = this.#free.shift() ?? 0;
      this.#running.push({ container: await this.#fleet.start(image, port), port });
      await this.#proxy.untilServed(port, true);
      const leaving = old[index];
      if (!leaving) continue;
      this.exitCodes.add(await this.#fleet.stop(leaving.container));
      await this.#proxy.untilServed(leaving.port, false);
      this.#free.push(leaving.port);
    }
  }

  /** Of all tasks, which have the same. */
  async version(): Promise<string> {
    const commits = new Set<string>();
    for (const { port } of this.#running) {
      const version = (await (await fetch(`http://127.0.0.1:${port}/version`)).json()) as { commit: string };
      commits.add(version.commit);
    }
    return [...commits].join(" and ");
  }
}
