// A service, as ECS describes it.
import { DescribeServicesCommand, type ECSClient, type Service } from "@aws-sdk/client-ecs";
import { withRetry, type RetryContext } from "../aws.ts";
import { ConfigurationError } from "../errors.ts";
import { required } from "../required.ts";

/** Reads from ECS, with retries until the deadline. */
export interface EcsReader extends RetryContext {
  ecs: ECSClient;
}

/** A service with what every service has. */
export interface ExistingService extends Service {
  serviceName: string;
  taskDefinition: string;
}

export async function describeService(
  reader: EcsReader,
  target: { cluster: string; service: string },
): Promise<ExistingService> {
  const { cluster, service } = target;
  const { services = [] } = await withRetry(reader, "ecs:DescribeServices", () =>
    reader.ecs.send(new DescribeServicesCommand({ cluster, services: [service], include: ["TAGS"] })),
  );
  const found = services[0];
  if (!found)
    throw new ConfigurationError(
      `There is no service ${service} in the cluster ${cluster} of this region. Check the inputs service and cluster, and AWS_REGION.`,
    );
  if (found.status !== "ACTIVE")
    throw new ConfigurationError(`The service ${service} is ${found.status}, not ACTIVE: it is being deleted or was.`);
  return toExistingService(found);
}

/** Services of CodeDeploy have their revision in task sets, and ECS gives the service one all the same. */
export function toExistingService(service: Service): ExistingService {
  return {
    ...service,
    serviceName: required(service.serviceName, "ecs:DescribeServices: serviceName"),
    taskDefinition: service.taskDefinition ?? "",
  };
}

export function tagOf(
  resource: { tags?: { key?: string | undefined; value?: string | undefined }[] | undefined },
  key: string,
): string | undefined {
  return resource.tags?.find((tag) => tag.key === key)?.value;
}
