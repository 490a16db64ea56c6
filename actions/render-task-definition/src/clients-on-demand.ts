// Named one by one, so that a bundle has these and nothing else of their packages.
export { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
export { SSMClient } from "@aws-sdk/client-ssm";
