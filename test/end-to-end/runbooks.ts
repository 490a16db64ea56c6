// What the runbooks say to do when GitHub is down, word for word.
import assert from "node:assert/strict";
import { serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { block, shell } from "./blocks.ts";
import { answers, edit, runningVersion, service, status, timed } from "./commands.ts";

let before = "";

export async function deploys(): Promise<string> {
  before = (await service("api")).version;
  await edit("api/src/version.ts", (text) => `${text}\n// Deployed without GitHub.\n`);
  const duration = await timed(async () =>
    shell([
      await block("deploy-runbook.md", "./bin/rainbow-deploy build-push --context api"),
      await block("deploy-runbook.md", "./bin/rainbow-deploy deploy rainbow-seeker-ml"),
    ]),
  );
  const after = await service("api");
  assert.notEqual(after.version, before);
  assert.ok(await answers(after.version, 60), `${await runningVersion()} responds instead of ${after.version}`);
  return `the deployment took ${duration}`;
}

export async function rollsBack(): Promise<string> {
  const deployed = (await service("api")).version;
  const plan = await shell([
    await block("rollback-runbook.md", "npx github:rainbow-seeker/deploy-toolkit explain"),
    await block(
      "rollback-runbook.md",
      "npx github:rainbow-seeker/deploy-toolkit rollback rainbow-seeker-api --cluster rainbow-seeker-cluster --dry-run",
    ),
  ]);
  assert.match(plan, /rainbow-seeker-api-local:\d+ → rainbow-seeker-api-local:\d+/);
  assert.equal((await service("api")).version, deployed, "the dry run has changed the service");
  const duration = await timed(async () =>
    shell([
      await block(
        "rollback-runbook.md",
        "npx github:rainbow-seeker/deploy-toolkit rollback rainbow-seeker-api --cluster rainbow-seeker-cluster --reason",
      ),
    ]),
  );
  assert.equal((await service("api")).version, before);
  // The load balancer of the local AWS can send requests to a task that has just stopped (test/end-to-end/rolling.ts).
  const ready = await block("rollback-runbook.md", "curl -fsS");
  assert.ok(await until(async () => (await shell([ready])) !== "", { seconds: 30 }), "/ready does not respond");
  assert.ok(await answers(before, 60), `${await runningVersion()} responds instead of ${before}`);
  return `the rollback took ${duration}`;
}

export async function endsEmergency(): Promise<string> {
  const desired = async () => (await status()).services.map((one) => one.desired);
  const counts = await desired();
  const page = "emergency-runbook.md";
  await shell([
    await block(page, "export AWS_REGION"),
    await block(page, "npx github:rainbow-seeker/deploy-toolkit db-backup protect"),
    await block(page, "npx github:rainbow-seeker/deploy-toolkit explain"),
  ]);
  assert.deepEqual(await desired(), [0, 0]);
  assert.equal((await fetch(`${serviceUrl}api/sightings`)).status, 503);
  const duration = await timed(async () =>
    shell([await block(page, "npx github:rainbow-seeker/deploy-toolkit db-backup release")]),
  );
  assert.deepEqual(await desired(), counts);
  assert.equal((await fetch(`${serviceUrl}api/sightings`)).status, 200);
  return `the services responded again after ${duration}`;
}
