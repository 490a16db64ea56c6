import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { endpoints, hostsOf, servicesIn } from "./egress.ts";

const region = "ap-northeast-1";

/** Clients whose endpoints the SDK itself resolves. */
const clients = {
  "application-autoscaling": ApplicationAutoScalingClient,
  cloudwatch: CloudWatchClient,
  codedeploy: CodeDeployClient,
  ecr: ECRClient,
  ecs: ECSClient,
  elasticloadbalancing: ElasticLoadBalancingV2Client,
  logs: CloudWatchLogsClient,
  rds: RDSClient,
  s3: S3Client,
  secretsmanager: SecretsManagerClient,
  ssm: SSMClient,
};

test.each(Object.entries(clients))("%s: the host is the one that the SDK calls", (service, Client) => {
  const client = new Client({ region });
  const provider = client.config.endpointProvider as (parameters: object) => { url: URL };
  const { url } = provider({ Region: region, UseDualStack: false, UseFIPS: false, Bucket: "bucket" });
  const host = endpoints[service]?.host.replace("REGION", region).replace("BUCKET", "bucket");
  expect(host).toBe(url.hostname);
});

test("the table has no service without a client", () => {
  const called = Object.entries(endpoints).flatMap(([service, endpoint]) => (endpoint === null ? [] : [service]));
  expect(called.toSorted()).toEqual(Object.keys(clients).toSorted());
});

test("services are the prefixes of the actions, each once", () => {
  const policy = { Statement: [{ Action: ["s3:GetObject", "ecs:RunTask"] }, { Action: "s3:PutObject" }, {}] };
  expect(servicesIn(policy)).toEqual(["ecs", "s3"]);
  expect(() => hostsOf(["sqs"])).toThrow(/no endpoint of sqs/);
});
