// docs/adopting.md on a local AWS: a service and a database that exist are imported with the files of the page.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBInstancesCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import { root } from "../../infra/local/paths.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { attempt, run, until } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import type { PlanJson } from "../../scripts/lib/environment-plan.ts";
import { copyModules, inLocalNetwork, makeNetwork, provider, terraformOptions, type Network } from "./local-root.ts";
import { inTurn, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

type Note = (text: string) => void;

const page = "docs/adopting.md";
const name = "shop";
const account = "123456789012";

export function adoptionCheck(note: Note): Promise<Counts> {
  return withSmallAws({ name: "adoption", note, evaluatesPolicies: false, isPopulated: false }, async (context) =>
    inTurn(await stepsOf(context, note), note),
  );
}

async function stepsOf({ aws, folder }: SmallAwsContext, note: Note): Promise<[string, () => Promise<void>][]> {
  const [ecs, rds] = [new ECSClient(aws.settings), new RDSClient(aws.settings)];
  const terraform = await terraformBinary(note);
  const options = { ...(await terraformOptions(aws)), cwd: join(folder, "infra/root") };
  const runTerraform = (...args: string[]) => run([terraform, ...args, "-no-color"], options);
  const service = async () => {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster: name, services: [name] }));
    const { taskDefinition, desiredCount, createdAt, deployments = [] } = services[0] ?? {};
    return { taskDefinition, desiredCount, createdAt, deployments: deployments.map(({ id }) => id) };
  };
  const database = async () => {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }));
    const { DBInstanceStatus, DbiResourceId, InstanceCreateTime, AllocatedStorage, EngineVersion } =
      DBInstances[0] ?? {};
    return { DBInstanceStatus, DbiResourceId, InstanceCreateTime, AllocatedStorage, EngineVersion };
  };
  let before: unknown;
  let existing: Network = { subnets: [], group: "" };

  return [
    [
      "a service and a database exist",
      async () => {
        existing = await makeNetwork(join(folder, "surroundings"), terraform, options);
        await createService(aws, ecs, existing);
        await createDatabase(rds, existing);
        const isAvailable = async () => (await database()).DBInstanceStatus === "available";
        assert.ok(await until(isAvailable, { seconds: 120 }), "The database does not become available.");
        before = [await service(), await database()];
      },
    ],
    [
      "the files of the page, with the modules of this commit",
      async () => {
        await writeRoot(folder, existing);
        await runTerraform("init", "-input=false");
      },
    ],
    [
      "the plan imports, and destroys nothing",
      async () => {
        const output = await runTerraform("plan", "-input=false", "-out=adopt.tfplan");
        assert.match(output, /Plan: 4 to import, \d+ to add, \d+ to change, 0 to destroy\./);
        const plan = JSON.parse(await runTerraform("show", "-json", "adopt.tfplan")) as PlanJson;
        const changed = plan.resource_changes.filter(({ change }) => change.actions?.includes("update"));
        const imported = /^aws_(cloudwatch_log_group|db_instance|db_subnet_group|ecs_service)$/;
        assert.deepEqual(
          changed.map(({ type }) => type).filter((type) => !imported.test(type)),
          [],
        );
      },
    ],
    ["apply", async () => void (await runTerraform("apply", "-input=false", "adopt.tfplan"))],
    [
      "0 to change",
      async () => {
        const { code, stdout, stderr } = await attempt(
          [terraform, "plan", "-input=false", "-no-color", "-detailed-exitcode"],
          options,
        );
        assert.equal(code, 0, stdout + stderr);
      },
    ],
    [
      "the service runs what it ran, and the database is the same",
      async () => assert.deepEqual([await service(), await database()], before),
    ],
  ];
}

/** As the console creates them: without tags, and with the settings that the page has. */
async function createService(aws: SmallAwsContext["aws"], ecs: ECSClient, { subnets, group }: Network): Promise<void> {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  await new IAMClient(aws.settings).send(
    new CreateRoleCommand({ RoleName: "execution", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await new CloudWatchLogsClient(aws.settings).send(new CreateLogGroupCommand({ logGroupName: `/ecs/${name}` }));
  await ecs.send(new CreateClusterCommand({ clusterName: name }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      cpu: "256",
      memory: "512",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      executionRoleArn: `arn:aws:iam::${account}:role/execution`,
      containerDefinitions: [
        { name: "web", image: "public.ecr.aws/nginx/nginx:stable", portMappings: [{ containerPort: 80 }] },
      ],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster: name,
      serviceName: name,
      taskDefinition: name,
      // No task: the image cannot be pulled here. The count is compared all the same.
      desiredCount: 0,
      launchType: "FARGATE",
      // The local AWS does not change these in an update.
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      enableECSManagedTags: true,
      propagateTags: "SERVICE",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: subnets.slice(0, 1), securityGroups: [group], assignPublicIp: "DISABLED" },
      },
    }),
  );
}

async function createDatabase(rds: RDSClient, { subnets, group }: Network): Promise<void> {
  await rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: "Managed by Terraform",
      SubnetIds: subnets,
    }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: name,
      DBName: name,
      Engine: "postgres",
      EngineVersion: "17",
      DBInstanceClass: "db.t3.micro",
      AllocatedStorage: 20,
      MaxAllocatedStorage: 100,
      StorageType: "gp3",
      StorageEncrypted: true,
      MasterUsername: "postgres",
      MasterUserPassword: "not-the-password-afterwards",
      DBSubnetGroupName: name,
      VpcSecurityGroupIds: [group],
      PubliclyAccessible: false,
      // The local AWS does not change these in an update.
      BackupRetentionPeriod: 7,
      EnablePerformanceInsights: true,
    }),
  );
}

/** main.tf and imports.tf of the page; modules and their overrides for the local AWS beside them. */
async function writeRoot(folder: string, network: Network): Promise<void> {
  await copyModules(folder);
  const text = await readFile(join(root, page), "utf8");
  const [main = "", imports = ""] = [...text.matchAll(/^```hcl\n([^]*?)^```/gm)].map(([, block = ""]) => block);
  await mkdir(join(folder, "infra/root"), { recursive: true });
  const local = inLocalNetwork(main, network).replaceAll(
    /github\.com\/[^"]*\/\/infra\/modules\/([a-z-]+)\?ref=v1/g,
    "../modules/$1",
  );
  await writeFile(join(folder, "infra/root/main.tf"), local);
  await writeFile(join(folder, "infra/root/imports.tf"), imports);
  await writeFile(join(folder, "infra/root/provider.tf"), provider);
}
