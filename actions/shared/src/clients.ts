// The clients of a deployment or rollback, with settings of AWS or of a test.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { PreflightClients } from "./ecs/preflight/check.ts";

export type ClientSettings = ConstructorParameters<typeof ECSClient>[0] & object;

/** Those that most runs have no use for are made when they are needed. */
export function clients(settings: ClientSettings): PreflightClients & { ecs: ECSClient } {
  const inRegion = (region: string | undefined): object => (region ? { ...settings, region } : settings);
  return {
    ecs: new ECSClient(settings),
    logs: (region) => new CloudWatchLogsClient(inRegion(region)),
    ecr: (region) => new ECRClient(inRegion(region)),
    ssm: (region) => new SSMClient(inRegion(region)),
    secretsManager: (region) => new SecretsManagerClient(inRegion(region)),
  };
}
