// What the local AWS holds, as its services list it: Terraform's state has only what Terraform knows of.
import { DescribeAlarmsCommand, CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient, ListClustersCommand, ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { IAMClient, ListOpenIDConnectProvidersCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand, RDSClient } from "@aws-sdk/client-rds";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { awsClient, endpoint, region } from "../../infra/local/paths.ts";

export interface Contents {
  /** Families of the active task definitions. */
  taskDefinitions: string[];
  /** Names or identifiers of everything else. */
  others: string[];
}

/** Services with AWS's query protocol: what lists them, and the element that identifies one. */
const lists: [service: string, version: string, action: string, element: string][] = [
  ["ec2", "2016-11-15", "DescribeVpcs", "vpcId"],
  ["ec2", "2016-11-15", "DescribeSubnets", "subnetId"],
  ["ec2", "2016-11-15", "DescribeSecurityGroups", "groupId"],
  ["ec2", "2016-11-15", "DescribeRouteTables", "routeTableId"],
  ["ec2", "2016-11-15", "DescribeInternetGateways", "internetGatewayId"],
  ["ec2", "2016-11-15", "DescribeAddresses", "allocationId"],
  ["ec2", "2016-11-15", "DescribeVpcEndpoints", "vpcEndpointId"],
  ["elasticloadbalancing", "2015-12-01", "DescribeLoadBalancers", "LoadBalancerArn"],
  ["elasticloadbalancing", "2015-12-01", "DescribeTargetGroups", "TargetGroupArn"],
  ["elasticache", "2015-02-02", "DescribeReplicationGroups", "ReplicationGroupId"],
  ["elasticache", "2015-02-02", "DescribeCacheSubnetGroups", "CacheSubnetGroupName"],
  ["elasticache", "2015-02-02", "DescribeCacheParameterGroups", "CacheParameterGroupName"],
  ["rds", "2014-10-31", "DescribeDBSubnetGroups", "DBSubnetGroupName"],
  ["rds", "2014-10-31", "DescribeDBParameterGroups", "DBParameterGroupName"],
  ["sns", "2010-03-31", "ListTopics", "TopicArn"],
];

/** By plain requests: an SDK client for each of these would be installed for a list. The local AWS checks no signature. */
async function identifiers([service, version, action, element]: (typeof lists)[number]): Promise<string[]> {
  const scope = `Credential=${awsClient.credentials.accessKeyId}/20260101/${region}/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    body: new URLSearchParams({ Action: action, Version: version }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${action}: ${response.status} ${text}`);
  const found = [...text.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))];
  return [...new Set(found.map(([, identifier = ""]) => identifier))];
}

export async function accountContents(): Promise<Contents> {
  const ecs = new ECSClient(awsClient);
  const iam = new IAMClient(awsClient);
  const rds = new RDSClient(awsClient);
  const [{ taskDefinitionArns = [] }, ...others] = await Promise.all([
    ecs.send(new ListTaskDefinitionsCommand({})),
    ecs.send(new ListClustersCommand({})).then(({ clusterArns }) => clusterArns),
    new ECRClient(awsClient)
      .send(new DescribeRepositoriesCommand({}))
      .then(({ repositories }) => repositories?.map(({ repositoryName }) => repositoryName)),
    iam.send(new ListRolesCommand({})).then(({ Roles }) => Roles?.map(({ RoleName }) => RoleName)),
    iam
      .send(new ListOpenIDConnectProvidersCommand({}))
      .then((list) => list.OpenIDConnectProviderList?.map(({ Arn }) => Arn)),
    rds
      .send(new DescribeDBInstancesCommand({}))
      .then((list) => list.DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)),
    rds
      .send(new DescribeDBSnapshotsCommand({}))
      .then((list) => list.DBSnapshots?.map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier)),
    new S3Client({ ...awsClient, forcePathStyle: true })
      .send(new ListBucketsCommand({}))
      .then(({ Buckets }) => Buckets?.map(({ Name }) => Name)),
    new SecretsManagerClient(awsClient)
      .send(new ListSecretsCommand({}))
      .then(({ SecretList }) => SecretList?.map(({ Name }) => Name)),
    new SSMClient(awsClient)
      .send(new DescribeParametersCommand({}))
      .then(({ Parameters }) => Parameters?.map(({ Name }) => Name)),
    new CloudWatchLogsClient(awsClient)
      .send(new DescribeLogGroupsCommand({}))
      .then(({ logGroups }) => logGroups?.map(({ logGroupName }) => logGroupName)),
    new CloudWatchClient(awsClient)
      .send(new DescribeAlarmsCommand({}))
      .then(({ MetricAlarms }) => MetricAlarms?.map(({ AlarmName }) => AlarmName)),
    ...lists.map(identifiers),
  ]);
  return {
    taskDefinitions: taskDefinitionArns.map((arn) => arn.replace(/^.*\/|:\d+$/g, "")),
    others: others
      .flatMap((names) => names ?? [])
      .map(String)
      .toSorted(),
  };
}
