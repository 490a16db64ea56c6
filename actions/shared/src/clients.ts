// The clients of a deployment or rollback, with settings of AWS or of a test.
import { ECSClient } from "@aws-sdk/client-ecs";
import type { PreflightClients } from "./ecs/preflight/check.ts";
import { onDemand } from "./on-demand.ts";

export type ClientSettings = ConstructorParameters<typeof ECSClient>[0] & object;

/** ECS is asked first, by every run; what else is asked comes after that, or not at all. */
export function clients(settings: ClientSettings): PreflightClients & { ecs: ECSClient } {
  const inRegion = (region: string | undefined): object => (region ? { ...settings, region } : settings);
  const others = () => import("./clients-on-demand.ts");
  return {
    ecs: new ECSClient(settings),
    logs: (region) => onDemand(async () => new (await others()).CloudWatchLogsClient(inRegion(region))),
    ecr: (region) => onDemand(async () => new (await others()).ECRClient(inRegion(region))),
    ssm: (region) => onDemand(async () => new (await others()).SSMClient(inRegion(region))),
    secretsManager: (region) => onDemand(async () => new (await others()).SecretsManagerClient(inRegion(region))),
  };
}
