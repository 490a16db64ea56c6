// Lists what is running in a cluster.
import { DescribeServicesCommand, ECSClient, ListServicesCommand } from "@aws-sdk/client-ecs";
import { shortRetryClientSettings, withRetry } from "../../actions/shared/src/aws.ts";
import { systemClock } from "../../actions/shared/src/clock.ts";
import { primaryOf } from "../../actions/shared/src/ecs/deployment/completion.ts";
import { readRevision } from "../../actions/shared/src/ecs/task-definition/resolve.ts";
import {
  tagOf,
  type EcsReader,
  toExistingService,
  type ExistingService,
} from "../../actions/shared/src/ecs/service.ts";
import { shortName } from "../../actions/shared/src/ecs/task-definition/task-definition.ts";
import { InputReader, type InputSource } from "../../actions/shared/src/inputs.ts";
import type { Context } from "./context.ts";
import { table } from "./table.ts";

export const statusInputs = { cluster: { description: "The cluster.", default: "default" } };

export async function status(source: InputSource, context: Context): Promise<number> {
  const read = new InputReader(source);
  const cluster = read.optional("cluster") ?? "default";
  read.finish();
  const reader: EcsReader = {
    ecs: new ECSClient(shortRetryClientSettings),
    clock: systemClock,
    log: context.log,
    deadline: Date.now() + 120_000,
  };
  const services = await servicesOf(reader, cluster);
  const rows = await Promise.all(services.map((service) => rowOf(reader, service)));
  context.setOutputs({ cluster, services: rows });
  if (!context.json) context.log(rows.length === 0 ? `The cluster ${cluster} has no services.` : table(rows));
  return 0;
}

export async function servicesOf(reader: EcsReader, cluster: string): Promise<ExistingService[]> {
  const all: ExistingService[] = [];
  for (let nextToken: string | undefined; ;) {
    const page = await withRetry(reader, "ecs:ListServices", () =>
      reader.ecs.send(new ListServicesCommand({ cluster, nextToken, maxResults: 10 })),
    );
    const { serviceArns = [] } = page;
    if (serviceArns.length > 0) {
      const { services = [] } = await withRetry(reader, "ecs:DescribeServices", () =>
        reader.ecs.send(new DescribeServicesCommand({ cluster, services: serviceArns, include: ["TAGS"] })),
      );
      all.push(...services.map(toExistingService));
    }
    if (!page.nextToken) return all.toSorted((a, b) => (a.serviceName < b.serviceName ? -1 : 1));
    nextToken = page.nextToken;
  }
}

type Row = Record<"service" | "revision" | "tasks" | "rollout" | "verified" | "commit" | "image", string>;

async function rowOf(reader: EcsReader, service: ExistingService): Promise<Row> {
  const { definition, tags } = await readRevision(reader, service.taskDefinition);
  const emergency = tagOf(service, "emergency:reason");
  return {
    service: service.serviceName,
    revision: shortName(service.taskDefinition).replace(/^.*:/, ""),
    tasks: `${service.runningCount} of ${service.desiredCount}`,
    rollout: emergency
      ? `emergency: ${emergency}`
      : (primaryOf(service)?.rolloutState ?? "unknown").toLowerCase().replaceAll("_", " "),
    verified: tags.get("deploy:verified-at") ?? "never",
    commit: tags.get("deploy:commit")?.slice(0, 12) ?? "",
    image: definition.containerDefinitions?.find(({ essential }) => essential !== false)?.image ?? "",
  };
}
