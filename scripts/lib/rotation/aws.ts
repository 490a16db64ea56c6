// An environment on AWS, or on the local AWS.
import { randomBytes } from "node:crypto";
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
} from "@aws-sdk/client-ecs";
import { ListTasksCommand, type ECSClient, type Service, type TaskDefinition } from "@aws-sdk/client-ecs";
import {
  DescribeReplicationGroupsCommand,
  ModifyReplicationGroupCommand,
  type ElastiCacheClient,
  type ReplicationGroup,
} from "@aws-sdk/client-elasticache";
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, type RDSClient } from "@aws-sdk/client-rds";
import { GetParameterCommand, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { Problem } from "../../../infra/local/problem.ts";
import type { System } from "./system.ts";

export const environments = ["production", "staging", "local"] as const;
export type EnvironmentName = (typeof environments)[number];

export interface Effects {
  ssm: SSMClient;
  ecs: ECSClient;
  elasticache: ElastiCacheClient;
  rds: RDSClient;
  /** Runs `rainbow-deploy` with these arguments to its end; throws if it fails. */
  rainbowDeploy(args: string[]): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  now(): Date;
  note(text: string): void;
}

const minutes = 60_000;
const deploymentMinutes = 30;
/** Of one change of ElastiCache or RDS. */
const changeMinutes = 30;
const pollEvery = 10_000;
/** The newest revisions of a family, among which the one of the running image is. */
const revisionsLookedAt = 20;

export function awsSystem(environment: EnvironmentName, effects: Effects): System {
  const { ssm, ecs, elasticache, rds, now, note } = effects;
  const suffix = environment === "production" ? "" : `-${environment}`;
  const cluster = `rainbow-seeker-cluster${suffix}`;
  const serviceName = `rainbow-seeker-api${suffix}`;
  const family = (name: string) => `rainbow-seeker-${name}${suffix}`;
  const parameterName = (name: string) => `/rainbow-seeker/${environment}/${name}`;

  async function parameter(name: string): Promise<{ Value: string; LastModifiedDate: Date }> {
    const { Parameter: found } = await ssm.send(
      new GetParameterCommand({ Name: parameterName(name), WithDecryption: true }),
    );
    const { Value, LastModifiedDate } = found ?? {};
    if (Value === undefined || LastModifiedDate === undefined)
      throw new Problem(`${parameterName(name)} has no value.`, "Apply Terraform, which creates it.");
    return { Value, LastModifiedDate };
  }

  async function service(): Promise<Service & { taskDefinition: string }> {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [serviceName] }));
    const [found] = services;
    if (found?.taskDefinition === undefined)
      throw new Problem(`There is no service ${serviceName} in ${cluster}.`, "Check account, region and environment.");
    return { ...found, taskDefinition: found.taskDefinition };
  }

  async function taskDefinition(name: string): Promise<TaskDefinition> {
    const { taskDefinition: found } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: name }));
    if (!found) throw new Problem(`There is no task definition ${name}.`, "Deploy first.");
    return found;
  }

  const imageOf = ({ containerDefinitions = [] }: TaskDefinition, container: string) =>
    containerDefinitions.find(({ name }) => name === container)?.image;

  /** The migration of the code that runs: it has nothing to migrate, and sets the passwords of the roles. */
  async function migrationOf(image: string | undefined): Promise<string> {
    const { taskDefinitionArns = [] } = await ecs.send(
      new ListTaskDefinitionsCommand({ familyPrefix: family("migrate"), sort: "DESC", maxResults: revisionsLookedAt }),
    );
    for (const arn of taskDefinitionArns)
      if (image !== undefined && imageOf(await taskDefinition(arn), "migrate") === image) return arn;
    throw new Problem(
      `None of the newest revisions of ${family("migrate")} has the image that ${serviceName} runs.`,
      "Deploy once with the workflow, which registers one, and start the rotation again.",
    );
  }

  /** Of the running revision: Terraform's takes effect with the next deployment. */
  function checkKnowsAlternates({ containerDefinitions = [] }: TaskDefinition): void {
    const names = new Set(containerDefinitions.flatMap(({ secrets = [] }) => secrets.map(({ name }) => name)));
    const missing = ["DB_PASSWORD_ALTERNATES", "JWT_SECRET_ALTERNATES", "REDIS_AUTH_TOKEN"].filter(
      (name) => !names.has(name),
    );
    if (missing.length > 0)
      throw new Problem(
        `The running tasks do not get ${missing.join(", ")}, so that requests would fail while a secret rotates.`,
        "Apply Terraform and deploy, then start the rotation again.",
      );
  }

  async function replicationGroup(): Promise<ReplicationGroup> {
    const { ReplicationGroups: [found] = [] } = await elasticache.send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: `rainbow-seeker-redis${suffix}` }),
    );
    if (!found) throw new Problem(`There is no cache rainbow-seeker-redis${suffix}.`, "Apply Terraform first.");
    return found;
  }

  async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
    for (let waited = 0; ; waited += pollEvery) {
      // At first too: a change shows a moment later.
      await effects.sleep(pollEvery);
      if (await isDone()) return;
      if (waited >= changeMinutes * minutes)
        throw new Problem(
          `${what} is not done after ${changeMinutes} minutes.`,
          "Start the rotation again: it goes on.",
        );
    }
  }

  return {
    get: async (name) => (await parameter(name)).Value,
    changedAt: async (name) => (await parameter(name)).LastModifiedDate,
    put: async (name, value) => {
      note(`writing ${parameterName(name)}`);
      await ssm.send(new PutParameterCommand({ Name: parameterName(name), Value: value, Overwrite: true }));
    },

    redeploy: async ({ withMigration = false } = {}) => {
      const { taskDefinition: running } = await service();
      const revision = await taskDefinition(running);
      checkKnowsAlternates(revision);
      const migration = withMigration ? await migrationOf(imageOf(revision, "api")) : undefined;
      note(`replacing the tasks of ${serviceName}${withMigration ? ", after the migration" : ""}`);
      const args = ["deploy", serviceName, "--cluster", cluster, "--task-definition", running];
      args.push("--force-new-deployment", "true", "--wait-for-minutes", String(deploymentMinutes));
      if (migration !== undefined) args.push("--migration-task-definition", migration);
      await effects.rainbowDeploy(args);
    },
    deploymentMilliseconds: deploymentMinutes * minutes,

    refuseWhileBusy: async () => {
      const { deployments = [], taskDefinition: running } = await service();
      checkKnowsAlternates(await taskDefinition(running));
      const active = deployments.filter(
        ({ status, rolloutState }) => status === "ACTIVE" || rolloutState === "IN_PROGRESS",
      );
      if (active.length > 0)
        throw new Problem(`A deployment of ${serviceName} is in progress.`, "Start the rotation when it has ended.");
      for (const name of ["migrate", "backup", "restore"]) {
        const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, family: family(name) }));
        if (taskArns.length > 0)
          throw new Problem(`A task of ${family(name)} is running.`, "Start the rotation when it has ended.");
      }
    },

    cache: {
      hasToken: async () => (await replicationGroup()).AuthTokenEnabled === true,
      tokenChangedAt: async () => (await replicationGroup()).AuthTokenLastModifiedDate ?? new Date(0),
      setToken: async (token, strategy) => {
        const { ReplicationGroupId, TransitEncryptionEnabled } = await replicationGroup();
        if (!TransitEncryptionEnabled)
          throw new Problem("This cache has no TLS, without which ElastiCache takes no token.", "Nothing to do here.");
        note(`${strategy} of the token of ${ReplicationGroupId}`);
        await elasticache.send(
          new ModifyReplicationGroupCommand({
            ReplicationGroupId,
            AuthToken: token,
            AuthTokenUpdateStrategy: strategy,
            ApplyImmediately: true,
          }),
        );
        await until("The change of the token", async () => {
          const { Status, PendingModifiedValues } = await replicationGroup();
          return Status === "available" && PendingModifiedValues?.AuthTokenStatus === undefined;
        });
      },
    },

    rotateMasterPassword: async () => {
      const DBInstanceIdentifier = `rainbow-seeker-db${suffix}`;
      const instance = async () => {
        const { DBInstances: [found] = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
        return found;
      };
      if (!(await instance())?.MasterUserSecret)
        throw new Problem(`RDS does not manage the master password of ${DBInstanceIdentifier}.`, "Nothing to do here.");
      note(`RDS rotates the master password of ${DBInstanceIdentifier}`);
      await rds.send(
        new ModifyDBInstanceCommand({ DBInstanceIdentifier, RotateMasterUserPassword: true, ApplyImmediately: true }),
      );
      await until("The rotation of the master password", async () => {
        const found = await instance();
        return found?.DBInstanceStatus === "available" && found.MasterUserSecret?.SecretStatus === "active";
      });
    },

    newSecret: () => randomBytes(32).toString("hex"),
    now,
  };
}
