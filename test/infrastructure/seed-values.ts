// The values of the design document, as it writes them, and what production has for each. Names of resources are theirs
// in production.

/** A resource of this type has these values. */
export interface Kept {
  seed: string;
  type: string;
  has: Record<string, unknown>;
}

/** Production has something else: a page of docs/decisions says why, and names the value. */
export interface Explained {
  seed: string;
  page: string;
  says: string;
}

const database = { type: "aws_db_instance" };
const alarm = {
  comparison_operator: "GreaterThanThreshold",
  evaluation_periods: 2,
  period: 300,
  statistic: "Average",
  threshold: 80,
};

export const kept: Kept[] = [
  // Architecture, and the environment "production".
  { seed: "CDN (CloudFront)", type: "aws_cloudfront_distribution", has: { enabled: true } },
  { seed: "Images/Assets", type: "aws_s3_bucket", has: { bucket: "rainbow-seeker-assets" } },
  { seed: "SSL Termination", type: "aws_lb_listener", has: { port: 443, protocol: "HTTPS" } },
  { seed: "RDS PostgreSQL (Multi-AZ, r5.large)", ...database, has: { multi_az: true, instance_class: "db.r5.large" } },
  {
    seed: "ElastiCache Redis (Cluster Mode)",
    type: "aws_elasticache_replication_group",
    has: { cluster_mode: "enabled", num_node_groups: 2 },
  },
  { seed: "S3 Bucket", type: "aws_s3_bucket", has: { bucket: "rainbow-seeker-uploads" } },
  {
    seed: "AWS ECS (Multi-AZ, Auto Scaling)",
    type: "aws_appautoscaling_target",
    has: { resource_id: "service/rainbow-seeker-cluster/rainbow-seeker-api", max_capacity: 12 },
  },

  // Task definition and service.
  ...(
    [
      ['"family": "rainbow-seeker-api"', {}],
      ['"networkMode": "awsvpc"', { network_mode: "awsvpc" }],
      ['"requiresCompatibilities": ["FARGATE"]', { requires_compatibilities: ["FARGATE"] }],
      ['"cpu": "512"', { cpu: "512" }],
      ['"memory": "1024"', { memory: "1024" }],
    ] as const
  ).map(([seed, has]) => ({ seed, type: "aws_ecs_task_definition", has: { family: "rainbow-seeker-api", ...has } })),
  { seed: "role/ecsTaskExecutionRole", type: "aws_iam_role", has: { name: "ecsTaskExecutionRole" } },
  { seed: "role/ecsTaskRole", type: "aws_iam_role", has: { name: "ecsTaskRole" } },
  {
    seed: '"awslogs-group": "/ecs/rainbow-seeker-api"',
    type: "aws_cloudwatch_log_group",
    has: { name: "/ecs/rainbow-seeker-api" },
  },
  {
    seed: '"serviceName": "rainbow-seeker-api"',
    type: "aws_ecs_service",
    has: { name: "rainbow-seeker-api", launch_type: "FARGATE" },
  },
  {
    seed: "targetgroup/rainbow-seeker-api",
    type: "aws_lb_target_group",
    has: { name: "rainbow-seeker-api", port: 3000, target_type: "ip" },
  },

  // main.tf
  {
    seed: 'name = "rainbow-seeker-vpc", cidr = "10.0.0.0/16"',
    type: "aws_vpc",
    has: { cidr_block: "10.0.0.0/16", tags: { Name: "rainbow-seeker-vpc" } },
  },
  ...(
    [
      ["private_subnets, the first", "ap-northeast-1a", "10.0.1.0/24"],
      ["private_subnets, the second", "ap-northeast-1c", "10.0.2.0/24"],
      ["public_subnets, the first", "ap-northeast-1a", "10.0.101.0/24"],
      ["public_subnets, the second", "ap-northeast-1c", "10.0.102.0/24"],
    ] as const
  ).map(([seed, zone, range]) => ({
    seed,
    type: "aws_subnet",
    has: { availability_zone: zone, cidr_block: range },
  })),
  ...["ap-northeast-1a", "ap-northeast-1c"].map((zone) => ({
    seed: `enable_nat_gateway = true, in ${zone}`,
    type: "aws_nat_gateway",
    has: { tags: { Name: `rainbow-seeker-nat-${zone}` } },
  })),
  { seed: "enable_vpn_gateway = true", type: "aws_vpn_gateway", has: { tags: { Name: "rainbow-seeker-vpn" } } },
  ...(
    [
      ['identifier = "rainbow-seeker-db"', { identifier: "rainbow-seeker-db" }],
      ['engine = "postgres"', { engine: "postgres" }],
      ["allocated_storage = 20", { allocated_storage: 20 }],
      ["max_allocated_storage = 100", { max_allocated_storage: 100 }],
      ["storage_encrypted = true", { storage_encrypted: true }],
      ['db_name = "shiojiri_rainbow"', { db_name: "shiojiri_rainbow" }],
      ['username = "postgres"', { username: "postgres" }],
      ["backup_retention_period = 7", { backup_retention_period: 7 }],
      // The night in Japan, in UTC.
      ['backup_window = "03:00-04:00"', { backup_window: "18:00-19:00" }],
      ['maintenance_window = "sun:04:00-sun:05:00"', { maintenance_window: "sat:19:00-sat:20:00" }],
      ["skip_final_snapshot = false", { skip_final_snapshot: false }],
      ['tags = { Name = "rainbow-seeker-db" }', { tags: { Name: "rainbow-seeker-db" } }],
    ] as const
  ).map(([seed, has]) => ({ seed, ...database, has })),
  {
    seed: 'name = "rainbow-seeker-cluster", containerInsights = "enabled"',
    type: "aws_ecs_cluster",
    has: { name: "rainbow-seeker-cluster", setting: [{ name: "containerInsights", value: "enabled" }] },
  },
  {
    seed: 'name = "rainbow-seeker-alb", internal = false, load_balancer_type = "application"',
    type: "aws_lb",
    has: { name: "rainbow-seeker-alb", internal: false, load_balancer_type: "application" },
  },

  // Parameter Store.
  ...["db-password", "jwt-secret"].map((name) => ({
    seed: `--name "/rainbow-seeker/production/${name}" --type "SecureString"`,
    type: "aws_ssm_parameter",
    has: { name: `/rainbow-seeker/production/${name}`, type: "SecureString" },
  })),

  // Alarms.
  {
    seed: 'alarm_name = "rainbow-seeker-high-cpu"',
    type: "aws_cloudwatch_metric_alarm",
    has: {
      ...alarm,
      alarm_name: "rainbow-seeker-high-cpu",
      namespace: "AWS/ECS",
      metric_name: "CPUUtilization",
      dimensions: { ServiceName: "rainbow-seeker-api", ClusterName: "rainbow-seeker-cluster" },
    },
  },
  {
    seed: 'alarm_name = "rainbow-seeker-db-connections"',
    type: "aws_cloudwatch_metric_alarm",
    has: {
      ...alarm,
      alarm_name: "rainbow-seeker-db-connections",
      namespace: "AWS/RDS",
      metric_name: "DatabaseConnections",
      dimensions: { DBInstanceIdentifier: "rainbow-seeker-db" },
    },
  },
  { seed: "aws_sns_topic.alerts", type: "aws_sns_topic", has: { name: "rainbow-seeker-alerts" } },

  // Backups.
  { seed: "s3://rainbow-seeker-backups/database/", type: "aws_s3_bucket", has: { bucket: "rainbow-seeker-backups" } },

  // Security groups.
  ...["alb", "ecs"].map((role) => ({
    seed: `name = "rainbow-seeker-${role}-sg"`,
    type: "aws_security_group",
    has: { name: `rainbow-seeker-${role}-sg` },
  })),
  ...[80, 443].map((port) => ({
    seed: `ingress ${port} from 0.0.0.0/0`,
    type: "aws_vpc_security_group_ingress_rule",
    has: { from_port: port, to_port: port, ip_protocol: "tcp", cidr_ipv4: "0.0.0.0/0" },
  })),
  {
    seed: "ingress 3000 from the load balancer",
    type: "aws_vpc_security_group_ingress_rule",
    has: { from_port: 3000, to_port: 3000, ip_protocol: "tcp", cidr_ipv4: null },
  },
];

/** Values inside the container of api. */
export const container = {
  name: "api",
  portMappings: [{ containerPort: 3000, protocol: "tcp" }],
  logConfiguration: {
    logDriver: "awslogs",
    options: {
      "awslogs-group": "/ecs/rainbow-seeker-api",
      "awslogs-region": "ap-northeast-1",
      "awslogs-stream-prefix": "ecs",
    },
  },
};
export const environmentNames = ["NODE_ENV", "PORT", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"];
export const secretNames = ["DB_PASSWORD", "JWT_SECRET", "WEATHER_API_KEY", "FIREBASE_PROJECT_ID"];

const index = "0016-the-design-document-value-by-value.md";
export const explained: Explained[] = [
  { seed: 'engine_version = "14.6"', page: "0015-the-database.md", says: "14.6" },
  { seed: 'storage_type = "gp2"', page: "0015-the-database.md", says: "gp2" },
  { seed: "password = var.db_password", page: "0015-the-database.md", says: "var.db_password" },
  {
    seed: 'final_snapshot_identifier = "rainbow-seeker-db-final-snapshot"',
    page: "0015-the-database.md",
    says: "rainbow-seeker-db-final-snapshot",
  },
  { seed: "image …:latest", page: index, says: ":latest" },
  { seed: '"taskDefinition": "rainbow-seeker-api:1", "desiredCount": 3', page: index, says: "rainbow-seeker-api:1" },
  { seed: "terraform-aws-modules/vpc/aws", page: index, says: "terraform-aws-modules/vpc" },
  { seed: "enable_deletion_protection = false", page: index, says: "enable_deletion_protection" },
  { seed: "aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}", page: index, says: "AWS_ACCESS_KEY_ID" },
  { seed: "egress -1 to 0.0.0.0/0", page: index, says: "egress" },
  { seed: "arn:aws:secretsmanager:…:secret:db-password", page: index, says: "secret:db-password" },
  { seed: "image: postgres:14", page: index, says: "postgres:14" },
  { seed: "-mtime +7 -delete", page: index, says: "-mtime +7" },
  { seed: "kind: CronJob", page: index, says: "CronJob" },
  { seed: "FROM node:18-alpine", page: index, says: "node:18-alpine" },
  { seed: "FROM python:3.9-slim", page: index, says: "python:3.9-slim" },
];
