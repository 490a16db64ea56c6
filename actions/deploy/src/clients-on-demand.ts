// Named one by one, so that a bundle has these and nothing else of their packages.
export { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
export { CodeDeployClient } from "@aws-sdk/client-codedeploy";
