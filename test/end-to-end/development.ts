// The check "development environment": docker-compose.yml in a copy of this checkout, on separate ports.
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { ensureCompose } from "../../infra/local/compose.ts";
import { composeDown, composeExec, composeUp, type Development } from "../../infra/local/development.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { attempt, until } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { copyCheckout } from "../lib/copy.ts";
import { freePorts } from "../lib/ports.ts";

type Note = (text: string) => void;

const project = "rainbow-seeker-dev-check";
const folder = join(stateDir, "development-check");

export async function developmentCheck(note: Note): Promise<Counts> {
  await ensureEngine(note);
  await ensureBaseImages(note);
  await ensureCompose(note);
  const clear = async () => {
    await composeDown({ volumes: true }, project);
    await rm(folder, { recursive: true, force: true });
  };
  await clear();
  try {
    await copyCheckout(folder);
    const environment: Development = { folder, project, settings: await portSettings() };
    const url = `http://127.0.0.1:${environment.settings["API_PORT"]}/`;
    const steps: [string, () => Promise<void>][] = [
      ["everything starts", () => starts(environment, url, note)],
      ["a saved file restarts api and ml", () => reloads(environment, url)],
      ["seeding is idempotent: a thousand sightings", () => seeds(environment, url)],
      ["data is kept when the containers are removed", () => keepsData(environment, url, note)],
      ["nothing is left", leavesNothing],
    ];
    for (const [name, step] of steps) {
      note(name);
      await step();
    }
    return { passed: steps.length, failed: 0 };
  } finally {
    await clear();
  }
}

async function portSettings(): Promise<Record<string, string>> {
  const names = ["API_PORT", "ML_PORT", "POSTGRES_PORT", "REDIS_PORT"];
  const ports = await freePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])]));
}

const getJson = async (url: string): Promise<any> => (await fetch(url, { signal: AbortSignal.timeout(2000) })).json();

async function starts(environment: Development, url: string, note: Note): Promise<void> {
  await composeUp(environment, note);
  const { status, checks } = await getJson(`${url}ready`);
  assert.deepEqual([status, checks.database.ok, checks.redis.ok, checks.ml.ok], ["ready", true, true, true]);
  assert.equal((await getJson(`http://127.0.0.1:${environment.settings["ML_PORT"]}/health`)).status, "ok");
}

async function reloads(environment: Development, url: string): Promise<void> {
  const ml = `http://127.0.0.1:${environment.settings["ML_PORT"]}/`;
  for (const [file, address] of [
    ["api/src/features/operations/routes.ts", url],
    ["ml/src/http/operations.ts", ml],
  ] as const) {
    const path = join(folder, file);
    const before = await readFile(path, "utf8");
    const after = before.replace('{ status: "ok" }', '{ status: "ok", reloaded: true }');
    assert.notEqual(after, before);
    await writeFile(path, after);
    assert.ok(
      await until(async () => (await getJson(`${address}health`)).reloaded === true, { seconds: 30 }),
      `${file} was saved, but the service was not restarted`,
    );
  }
  assert.ok(
    await until(async () => (await getJson(`${url}ready`)).checks.ml.ok === true, { seconds: 30 }),
    "api does not reconnect to ml",
  );
}

const countSightings = async (environment: Development): Promise<number> =>
  Number(
    await composeExec(environment, "postgres", [
      "psql",
      "-U",
      "postgres",
      "-d",
      "shiojiri_rainbow",
      "-tAc",
      "SELECT count(*) FROM sightings",
    ]),
  );

async function seeds(environment: Development, url: string): Promise<void> {
  const seed = () => composeExec(environment, "api", ["node", "dev/seed.ts"]);
  assert.match(await seed(), /^1000 sightings around Shiojiri by 25 made-up people/);
  await seed();
  assert.equal(await countSightings(environment), 1000);
  const { data } = await getJson(`${url}api/sightings/nearby?lat=36.11&lon=137.95&radius_km=50&hours=8760&limit=100`);
  assert.equal(data.sightings.length, 100);
}

async function keepsData(environment: Development, url: string, note: Note): Promise<void> {
  assert.match(await composeDown({ volumes: false }, project), /its data is kept in Docker volumes/);
  await composeUp(environment, note);
  assert.equal((await getJson(`${url}ready`)).status, "ready");
  assert.equal(await countSightings(environment), 1000);
}

async function leavesNothing(): Promise<void> {
  assert.equal(await composeDown({ volumes: true }, project), "removed");
  for (const kind of ["container", "network", "volume"]) {
    const { stdout } = await attempt([
      "docker",
      kind,
      "ls",
      ...(kind === "container" ? ["-a"] : []),
      "-q",
      "--filter",
      `label=com.docker.compose.project=${project}`,
    ]);
    assert.equal(stdout.trim(), "", `a ${kind} is left`);
  }
}
