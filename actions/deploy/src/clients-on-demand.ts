// Named one by one, so that a bundle has these and nothing else of their packages.
export { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
export { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
export { CodeDeployClient } from "@aws-sdk/client-codedeploy";
