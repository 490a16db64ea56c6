// What doctor knows from AWS: each fact is read once, when a check needs it.
import { DescribeRepositoriesCommand, type Repository } from "@aws-sdk/client-ecr";
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type Service,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Dependencies } from "./dependencies.ts";
import { fromAws, regionHint, UnknownFact } from "./finding.ts";
import { once, oncePer } from "./once.ts";
import { readRole, type Role } from "./role.ts";

export interface ServiceFacts {
  cluster: string;
  name: string;
  service: Service;
  /** undefined: not readable. */
  definition: TaskDefinition | undefined;
  tags: ReadonlyMap<string, string>;
}

export interface AwsFacts {
  region: () => Promise<string>;
  identity: () => Promise<{ account: string; arn: string }>;
  /** By ARN. undefined: there is none. */
  role: (arn: string) => Promise<Role | undefined>;
  /** By "CLUSTER/SERVICE". undefined: there is none, or its cluster does not exist. */
  service: (key: string) => Promise<ServiceFacts | undefined>;
  hasCluster: (name: string) => Promise<boolean>;
  /** By its name. undefined: there is none. */
  imageRepository: (name: string) => Promise<Repository | undefined>;
}

export function awsFacts(dependencies: Dependencies): AwsFacts {
  const { ecs, ecr, sts } = dependencies;
  const identity = once(async () => {
    const { Account: account = "", Arn: arn = "" } = await fromAws("sts:GetCallerIdentity", () =>
      sts.send(new GetCallerIdentityCommand({})),
    );
    return { account, arn };
  });
  return {
    identity,
    region: once(async () => {
      try {
        return await ecs.config.region();
      } catch (error) {
        throw new UnknownFact("no AWS region is set", regionHint, { cause: error });
      }
    }),
    role: oncePer(async (arn) => readRole(dependencies.iam, arn, (await identity()).account)),
    service: oncePer((key) => readService(dependencies, key)),
    hasCluster: oncePer(async (name) => {
      const { clusters = [] } = await fromAws("ecs:DescribeClusters", () =>
        ecs.send(new DescribeClustersCommand({ clusters: [name] })),
      );
      return clusters.some(({ status }) => status === "ACTIVE");
    }),
    imageRepository: oncePer(async (name) => {
      try {
        const { repositories = [] } = await fromAws("ecr:DescribeRepositories", () =>
          ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })),
        );
        return repositories[0];
      } catch (error) {
        if (error instanceof UnknownFact) throw error;
        return undefined;
      }
    }),
  };
}

async function readService({ ecs }: Dependencies, key: string): Promise<ServiceFacts | undefined> {
  const [cluster = "", name = ""] = key.split("/");
  let service: Service | undefined;
  try {
    const { services = [] } = await fromAws("ecs:DescribeServices", () =>
      ecs.send(new DescribeServicesCommand({ cluster, services: [name], include: ["TAGS"] })),
    );
    service = services.find(({ status }) => status !== "INACTIVE");
  } catch (error) {
    if (error instanceof UnknownFact) throw error;
  }
  if (service === undefined) return undefined;
  const { definition, tags } = await readDefinition(ecs, service);
  return { cluster, name, service, definition, tags };
}

/** Services of CodeDeploy have their revision in task sets. */
async function readDefinition(
  ecs: Dependencies["ecs"],
  service: Service,
): Promise<Pick<ServiceFacts, "definition" | "tags">> {
  const taskDefinition = service.taskDefinition ?? service.taskSets?.[0]?.taskDefinition;
  if (taskDefinition === undefined) return { definition: undefined, tags: new Map() };
  const answer = await fromAws("ecs:DescribeTaskDefinition", () =>
    ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ["TAGS"] })),
  ).catch(() => undefined);
  return {
    definition: answer?.taskDefinition,
    tags: new Map((answer?.tags ?? []).map(({ key = "", value = "" }) => [key, value])),
  };
}
