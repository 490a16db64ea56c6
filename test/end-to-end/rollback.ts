// The rollback workflow, started manually as on GitHub, after previous deployments.
import assert from "node:assert/strict";
import { until } from "../../infra/local/process.ts";
import { edit, npm, runningVersion, service, timed, tryNpm } from "./commands.ts";

/** Deploys a new api, then rolls back to the previous one; ml is not changed. */
export async function rollsBack(): Promise<string> {
  const before = { api: await service("api"), ml: await service("ml"), version: await runningVersion() };
  await edit("api/src/version.ts", (text) => `${text}\n// A change that will be rolled back.\n`);
  await npm("start");
  const changed = await service("api");
  assert.notEqual(changed.revision, before.api.revision);

  const plan = await npm("rollback", "api", "--dry-run");
  const family = "rainbow-seeker-api-local";
  const change = `${family}:${changed.revision} → ${family}:${before.api.revision}, the last one that was verified`;
  assert.ok(plan.includes(change), plan);
  assert.equal((await service("api")).revision, changed.revision, "the dry run has changed the service");

  const duration = await timed(() => npm("rollback", "api", "--reason", "the end-to-end test"));
  const after = await service("api");
  assert.deepEqual([after.revision, after.healthy, after.version], [before.api.revision, 3, before.api.version]);
  // The load balancer still sends requests to draining tasks for some seconds.
  assert.ok(
    await until(
      async () => (await runningVersion()) === before.version && (await runningVersion()) === before.version,
      {
        seconds: 30,
      },
    ),
    `${await runningVersion()} responds instead of ${before.version}`,
  );
  assert.equal((await service("ml")).revision, before.ml.revision);
  return `the rollback took ${duration}`;
}

export async function rejectsUnknownTargets(): Promise<void> {
  const { code, stderr } = await tryNpm("rollback", "api", "--to", "rainbow-seeker-api-local:99999");
  assert.equal(code, 1);
  assert.match(stderr, /The workflow rollback.yml failed/);
  const usage = await tryNpm("rollback", "web");
  assert.match(usage.stderr, /The service must be all, api, ml, not/);
}
