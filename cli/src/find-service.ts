// Finds a service by name: in the given cluster, or in the only one that has it.
import { DescribeServicesCommand, ListClustersCommand, type Service } from "@aws-sdk/client-ecs";
import { withRetry, isUnavailable } from "../../actions/shared/src/aws.ts";
import type { EcsReader } from "../../actions/shared/src/ecs/service.ts";
import { shortName } from "../../actions/shared/src/ecs/task-definition/task-definition.ts";
import { ConfigurationError } from "../../actions/shared/src/errors.ts";

export async function findService(
  reader: EcsReader,
  name: string,
  cluster: string | undefined,
): Promise<{ cluster: string; service: Service }> {
  const clusters = cluster === undefined ? await clusterNames(reader) : [cluster];
  const found: { cluster: string; service: Service }[] = [];
  for (const one of clusters) {
    const { services = [] } = await withRetry(reader, "ecs:DescribeServices", () =>
      reader.ecs.send(new DescribeServicesCommand({ cluster: one, services: [name], include: ["TAGS"] })),
    );
    if (services[0]) found.push({ cluster: one, service: services[0] });
  }
  const [first, ...others] = found.filter(({ service }) => service.status !== "INACTIVE");
  if (!first) {
    const searched =
      clusters.length === 1
        ? `the cluster ${clusters[0]}`
        : `any of the clusters ${clusters.join(", ") || "(there are none)"}`;
    throw new ConfigurationError(
      `There is no service ${name} in ${searched} of this region. Check its name, --cluster and AWS_REGION.`,
    );
  }
  if (others.length > 0) {
    const candidates = [first, ...others].map((one) => one.cluster).join(", ");
    throw new ConfigurationError(
      `There is a service ${name} in several clusters: ${candidates}. Choose one with --cluster.`,
    );
  }
  return first;
}

async function clusterNames(reader: EcsReader): Promise<string[]> {
  try {
    const { clusterArns = [] } = await withRetry(reader, "ecs:ListClusters", () =>
      reader.ecs.send(new ListClustersCommand({})),
    );
    return clusterArns.map(shortName);
  } catch (error) {
    if (isUnavailable(error)) return ["default"];
    throw error;
  }
}
