// The emergency procedure by its workflow: stopped, protected, fixed and resumed, as docs/emergency-runbook.md has it.
import assert from "node:assert/strict";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { demonstrateSighting } from "../../infra/local/demonstration.ts";
import { awsClient, serviceUrl } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";
import { edit, npm, service, status, timed, tryNpm } from "./commands.ts";
import { query, read, write } from "./database.ts";
import { platformOutputs } from "./platform.ts";

const reason = "the end-to-end test";

const counts = async (): Promise<number[]> => (await status()).services.map(({ desired }) => desired);

/** What the record of the emergency says, of both services. */
async function records(): Promise<Record<string, string | undefined>[]> {
  const { services } = await new ECSClient(awsClient).send(
    new DescribeServicesCommand({
      cluster: "rainbow-seeker-cluster-local",
      services: ["rainbow-seeker-api-local", "rainbow-seeker-ml-local"],
      include: ["TAGS"],
    }),
  );
  return (services ?? []).map(({ tags = [] }) =>
    Object.fromEntries(tags.flatMap(({ key, value }) => (key?.startsWith("emergency:") ? [[key, value]] : []))),
  );
}

/** The counts are recorded and 0, and customers get the answer that Terraform has made. */
export async function stops(): Promise<string> {
  const before = await counts();
  assert.deepEqual(before, [3, 1]);
  const duration = await timed(() => npm("emergency", "stop", "--reason", reason));
  const recorded = await records();
  assert.deepEqual(
    recorded.map((one) => [one["emergency:desired-count"], one["emergency:reason"]]),
    [
      ["3", reason],
      ["1", reason],
    ],
  );
  await npm("emergency", "stop", "--reason", "once more");
  assert.deepEqual(await records(), recorded, "the second stop has changed the record of the first");
  assert.deepEqual(await counts(), [0, 0]);
  const response = await fetch(`${serviceUrl}api/sightings`);
  assert.equal(response.status, 503);
  assert.equal(((await response.json()) as { error: { code: string } }).error.code, "MAINTENANCE");
  return `customers had the maintenance answer after ${duration}`;
}

/** The services' role can read and no longer write; so do backups. */
export async function protects(): Promise<string> {
  const { name } = (await platformOutputs()).database;
  await query("rainbow_app", write);
  const { code, stderr } = await tryNpm("emergency", "protect", "--reason", reason, "--confirm", "another");
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`confirm: must be the name of the database, ${name}`));
  const protect = () => npm("emergency", "protect", "--reason", reason, "--confirm", name);
  const duration = await timed(protect);
  await protect();
  await assert.rejects(query("rainbow_app", write), /permission denied|read-only transaction/);
  // Whoever investigates takes either of them.
  for (const user of ["rainbow_app", "rainbow_backup"] as const)
    assert.ok((await query(user, read)).rows[0].count > 0, `${user} reads nothing`);
  return `the database was protected after ${duration}`;
}

/** The deployment of the fix leaves the count at 0, and is not rolled back because nothing answers. */
export async function deploysFix(): Promise<void> {
  const before = await service("api");
  await edit("api/src/version.ts", (text) => `${text}\n// The fix.\n`);
  const bin = await pythonEnvironment(() => undefined);
  await runDeployWorkflow({ bin, node: process.execPath, note: () => undefined });
  const after = await service("api");
  assert.notEqual(after.revision, before.revision);
  assert.deepEqual(await counts(), [0, 0]);
}

/** Everything is as it was, with the fix. */
export async function resumes(): Promise<string> {
  const { name } = (await platformOutputs()).database;
  const fixed = await service("api");
  const duration = await timed(() => npm("emergency", "resume", "--reason", "fixed", "--confirm", name));
  assert.deepEqual(await counts(), [3, 1]);
  assert.deepEqual(await records(), [{}, {}]);
  assert.equal((await service("api")).revision, fixed.revision);
  assert.equal((await fetch(`${serviceUrl}api/sightings`)).status, 200);
  await query("rainbow_app", write);
  await demonstrateSighting();
  assert.match(await npm("emergency", "status"), /rainbow-seeker-api-local: running, desired 3/);
  return `the services responded again after ${duration}`;
}
