// A database in a container, the backup image, and what the test inspects.
import assert from "node:assert/strict";
import { join } from "node:path";
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { nodeImage, postgresImage } from "../../infra/local/base-images.ts";
import { root } from "../../infra/local/paths.ts";
import { attempt, run, until } from "../../infra/local/process.ts";
import { assertEnded, runBundle, type BundleResult } from "../lib/run-bundle.ts";
import type { SmallAws, SmallAwsContext } from "../lib/small-aws.ts";

/** The password of the database, which must not appear anywhere. */
export const canary = "canary-4b8e02";
const Bucket = "backups";
const image = "rainbow-local/backup-check";

interface RunOptions {
  /** The action whose policy applies. */
  role?: string;
  /** Called once, while the dump is being uploaded, with the task's container. */
  whileUploading?: (container: string, kill: (signal: NodeJS.Signals) => void) => unknown;
}

const psqlCommand = (container: string, { database, statement }: { database: string; statement: string }): string[] =>
  ["docker", "exec", "--user", "postgres", container, "psql", "--no-align", "--tuples-only"].concat(
    `--dbname=${database}`,
    "--command",
    statement,
  );

export class Workbench {
  private readonly aws: SmallAws;
  /** ID of the database's container. */
  private readonly database: string;
  private readonly folder: string;
  private readonly s3: S3Client;
  private readonly outputOfRuns: Record<string, string> = {};

  private constructor(aws: SmallAws, database: string, folder: string) {
    this.aws = aws;
    this.database = database;
    this.folder = folder;
    this.s3 = new S3Client({ ...aws.settings, forcePathStyle: true });
  }

  static async make({ aws, folder, gateway }: SmallAwsContext, note: (text: string) => void): Promise<Workbench> {
    note("the backup image");
    const context = join(root, "actions/db-backup");
    await run([
      "docker",
      "build",
      "--quiet",
      "--tag",
      image,
      "--build-arg",
      `BASE_IMAGE=${nodeImage}`,
      "--build-arg",
      `POSTGRES_IMAGE=${postgresImage}`,
      "--file",
      join(context, "image/Dockerfile"),
      context,
    ]);
    note("the database");
    const database = (
      await run([
        "docker",
        "run",
        "--detach",
        "--env",
        `POSTGRES_PASSWORD=${canary}`,
        "--env",
        "POSTGRES_DB=app",
        postgresImage,
        "postgres",
      ])
    ).trim();
    const bench = new Workbench(aws, database, folder);
    const psql = (statement: string) => attempt(psqlCommand(database, { database: "app", statement }));
    assert.ok(
      await until(async () => (await psql("SELECT 1")).code === 0, { seconds: 60 }),
      "the database did not start",
    );
    const noise = await psql(
      `CREATE TABLE noise AS SELECT string_agg(sha512((i || '-' || j)::text::bytea), ''::bytea) AS data
         FROM generate_series(1, 40) i, generate_series(1, 20000) j GROUP BY i`,
    );
    assert.equal(noise.code, 0, noise.stderr);
    await bench.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const address = (await run(["docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", database])).trim();
    await bench.defineTasks({ address, endpoint: `http://${gateway}:${new URL(aws.settings.endpoint).port}` });
    return bench;
  }

  private async defineTasks({ address, endpoint }: { address: string; endpoint: string }): Promise<void> {
    const { ARN } = await new SecretsManagerClient(this.aws.settings).send(
      new CreateSecretCommand({ Name: "backup-password", SecretString: canary }),
    );
    // On AWS, the task role provides them.
    const credentials = { ...(await this.aws.environmentOf("db-backup")), AWS_ENDPOINT_URL: endpoint };
    const environment = Object.entries({
      ...credentials,
      PGHOST: address,
      PGUSER: "postgres",
      PGDATABASE: "app",
      PGSSLMODE: "disable",
    }).map(([name, value]) => ({ name, value }));
    // As Terraform registers them, without an image yet, and as the backup workflow does.
    for (const [family, familyImage] of [
      ["restore", "none-yet"],
      ["backup", image],
    ] as const)
      await new ECSClient(this.aws.settings).send(
        new RegisterTaskDefinitionCommand({
          family,
          cpu: "1024",
          memory: "2048",
          networkMode: "awsvpc",
          requiresCompatibilities: ["FARGATE"],
          ...this.aws.roles,
          containerDefinitions: [
            {
              name: "backup",
              image: familyImage,
              essential: true,
              environment,
              secrets: [{ name: "PGPASSWORD", valueFrom: ARN }],
              logConfiguration: this.aws.logConfiguration,
            },
          ],
        }),
      );
  }

  async remove(): Promise<void> {
    await attempt(["docker", "rm", "--force", "--volumes", this.database]);
    await attempt(["docker", "rmi", image]);
  }

  async run(
    inputs: Record<string, string>,
    { role = "db-backup", whileUploading }: RunOptions = {},
  ): Promise<BundleResult> {
    const before = await this.incompleteUploads();
    let interference: Promise<unknown> | undefined;
    const result = await runBundle("db-backup", {
      inputs: { bucket: Bucket, database: "app", "path-style": "true", ...inputs },
      environment: await this.aws.environmentOf(role),
      onOutput: (_text, kill) => {
        if (whileUploading)
          interference ??= this.untilUploading(before).then(async () => whileUploading(await this.container(), kill));
      },
    });
    await interference;
    this.outputOfRuns[`run ${Object.keys(this.outputOfRuns).length}`] =
      `${result.text.replaceAll(/^::add-mask::.*$/gm, "")}${result.summary}${JSON.stringify(result.outputs)}`;
    return result;
  }

  /** The command line, as in a terminal. */
  async runCommandLine(args: string[]): Promise<{ code: number; text: string }> {
    const env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      ...(await this.aws.environmentOf("db-backup")),
    };
    const { code, stdout, stderr } = await attempt(
      [
        process.execPath,
        join(root, "bin/rainbow-deploy"),
        ...args,
        "--bucket",
        Bucket,
        "--database",
        "app",
        "--path-style",
        "true",
      ],
      { cwd: this.folder, env },
    );
    this.outputOfRuns["the command line"] = stdout + stderr;
    return { code, text: stdout + stderr };
  }

  /** Rows of a table. */
  async count(database: string, table: string): Promise<number> {
    return Number(await run(psqlCommand(this.database, { database, statement: `SELECT count(*) FROM ${table}` })));
  }

  async mustEnd(code: number, inputs: Record<string, string>, options: RunOptions = {}): Promise<BundleResult> {
    const result = await this.run(inputs, options);
    assertEnded(result, code);
    return result;
  }

  private async untilUploading(before: number): Promise<void> {
    const isUploading = async () => (await this.incompleteUploads()) > before;
    while (!(await isUploading())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  private async container(): Promise<string> {
    return (await run(["docker", "ps", "--quiet", "--filter", `ancestor=${image}`])).trim();
  }

  async kill(container: string): Promise<void> {
    await run(["docker", "kill", "--signal", "KILL", container]);
  }

  async incompleteUploads(): Promise<number> {
    const command = new ListMultipartUploadsCommand({ Bucket, Prefix: "database/app/" });
    const { Uploads = [] } = await this.s3.send(command);
    return Uploads.length;
  }

  /** Key → size and ETag, without the lock. */
  async objects(): Promise<Map<string, string>> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket }));
    return new Map(
      Contents.filter(({ Key = "" }) => !Key.endsWith("lock.json")).map(({ Key = "", ETag, Size }) => [
        Key,
        `${Size} ${ETag}`,
      ]),
    );
  }

  /** IDs of the backups: those with a manifest. */
  async manifests(): Promise<string[]> {
    return [...(await this.objects()).keys()]
      .filter((key) => key.endsWith("/manifest.json"))
      .flatMap((key) => key.split("/").at(-2) ?? [])
      .toSorted();
  }

  async mustHaveKept(before: Map<string, string>, ids: string[]): Promise<void> {
    const now = await this.objects();
    for (const [key, object] of before) assert.equal(now.get(key), object, key);
    assert.deepEqual(await this.manifests(), ids);
  }

  /** Sets or removes the protection of a backup's dump. */
  async protect(id: string, how: "retention" | "legal hold", isOn: boolean): Promise<void> {
    const Key =
      [...(await this.objects()).keys()].find((key) => key.endsWith(`${id}/data.dump`)) ??
      assert.fail(`${id} has no data.dump`);
    if (how === "legal hold") {
      await this.s3.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status: isOn ? "ON" : "OFF" } }));
      return;
    }
    // A retention can be shortened with the permission to bypass it, but not removed.
    const RetainUntilDate = new Date(Date.now() + (isOn ? 86_400_000 : 1000));
    await this.s3.send(
      new PutObjectRetentionCommand({
        Bucket,
        Key,
        BypassGovernanceRetention: true,
        Retention: { Mode: "GOVERNANCE", RetainUntilDate },
      }),
    );
    if (!isOn) await until(async () => Date.now() > RetainUntilDate.getTime(), { seconds: 10 });
  }

  async metrics(): Promise<string[]> {
    const { Metrics = [] } = await new CloudWatchClient(this.aws.settings).send(
      new ListMetricsCommand({ Namespace: "Test" }),
    );
    return [...new Set(Metrics.flatMap(({ MetricName = [] }) => MetricName))].toSorted();
  }

  /** All places to which a secret could leak: runs, logs, task definitions, tasks, and the bucket except its dumps. */
  async everythingReadable(): Promise<Record<string, string>> {
    const ecs = new ECSClient(this.aws.settings);
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: "small", desiredStatus: "STOPPED" }));
    const { events = [] } = await new CloudWatchLogsClient(this.aws.settings).send(
      new FilterLogEventsCommand({ logGroupName: "/ecs/small" }),
    );
    const objects = await Promise.all(
      [...(await this.objects()).keys()]
        .filter((key) => !key.includes("/data.dump"))
        .map(async (Key) => (await this.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()),
    );
    assert.ok(
      taskArns.length > 0 && events.length > 0 && objects.length > 0 && objects.every((text) => text !== undefined),
    );
    return {
      ...this.outputOfRuns,
      "the task definition": JSON.stringify(
        await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "backup" })),
      ),
      "the tasks": JSON.stringify(await ecs.send(new DescribeTasksCommand({ cluster: "small", tasks: taskArns }))),
      "the log": JSON.stringify(events),
      "the bucket": objects.join("\n"),
    };
  }
}
