// Named one by one, so that a bundle has these and nothing else of their packages.
export { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
export { ECRClient } from "@aws-sdk/client-ecr";
export { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
export { SSMClient } from "@aws-sdk/client-ssm";
