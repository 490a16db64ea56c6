// Backs up the deployed system's database in a task, drops a table, restores, and expects api to respond as before.
import assert from "node:assert/strict";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import pg from "pg";
import { awsClient, serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { npm, timed } from "./commands.ts";
import { platformOutputs } from "./platform.ts";

/** Runs SQL as the database's master user, because no other role may drop tables. */
async function asMaster(database: string, ...statements: string[]): Promise<void> {
  const { address, port, master_secret_arn } = (await platformOutputs()).database;
  const { SecretString } = await new SecretsManagerClient(awsClient).send(
    new GetSecretValueCommand({ SecretId: master_secret_arn }),
  );
  const { password } = JSON.parse(SecretString ?? assert.fail("the master secret is empty")) as { password: string };
  const client = new pg.Client({ host: address, port, database, user: "postgres", password });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const readSightings = async (): Promise<string> => {
  const response = await fetch(`${serviceUrl}api/sightings`);
  return `${response.status} ${await response.text()}`;
};

const s3 = () => new S3Client({ ...awsClient, forcePathStyle: true });

async function backupKeys(): Promise<string[]> {
  const { Contents = [] } = await s3().send(
    new ListObjectsV2Command({
      Bucket: (await platformOutputs()).buckets.backups,
      Prefix: "database/shiojiri_rainbow/",
    }),
  );
  return Contents.flatMap(({ Key }) => Key ?? []);
}

export async function createsBackup(): Promise<string> {
  const duration = await timed(() => npm("backup"));
  const manifestKey =
    (await backupKeys()).find((key) => key.endsWith("/manifest.json")) ?? assert.fail("there is no manifest");
  const { Body } = await s3().send(
    new GetObjectCommand({ Bucket: (await platformOutputs()).buckets.backups, Key: manifestKey }),
  );
  const manifest = JSON.parse((await Body?.transformToString()) ?? "") as {
    rows: Record<string, number>;
    verified: { level: string };
    server: { major: number };
  };
  assert.equal(manifest.verified.level, "restore");
  for (const table of ["public.sightings", "public.users"])
    assert.ok((manifest.rows[table] ?? 0) > 0, JSON.stringify(manifest.rows));
  return duration;
}

export async function verifiesBackup(): Promise<string> {
  return timed(() => npm("backup", "verify"));
}

export async function restoresBackup(): Promise<string> {
  const before = await readSightings();
  assert.match(before, /^200 /);
  const { name } = (await platformOutputs()).database;
  await asMaster(name, "DROP TABLE sightings CASCADE");
  assert.ok(
    await until(async () => !(await readSightings()).startsWith("200 "), { seconds: 20 }),
    "api responds without its table",
  );
  const duration = await timed(() => npm("backup", "restore", "--to-database", "restored", "--confirm", "restored"));
  // api reconnects automatically.
  const swapped = await timed(() => npm("backup", "swap", "--from-database", "restored", "--confirm", name));
  assert.ok(
    await until(async () => (await readSightings()) === before, { seconds: 30 }),
    `api responds ${await readSightings()} instead of ${before}`,
  );
  return `the restore took ${duration}, the swap of the names ${swapped}`;
}
