// The rollback workflow, started by hand as on GitHub, on what has been deployed before.
import assert from "node:assert/strict";
import { serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { edit, npm, service, timed, tryNpm } from "./commands.ts";

const answering = async () => ((await (await fetch(`${serviceUrl}version`)).json()) as { commit: string }).commit;

/** A new api goes live; then back to the one before it, which answers; the ml beside it stays. */
export async function goesBack(): Promise<string> {
  const before = { api: await service("api"), ml: await service("ml"), version: await answering() };
  await edit("api/src/version.ts", (text) => `${text}\n// A change that will be taken back.\n`);
  await npm("start");
  const changed = await service("api");
  assert.notEqual(changed.revision, before.api.revision);

  const dry = await npm("rollback", "api", "--dry-run");
  assert.ok(
    dry.includes(
      `rainbow-seeker-api-local:${changed.revision} → rainbow-seeker-api-local:${before.api.revision}, the last one that was verified`,
    ),
    dry,
  );
  assert.equal((await service("api")).revision, changed.revision, "a dry run changes nothing");

  const took = await timed(() => npm("rollback", "api", "--reason", "the end-to-end test"));
  const after = await service("api");
  assert.deepEqual([after.revision, after.healthy, after.version], [before.api.revision, 3, before.api.version]);
  // The balancer asks tasks that are on their way out for some seconds more.
  assert.ok(
    await until(async () => (await answering()) === before.version && (await answering()) === before.version, {
      seconds: 30,
    }),
    `${await answering()} answers instead of ${before.version}`,
  );
  assert.equal((await service("ml")).revision, before.ml.revision);
  return `the rollback took ${took}`;
}

export async function refusesNonsense(): Promise<void> {
  const { code, stderr } = await tryNpm("rollback", "api", "--to", "rainbow-seeker-api-local:99999");
  assert.equal(code, 1);
  assert.match(stderr, /The workflow rollback.yml failed/);
  const usage = await tryNpm("rollback", "web");
  assert.match(usage.stderr, /The service is api, ml or all/);
}
