// What is billed for each type of resource: the units of AWS's price list, from the attributes of a plan.
import type { Resource } from "./resources.ts";

/** An amount of something that has a price. */
export interface Quantity {
  /** Key in `prices` of infra/prices.json. */
  price: string;
  amount: number;
  /** The amount is billed for each hour of the month. */
  hourly?: boolean;
  what: string;
  /** Key in `usage` of infra/prices.json that the amount comes from. */
  usage?: string;
}

export interface Context {
  resources: readonly Resource[];
  usage: (key: string) => number;
}

type Rule = (resource: Resource, context: Context) => Quantity[];

const text = ({ values }: Resource, name: string): string => String(values[name] ?? "");
const number = ({ values }: Resource, name: string, fallback: number): number => Number(values[name] ?? fallback);

/** A resource of which one is billed a month. */
const each =
  (price: string, what: string): Rule =>
  () => [{ price, amount: 1, what }];

/** Zones that the plan has subnets in. AWS knows the subnets of a resource only when they exist. */
const zones = ({ resources }: Context): number =>
  new Set(resources.filter(({ type }) => type === "aws_subnet").map((subnet) => text(subnet, "availability_zone")))
    .size;

const database: Rule = (resource, { usage }) => {
  const copies = resource.values["multi_az"] === true ? 2 : 1;
  const [engine, instance] = [text(resource, "engine"), text(resource, "instance_class")];
  const storage = number(resource, "allocated_storage", 0);
  const prefix = copies === 2 ? "2 × " : "";
  return [
    { price: `rds.${engine}.${instance}`, amount: copies, hourly: true, what: `${prefix}${instance}, ${engine}` },
    {
      price: `rds.storage.${text(resource, "storage_type")}`,
      amount: copies * storage,
      what: `${prefix}${storage} GB ${text(resource, "storage_type")}`,
    },
    { price: "rds.backup", amount: usage("backupGb"), what: "backups", usage: "backupGb" },
    ...(resource.values["manage_master_user_password"] === true
      ? [{ price: "secret", amount: 1, what: "secret of the master user" }]
      : []),
  ];
};

const cache: Rule = (resource) => {
  const nodes = resource.values["num_cache_clusters"]
    ? number(resource, "num_cache_clusters", 1)
    : number(resource, "num_node_groups", 1) * (1 + number(resource, "replicas_per_node_group", 0));
  const [engine, node] = [text(resource, "engine"), text(resource, "node_type")];
  return [{ price: `cache.${engine}.${node}`, amount: nodes, hourly: true, what: `${nodes} × ${node}, ${engine}` }];
};

const loadBalancer: Rule = (resource, context) => {
  const lcu = context.usage("lcu");
  const lines: Quantity[] = [
    { price: "alb.hour", amount: 1, hourly: true, what: "load balancer" },
    { price: "alb.lcu", amount: lcu, hourly: true, what: `${lcu} LCU`, usage: "lcu" },
  ];
  if (resource.values["internal"] === true) return lines;
  const gigabytes = context.usage("internetGb");
  return [
    ...lines,
    { price: "ipv4.hour", amount: zones(context), hourly: true, what: `${zones(context)} public IPv4 addresses` },
    { price: "internet.gb", amount: gigabytes, what: `${gigabytes} GB to the internet`, usage: "internetGb" },
  ];
};

/** Tasks that the first deployment starts; autoscaling may start more. */
const service: Rule = (resource, { resources }) => {
  const name = text(resource, "name");
  const task = resources.find((one) => one.type === "aws_ecs_task_definition" && text(one, "family") === name);
  const tags = resource.values["tags"] as Record<string, string> | null | undefined;
  const count = Number(
    resource.values["tasks"] ?? tags?.["deploy:initial-count"] ?? resource.values["desired_count"] ?? 0,
  );
  if (task === undefined) return [];
  const platform = (task.values["runtime_platform"] as { cpu_architecture?: string }[] | undefined)?.[0];
  const architecture = (platform?.cpu_architecture ?? "X86_64").toLowerCase();
  const [cpu, memory] = [number(task, "cpu", 0) / 1024, number(task, "memory", 0) / 1024];
  const what = (size: string) => `${count} × ${size}, ${architecture}`;
  return [
    { price: `fargate.${architecture}.vcpu`, amount: count * cpu, hourly: true, what: what(`${cpu} vCPU`) },
    { price: `fargate.${architecture}.memory`, amount: count * memory, hourly: true, what: what(`${memory} GB`) },
  ];
};

const natGateway: Rule = (_resource, { usage }) => [
  { price: "nat.hour", amount: 1, hourly: true, what: "NAT gateway" },
  { price: "nat.gb", amount: usage("natGb"), what: `${usage("natGb")} GB`, usage: "natGb" },
];

const endpoint: Rule = (resource, context) => {
  if (text(resource, "vpc_endpoint_type") !== "Interface") return [];
  const gigabytes = context.usage("endpointGb");
  return [
    {
      price: "endpoint.hour",
      amount: zones(context),
      hourly: true,
      what: `interface endpoint in ${zones(context)} zones`,
    },
    { price: "endpoint.gb", amount: gigabytes, what: `${gigabytes} GB`, usage: "endpointGb" },
  ];
};

const webAcl: Rule = (resource) => {
  const count = (resource.values["rule"] as unknown[] | undefined)?.length ?? 0;
  return [
    { price: "waf.acl", amount: 1, what: "web ACL" },
    { price: "waf.rule", amount: count, what: `${count} rules` },
  ];
};

const stored =
  (price: string, key: string, verb: string): Rule =>
  (_resource, { usage }) => [{ price, amount: usage(key), what: `${usage(key)} GB ${verb}`, usage: key }];

/** By type: what is billed; "free"; or, as a sentence, why there is no estimate. */
export const rules: Record<string, Rule | string> = {
  aws_cloudwatch_composite_alarm: each("cloudwatch.composite-alarm", "composite alarm"),
  aws_cloudwatch_dashboard: each("cloudwatch.dashboard", "dashboard"),
  aws_cloudwatch_log_group: stored("logs.ingest", "logGb", "of logs"),
  aws_cloudwatch_metric_alarm: each("cloudwatch.alarm", "alarm"),
  aws_db_instance: database,
  aws_ecr_repository: stored("ecr.storage", "repositoryGb", "of images"),
  aws_ecs_service: service,
  aws_eip: () => [{ price: "ipv4.hour", amount: 1, hourly: true, what: "public IPv4 address" }],
  aws_elasticache_replication_group: cache,
  aws_kms_key: each("kms.key", "key"),
  aws_lb: loadBalancer,
  aws_nat_gateway: natGateway,
  aws_s3_bucket: stored("s3.storage", "bucketGb", "stored"),
  aws_secretsmanager_secret: each("secret", "secret"),
  aws_vpc_endpoint: endpoint,
  aws_wafv2_web_acl: webAcl,

  aws_cloudfront_distribution: "billed by requests and gigabytes, by the region of the viewer",
  aws_ecs_cluster: "billed by usage: the metrics of Container Insights",
  aws_cloudwatch_log_delivery: "billed by the gigabytes of its logs",
  aws_flow_log: "billed by the gigabytes of its logs",
  aws_vpn_gateway: "free until it has a connection, which this plan does not create",

  // Quotas, not prices: https://aws.amazon.com/pricing/
  ...Object.fromEntries(
    [
      "aws_acm_certificate",
      "aws_acm_certificate_validation",
      "aws_appautoscaling_policy",
      "aws_appautoscaling_target",
      "aws_chatbot_slack_channel_configuration",
      "aws_cloudfront_cache_policy",
      "aws_cloudfront_function",
      "aws_cloudfront_origin_access_control",
      "aws_cloudfront_origin_request_policy",
      "aws_cloudfront_response_headers_policy",
      "aws_cloudwatch_log_delivery_destination",
      "aws_cloudwatch_log_delivery_destination_policy",
      "aws_cloudwatch_log_delivery_source",
      "aws_cloudwatch_log_resource_policy",
      "aws_db_parameter_group",
      "aws_db_subnet_group",
      "aws_default_network_acl",
      "aws_default_route_table",
      "aws_default_security_group",
      "aws_ecr_lifecycle_policy",
      "aws_ecr_repository_policy",
      "aws_ecs_cluster_capacity_providers",
      "aws_ecs_task_definition",
      "aws_elasticache_parameter_group",
      "aws_elasticache_subnet_group",
      "aws_elasticache_user",
      "aws_elasticache_user_group",
      "aws_elasticache_user_group_association",
      "aws_iam_openid_connect_provider",
      "aws_iam_policy",
      "aws_iam_role",
      "aws_iam_role_policies_exclusive",
      "aws_iam_role_policy",
      "aws_iam_role_policy_attachment",
      "aws_internet_gateway",
      "aws_kms_alias",
      "aws_kms_key_policy",
      "aws_lb_listener",
      "aws_lb_listener_certificate",
      "aws_lb_listener_rule",
      "aws_lb_target_group",
      "aws_route",
      "aws_route53_record",
      "aws_route_table",
      "aws_route_table_association",
      "aws_s3_bucket_lifecycle_configuration",
      "aws_s3_bucket_logging",
      "aws_s3_bucket_object_lock_configuration",
      "aws_s3_bucket_ownership_controls",
      "aws_s3_bucket_policy",
      "aws_s3_bucket_public_access_block",
      "aws_s3_bucket_server_side_encryption_configuration",
      "aws_s3_bucket_versioning",
      "aws_secretsmanager_secret_policy",
      "aws_secretsmanager_secret_version",
      "aws_security_group",
      "aws_security_group_rule",
      "aws_service_discovery_http_namespace",
      "aws_sns_topic",
      "aws_sns_topic_policy",
      "aws_sns_topic_subscription",
      "aws_ssm_parameter",
      "aws_subnet",
      "aws_vpc",
      "aws_vpc_security_group_egress_rule",
      "aws_vpc_security_group_ingress_rule",
      "aws_vpn_gateway_route_propagation",
      "aws_wafv2_web_acl_association",
      "terraform_data",
    ].map((type) => [type, "free"]),
  ),
};
