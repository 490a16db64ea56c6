// One look at what a deployment needs: what it works with, and what it may conclude.
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { RetryContext } from "../../aws.ts";

/** Of a region: images, secrets and log groups may lie in another than the service. */
export interface PreflightClients {
  logs: (region?: string) => CloudWatchLogsClient;
  ecr: (region: string) => ECRClient;
  ssm: (region?: string) => SSMClient;
  secretsManager: (region?: string) => SecretsManagerClient;
}

export interface CheckContext extends RetryContext, PreflightClients {
  /** Of the service; undefined: unknown. */
  account: string | undefined;
}

export interface Finding {
  /** Whether it is certain that tasks cannot start; otherwise it only looks like it. */
  isCertain: boolean;
  text: string;
}

/** @returns what is missing. */
export type Check = () => Promise<Finding | undefined>;
