import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { awsSystem, type Effects } from "./aws.ts";
import { rotate } from "./rotate.ts";

const running = "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/rainbow-seeker-api:7";
const secretNames = ["DB_PASSWORD_ALTERNATES", "JWT_SECRET_ALTERNATES", "REDIS_AUTH_TOKEN"];

/** AWS as far as a rotation sees it; `log` has the writes in their order. */
function account(more: { rolloutState?: string; tasksOf?: string; secrets?: string[]; hasToken?: boolean } = {}) {
  const { rolloutState = "COMPLETED", tasksOf, secrets = secretNames, hasToken = true } = more;
  const log: string[] = [];
  const start = new Date("2026-11-26T00:00:00Z");
  const parameters = new Map(
    ["db-password", "jwt-secret", "redis-auth-token"].flatMap((name) => [
      [`/rainbow-seeker/production/${name}`, { Value: `${name}-0`, LastModifiedDate: start }],
      [`/rainbow-seeker/production/${name}-alternates`, { Value: "none", LastModifiedDate: start }],
    ]),
  );
  let clock = start.getTime();
  let modifying = 0;
  const replies: Record<string, (input: any) => unknown> = {
    GetParameterCommand: ({ Name }) => ({ Parameter: parameters.get(Name) }),
    PutParameterCommand: ({ Name, Value, Overwrite, Type }) => {
      expect([Overwrite, Type]).toEqual([true, undefined]);
      log.push(`${Name.split("/").at(-1)} = ${/^[0-9a-f]{64}$/.test(Value) ? "new" : Value}`);
      parameters.set(Name, { Value, LastModifiedDate: new Date(clock) });
    },
    DescribeServicesCommand: ({ cluster, services }) => {
      expect([cluster, services]).toEqual(["rainbow-seeker-cluster", ["rainbow-seeker-api"]]);
      return { services: [{ taskDefinition: running, deployments: [{ status: "PRIMARY", rolloutState }] }] };
    },
    DescribeTaskDefinitionCommand: ({ taskDefinition }) => {
      const container =
        taskDefinition === running
          ? { name: "api", image: "api@sha256:7", secrets: secrets.map((name) => ({ name })) }
          : { name: "migrate", image: `api@sha256:${taskDefinition.split(":")[1]}` };
      return { taskDefinition: { containerDefinitions: [container] } };
    },
    ListTaskDefinitionsCommand: () => ({
      taskDefinitionArns: ["rainbow-seeker-migrate:8", "rainbow-seeker-migrate:7"],
    }),
    ListTasksCommand: ({ family }) => ({ taskArns: family === tasksOf ? ["task"] : [] }),
    DescribeReplicationGroupsCommand: () => ({
      ReplicationGroups: [
        {
          ReplicationGroupId: "rainbow-seeker-redis",
          TransitEncryptionEnabled: true,
          AuthTokenEnabled: hasToken,
          AuthTokenLastModifiedDate: start,
          Status: (modifying -= 1) > 0 ? "modifying" : "available",
        },
      ],
    }),
    ModifyReplicationGroupCommand: ({ AuthToken, AuthTokenUpdateStrategy, ApplyImmediately }) => {
      expect(ApplyImmediately).toBe(true);
      modifying = 3;
      log.push(`${AuthTokenUpdateStrategy} ${/^[0-9a-f]{64}$/.test(AuthToken) ? "new" : AuthToken}`);
    },
    ModifyDBInstanceCommand: ({ DBInstanceIdentifier, RotateMasterUserPassword, ApplyImmediately }) => {
      expect([RotateMasterUserPassword, ApplyImmediately]).toEqual([true, true]);
      modifying = 3;
      log.push(`rotate ${DBInstanceIdentifier}`);
    },
    DescribeDBInstancesCommand: () => ({
      DBInstances: [
        {
          DBInstanceStatus: "available",
          MasterUserSecret: { SecretStatus: (modifying -= 1) > 0 ? "rotating" : "active" },
        },
      ],
    }),
  };
  const client = {
    send: async (command: { constructor: { name: string }; input: unknown }) => {
      await nextTurn();
      const reply = replies[command.constructor.name];
      if (!reply) throw new Error(`No reply to ${command.constructor.name}`);
      return reply(command.input) ?? {};
    },
  };
  const effects = {
    ssm: client,
    ecs: client,
    elasticache: client,
    rds: client,
    rainbowDeploy: async (args: string[]) => void log.push(`rainbow-deploy ${args.join(" ")}`),
    sleep: async (milliseconds: number) => {
      clock += milliseconds;
    },
    now: () => new Date(clock),
    note: () => {},
  } as unknown as Effects;
  return { log, system: awsSystem("production", effects) };
}

const deploy =
  `rainbow-deploy deploy rainbow-seeker-api --cluster rainbow-seeker-cluster --task-definition ${running} ` +
  "--force-new-deployment true --wait-for-minutes 30";

describe("a rotation on AWS", () => {
  it("gives ElastiCache the next token before tasks get it, and takes the previous one afterwards", async () => {
    const { log, system } = account();
    await rotate("redis-auth-token", system);
    expect(log).toEqual([
      "redis-auth-token-alternates = new",
      "ROTATE new",
      "redis-auth-token = new",
      deploy,
      "SET new",
      "redis-auth-token-alternates = none",
    ]);
  });

  it("gives a cache without a token the one that tasks send", async () => {
    const { log, system } = account({ hasToken: false });
    await rotate("redis-auth-token", system);
    expect(log).toEqual(["ROTATE redis-auth-token-0", "SET redis-auth-token-0"]);
  });

  it("sets the database's password with the migration of the image that runs", async () => {
    const { log, system } = account();
    await rotate("db-password", system);
    expect(log.filter((entry) => entry.startsWith("rainbow"))).toEqual([
      deploy,
      `${deploy} --migration-task-definition rainbow-seeker-migrate:7`,
    ]);
  });

  it("lets RDS rotate the master password, and waits for it", async () => {
    const { log, system } = account();
    await rotate("master-password", system);
    expect(log).toEqual(["rotate rainbow-seeker-db"]);
  });

  it.each([
    ["a deployment is in progress", { rolloutState: "IN_PROGRESS" }, "deployment of rainbow-seeker-api is in progress"],
    ["a backup is running", { tasksOf: "rainbow-seeker-backup" }, "task of rainbow-seeker-backup is running"],
    ["tasks do not know alternates", { secrets: ["REDIS_AUTH_TOKEN"] }, "do not get DB_PASSWORD_ALTERNATES, JWT_"],
  ])("refuses to start, and writes nothing, while %s", async (_, state, message) => {
    const { log, system } = account(state);
    await expect(rotate("jwt-secret", system)).rejects.toThrow(message);
    expect(log).toEqual([]);
  });
});
