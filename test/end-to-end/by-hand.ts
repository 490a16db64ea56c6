// What the runbooks say to do without this toolkit, with the AWS CLI and SQL alone, word for word.
import assert from "node:assert/strict";
import { join } from "node:path";
import { DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { awsClient, root } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { until } from "../../infra/local/process.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";
import { block, shell } from "./blocks.ts";
import { answers, edit, runningVersion, service, timed } from "./commands.ts";
import { query, queryAs, read, write } from "./database.ts";
import { platformOutputs } from "./platform.ts";

const byAwsCli = async (script: string): Promise<string> =>
  shell([script], [await pythonEnvironment(() => {}, { folder: join(root, "test/init"), names: "the AWS CLI" })]);

const patience = 120;

/** An earlier image of api, and then back to the revision that it has replaced. */
export async function deploysAndRollsBack(): Promise<string> {
  const before = await service("api");
  const deployment = await block(
    "deploy-runbook.md",
    "aws ecs describe-task-definition --task-definition rainbow-seeker-api --query taskDefinition >",
  );
  const image = await earlierImage(before);
  // The local AWS keeps a deployment that has failed among those of the service, and is never stable for the AWS CLI.
  const withoutWaiting = deployment.replace(/^aws ecs wait services-stable .*$/m, "");
  const duration = await timed(async () => {
    await byAwsCli(withoutWaiting.replace("IMAGE@sha256:DIGEST", image));
    const isLive = async () => !["", before.version].includes((await service("api")).version);
    assert.ok(await until(isLive, { seconds: patience }), "no task of the new revision responds");
  });
  const after = await service("api");
  assert.deepEqual([after.image, after.revision > before.revision], [image, true]);
  assert.ok(await answers(after.version, patience), `${await runningVersion()} responds instead of ${after.version}`);

  const rollback = await block("rollback-runbook.md", "aws ecs list-task-definitions");
  const shown = await byAwsCli(rollback.replaceAll("rainbow-seeker-api:12", `rainbow-seeker-api:${before.revision}`));
  for (const expected of [`task-definition/rainbow-seeker-api-local:${after.revision}`, "deploy:verified-at"])
    assert.ok(shown.includes(expected), shown);
  assert.ok(await answers(before.version, patience), `${await runningVersion()} responds instead of ${before.version}`);
  return `the deployment took ${duration}`;
}

/** Newest first, of the revisions that have ever been verified. */
async function earlierImage({ image, revision }: { image: string; revision: number }): Promise<string> {
  const ecs = new ECSClient(awsClient);
  for (let earlier = revision - 1; earlier > 0; earlier -= 1) {
    const { taskDefinition, tags = [] } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: `rainbow-seeker-api-local:${earlier}`, include: ["TAGS"] }),
    );
    const found = taskDefinition?.containerDefinitions?.[0]?.image;
    if (found !== undefined && found !== image && tags.some(({ key }) => key === "deploy:verified-at")) return found;
  }
  return assert.fail("no earlier revision of api has another image");
}

/** api stopped and its role read-only, and both back. */
export async function endsEmergency(): Promise<string> {
  const page = "emergency-runbook.md";
  const desired = async () => (await service("api")).desired;
  const count = await desired();
  const { master_secret_arn: secret } = (await platformOutputs()).database;
  const shown = await byAwsCli(
    `aws secretsmanager get-secret-value --secret-id ${secret} --query SecretString --output text`,
  );
  const { username, password } = JSON.parse(shown) as { username: string; password: string };
  const asMaster = (text: string) => queryAs(username, password, text);

  // The local AWS has no Application Auto Scaling. What its command may be is checked against the AWS CLI's own tables
  // (scripts/lib/runbooks).
  const withoutScaling = (script: string) => script.replaceAll(/^aws application-autoscaling (?:.*\\\n)*.*$/gm, "");
  const stop = await block(page, "aws ecs describe-services --cluster");
  assert.match(await byAwsCli(withoutScaling(stop)), new RegExp(`rainbow-seeker-api-local\\s+${count}`));
  assert.equal(await desired(), 0);
  await asMaster(await block(page, "REVOKE INSERT", "sql"));
  await assert.rejects(query("rainbow_app", write), /permission denied|read-only transaction/);
  await query("rainbow_app", read);

  await asMaster(await block(page, "ALTER ROLE rainbow_app IN DATABASE shiojiri_rainbow RESET", "sql"));
  await edit("api/src/version.ts", (text) => `${text}\n// The fix of an emergency that was ended by hand.\n`);
  const bin = await pythonEnvironment(() => undefined);
  await runDeployWorkflow({ bin, node: process.execPath, note: () => undefined });
  assert.equal(await desired(), 0);
  await query("rainbow_app", write);
  const resume = await block(
    page,
    "aws ecs update-service --cluster rainbow-seeker-cluster --service rainbow-seeker-api --desired-count 3",
  );
  await byAwsCli(withoutScaling(resume));
  assert.equal(await desired(), count);
  return timed(async () => {
    const isRunning = async () => (await service("api")).healthy === count;
    assert.ok(
      await until(isRunning, { seconds: patience }),
      `${(await service("api")).healthy} of ${count} tasks respond`,
    );
    const { version } = await service("api");
    assert.ok(await answers(version, patience), `${await runningVersion()} responds instead of ${version}`);
  });
}
