// The database of the main job's system: backed up by a task, a table lost, restored, and api answers as before.
import assert from "node:assert/strict";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import pg from "pg";
import { terraformState } from "../../infra/local/ministack.ts";
import { awsClient, serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { readFile } from "node:fs/promises";
import { npm, timed } from "./commands.ts";

interface Outputs {
  platform: {
    value: {
      database: { address: string; port: number; name: string; master_secret_arn: string };
      buckets: { backups: string };
    };
  };
}

async function outputs(): Promise<Outputs["platform"]["value"]> {
  const state = JSON.parse(await readFile(terraformState, "utf8")) as { outputs: Outputs };
  return state.outputs.platform.value;
}

/** As the database's master, who alone may break it. */
async function asMaster(database: string, ...statements: string[]): Promise<void> {
  const { address, port, master_secret_arn } = (await outputs()).database;
  const { SecretString } = await new SecretsManagerClient(awsClient).send(
    new GetSecretValueCommand({ SecretId: master_secret_arn }),
  );
  const { password } = JSON.parse(SecretString!) as { password: string };
  const client = new pg.Client({ host: address, port, database, user: "postgres", password });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const sightings = async (): Promise<string> => {
  const response = await fetch(`${serviceUrl}api/sightings`);
  return `${response.status} ${await response.text()}`;
};

const s3 = () => new S3Client({ ...awsClient, forcePathStyle: true });

async function keys(): Promise<string[]> {
  const { Contents = [] } = await s3().send(
    new ListObjectsV2Command({ Bucket: (await outputs()).buckets.backups, Prefix: "database/shiojiri_rainbow/" }),
  );
  return Contents.map(({ Key }) => Key!);
}

export async function backsUp(): Promise<string> {
  const took = await timed(() => npm("backup"));
  const manifestKey =
    (await keys()).find((key) => key.endsWith("/manifest.json")) ?? assert.fail("there is no manifest");
  const { Body } = await s3().send(
    new GetObjectCommand({ Bucket: (await outputs()).buckets.backups, Key: manifestKey }),
  );
  const manifest = JSON.parse(await Body!.transformToString()) as {
    rows: Record<string, number>;
    verified: { level: string };
    server: { major: number };
  };
  assert.equal(manifest.verified.level, "restore");
  assert.ok(
    manifest.rows["public.sightings"]! > 0 && manifest.rows["public.users"]! > 0,
    JSON.stringify(manifest.rows),
  );
  return took;
}

export async function provesIt(): Promise<string> {
  return timed(() => npm("backup", "verify"));
}

export async function restores(): Promise<string> {
  const before = await sightings();
  assert.match(before, /^200 /);
  const { name } = (await outputs()).database;
  await asMaster(name, "DROP TABLE sightings CASCADE");
  assert.ok(
    await until(async () => !(await sightings()).startsWith("200 "), { seconds: 20 }),
    "api answers without its table",
  );
  const took = await timed(() => npm("backup", "restore", "--to-database", "restored", "--confirm", "restored"));
  // The broken one makes way; api connects anew by itself.
  await asMaster(
    "postgres",
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('${name}', 'restored') AND pid <> pg_backend_pid()`,
    `ALTER DATABASE "${name}" RENAME TO "${name}_broken"`,
    `ALTER DATABASE restored RENAME TO "${name}"`,
  );
  assert.ok(
    await until(async () => (await sightings()) === before, { seconds: 30 }),
    `api answers ${await sightings()} instead of ${before}`,
  );
  return `the restore took ${took}`;
}
