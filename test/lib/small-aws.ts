// A separate local AWS with few resources: services, and a role for each action. It can evaluate their policies.
import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ensureBaseImages, imagePrefix, nodeImage } from "../../infra/local/base-images.ts";
import { removeContainers } from "../../infra/local/containers.ts";
import { bridgeGateway, ensureEngine } from "../../infra/local/engine.ts";
import { region, root, stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { daemon, until } from "../../infra/local/process.ts";
import { stopByPidFile } from "../../infra/local/pid-file.ts";
import { freePorts } from "./ports.ts";

const account = "123456789012";
/** Of all its containers; not the checkout's path, so that npm stop does not stop a test. */
const owner = join(stateDir, "small-aws");
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root`, Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
});

const roles = {
  taskRoleArn: `arn:aws:iam::${account}:role/task`,
  executionRoleArn: `arn:aws:iam::${account}:role/execution`,
};
const logConfiguration = {
  logDriver: "awslogs" as const,
  options: { "awslogs-group": "/ecs/small", "awslogs-region": region, "awslogs-stream-prefix": "ecs" },
};

const denyAll = {
  Version: "2012-10-17",
  Statement: [{ Sid: "Nothing", Effect: "Deny", Action: ["*"], Resource: "*" }],
};

/** README of amazon-ecs-deploy-task-definition 2.6.3, "Permissions", for a service. */
const replacedAction = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "ReplacedAction",
      Effect: "Allow",
      Action: ["ecs:RegisterTaskDefinition", "iam:PassRole", "ecs:UpdateService", "ecs:DescribeServices"],
      Resource: "*",
    },
  ],
};

/** Policies of roles that are not those of an action. */
const otherPolicies: Record<string, object> = { nothing: denyAll, replaced: replacedAction };

interface Policy {
  Statement: { Sid: string; Action: string[]; Resource: unknown; Condition?: unknown }[];
}

/**
 * The policy with its actions only. MiniStack evaluates every ECS call against the cluster as the resource and does not
 * have the key `ecs:cluster`, so resources and conditions would not be evaluated as on AWS.
 */
function withoutResources({ Statement, ...rest }: Policy): Policy {
  return {
    ...rest,
    Statement: Statement.map(({ Condition: _condition, ...statement }) => ({ ...statement, Resource: "*" })),
  };
}

export class SmallAws {
  static readonly image = nodeImage;
  /** The same image under another name, for another revision. */
  static readonly otherImage = `docker.io/${nodeImage}`;
  secretArn = "";
  private readonly processFile: string;
  readonly settings;

  /** For task definitions. */
  readonly roles = roles;
  readonly logConfiguration = logConfiguration;

  /** Host of its image registry; docker uses localhost without TLS. */
  readonly registry: string;

  private constructor(processFile: string, port: number) {
    this.processFile = processFile;
    this.settings = {
      region,
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: account, secretAccessKey: "test" },
    };
    this.registry = `localhost:${port}`;
  }

  static async start({
    bin,
    gateway,
    folder,
    evaluatesPolicies,
  }: {
    bin: string;
    gateway: string;
    folder: string;
    evaluatesPolicies: boolean;
  }): Promise<SmallAws> {
    // Any: the tests of another checkout may be running.
    const [port = 0, databasePort] = await freePorts(2);
    const aws = new SmallAws(join(folder, "ministack.pid"), port);
    const env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      ...(process.env["DOCKER_HOST"] ? { DOCKER_HOST: process.env["DOCKER_HOST"] } : {}),
      AUTH: String(evaluatesPolicies),
      MINISTACK_HOST: gateway,
      MINISTACK_HOSTNAME: owner,
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_IMAGE_PREFIX: imagePrefix,
      GATEWAY_PORT: String(port),
      RDS_BASE_PORT: String(databasePort),
      STATE_DIR: join(folder, "state"),
      S3_DATA_DIR: join(folder, "s3"),
    };
    daemon(
      [
        join(bin, "python"),
        "-m",
        "hypercorn",
        "--config",
        "python:ministack.core.hypercorn_conf",
        "--bind",
        `127.0.0.1:${port}`,
        "--bind",
        `${gateway}:${port}`,
        "ministack.app:app",
      ],
      { log: join(folder, "ministack.log"), pidFile: aws.processFile, cwd: folder, env },
    );
    const healthy = async () =>
      (await fetch(`${aws.settings.endpoint}/_ministack/health`).catch(() => undefined))?.ok === true;
    if (!(await until(healthy, { seconds: 60 })))
      throw new Problem("The local AWS of the test did not start.", `Its log is in ${join(folder, "ministack.log")}.`);
    return aws;
  }

  async stop(): Promise<void> {
    await stopByPidFile(this.processFile);
    await removeContainers(owner);
  }

  /** The services `api` and `web` with a circuit breaker, a migration, a secret, an alarm, and the roles. */
  async populate(): Promise<void> {
    const [ecs, iam] = [new ECSClient(this.settings), new IAMClient(this.settings)];
    for (const role of ["task", "execution"])
      await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trust }));
    for (const logGroupName of ["/ecs/small", "/audit/small"])
      await new CloudWatchLogsClient(this.settings).send(new CreateLogGroupCommand({ logGroupName }));
    const secret = await new SecretsManagerClient(this.settings).send(
      new CreateSecretCommand({ Name: "token", SecretString: "not a real one" }),
    );
    this.secretArn = secret.ARN!;
    await new CloudWatchClient(this.settings).send(
      new PutMetricAlarmCommand({
        AlarmName: "api-5xx",
        MetricName: "Errors",
        Namespace: "Test",
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
    await ecs.send(new CreateClusterCommand({ clusterName: "small" }));
    await ecs.send(new RegisterTaskDefinitionCommand(definition("api", "setInterval(() => {}, 1000)")));
    await ecs.send(new RegisterTaskDefinitionCommand(definition("migrate", "console.log('migrated')")));
    for (const serviceName of ["api", "web"]) {
      await ecs.send(
        new CreateServiceCommand({
          cluster: "small",
          serviceName,
          taskDefinition: "api",
          desiredCount: 1,
          launchType: "FARGATE",
          networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
          deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
        }),
      );
    }
    for (const action of [...Object.keys(otherPolicies), ...(await readdir(join(root, "actions")))])
      await this.createRole(iam, action);
  }

  private async createRole(iam: IAMClient, action: string): Promise<void> {
    const other = otherPolicies[action];
    const text = other
      ? JSON.stringify(other)
      : await readFile(join(root, "actions", action, "iam-policy.json"), "utf8").catch(() => undefined);
    if (text === undefined) return;
    const policy = withoutResources(JSON.parse(text) as Policy);
    await iam.send(new CreateRoleCommand({ RoleName: `action-${action}`, AssumeRolePolicyDocument: trust }));
    // IAM takes no policy without a statement: an action that calls nothing has a role without one.
    if (policy.Statement.length === 0) return;
    const PolicyDocument = JSON.stringify(policy);
    await iam.send(new PutRolePolicyCommand({ RoleName: `action-${action}`, PolicyName: "own", PolicyDocument }));
  }

  /** Short-lived credentials of an action's role. */
  async environmentOf(action: string): Promise<Record<string, string>> {
    const sts = new STSClient(this.settings);
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/action-${action}`, RoleSessionName: "check" }),
    );
    return {
      AWS_ENDPOINT_URL: this.settings.endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
      AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
      AWS_SESSION_TOKEN: Credentials!.SessionToken!,
    };
  }
}

function definition(family: string, script: string): ConstructorParameters<typeof RegisterTaskDefinitionCommand>[0] {
  return {
    family,
    cpu: "256",
    memory: "512",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    ...roles,
    containerDefinitions: [
      { name: family, image: nodeImage, essential: true, command: ["node", "-e", script], logConfiguration },
    ],
  };
}

export interface SmallAwsContext {
  aws: SmallAws;
  /** Folder of the programs act and MiniStack. */
  bin: string;
  /** Address of this machine from containers. */
  gateway: string;
  /** An empty folder of its own. */
  folder: string;
  /** A service outside of the local AWS, which reports the version "new". */
  url: string;
}

/** Runs the work with a small AWS, which is populated by default, and stops it afterwards. */
export async function withSmallAws<T>(
  options: { name: string; note: (text: string) => void; evaluatesPolicies: boolean; isPopulated?: boolean },
  work: (context: SmallAwsContext) => Promise<T>,
): Promise<T> {
  const { name, note, evaluatesPolicies, isPopulated = true } = options;
  await ensureEngine(note);
  await ensureBaseImages(note);
  const bin = await pythonEnvironment(note);
  const folder = join(stateDir, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const gateway = await bridgeGateway();
  const aws = await SmallAws.start({ bin, gateway, folder, evaluatesPolicies });
  const web = createServer((_request, response) => response.end('{"commit":"new"}'));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  try {
    if (isPopulated) await aws.populate();
    return await work({
      aws,
      bin,
      gateway,
      folder,
      url: `http://127.0.0.1:${(web.address() as { port: number }).port}/`,
    });
  } finally {
    web.close();
    await aws.stop();
  }
}

/** Runs named steps one after the other; the first that throws ends the check. */
export async function inTurn(
  steps: [string, () => Promise<void>][],
  note: (text: string) => void,
): Promise<{ passed: number; failed: number }> {
  for (const [name, step] of steps) {
    note(name);
    await step();
  }
  return { passed: steps.length, failed: 0 };
}
