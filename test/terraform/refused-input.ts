// Input that AWS, or the system itself, would refuse, halfway through an apply or after it.
import type { Inputs } from "./plan-variables.ts";
import { data } from "./refused-data.ts";
import { github } from "./refused-github.ts";
import { edge } from "./refused-input-edge.ts";
import { logRetentionDays, services } from "./refused-services.ts";

const zones = {
  "ap-northeast-1a": { private: "10.0.1.0/24", public: "10.0.101.0/24" },
  "ap-northeast-1c": { private: "10.0.2.0/24", public: "10.0.102.0/24" },
};
const network = { cidr: "10.0.0.0/16", zones, nat_per_zone: true, vpn_gateway: true };
const certificate = (region: string) =>
  `arn:aws:acm:${region}:123456789012:certificate/00000000-0000-0000-0000-000000000000`;

const service = [
  { count: -3 },
  { count: 0 },
  { count: 1.5 },
  { count: 5, autoscaling: { min: 5, max: 2, cpu_percent: 500 } },
  { count: 1, autoscaling: { min: 0, max: 2, cpu_percent: 60 } },
  { count: 3, autoscaling: { min: 3, max: 12, cpu_percent: 500 } },
  { count: 3, autoscaling: { min: 3, max: 12, cpu_percent: 91 } },
  { count: 3, autoscaling: { min: 3, max: 12, cpu_percent: 9 } },
  { count: 2, autoscaling: { min: 3, max: 12, cpu_percent: 60 } },
  { count: 13, autoscaling: { min: 3, max: 12, cpu_percent: 60 } },
];
const apiOnly = [{ count: 3, autoscaling: { min: 3, max: 12, cpu_percent: 60, requests_per_minute: 0 } }];

const serviceEdges = [
  { count: 1 },
  { count: 1, autoscaling: { min: 1, max: 1, cpu_percent: 10 } },
  { count: 12, autoscaling: { min: 3, max: 12, cpu_percent: 90 } },
];

const zoneId = "Z0123456789ABCDEFGHIJ";
const domain = { name: "rainbow.example.com" };

const staging: Inputs = {
  good: {
    certificate_arn: certificate("ap-northeast-1"),
    github: { repository: "rainbow-seeker/deploy-toolkit" },
  },
  refused: {
    aws_region: ["tokyo", "ap-northeast-1a"],
    certificate_arn: ["none", null, certificate("us-east-1"), "arn:aws:iam::123456789012:server-certificate/rainbow"],
  },
  accepted: { certificate_arn: [certificate("ap-northeast-1").replace("arn:aws:", "arn:aws-us-gov:")] },
  passedOn: [
    "bucket_suffix",
    "alert_emails",
    "slack",
    "github",
    "api_execution_role_arn",
    "permissions_boundary_arn",
    "domain",
    "web_acl",
    "maintenance",
    "weather",
  ],
};

const production: Inputs = {
  ...staging,
  good: { ...staging.good, domain, cdn_certificate_arn: certificate("us-east-1") },
  refused: { ...staging.refused, cdn_certificate_arn: ["none", null, certificate("ap-northeast-1")] },
  passedOn: [...staging.passedOn, "public_ingress"],
};

const platform = {
  environment: "production",
  protected: true,
  log_retention_days: 90,
  certificate_arn: certificate("ap-northeast-1"),
  network,
  database: { instance_class: "db.r5.large", multi_az: true },
  cache: { node_type: "cache.r6g.large", cluster_mode: "enabled", shards: 2, replicas_per_shard: 1 },
  api: { count: 3, autoscaling: { min: 3, max: 12, cpu_percent: 60 } },
  ml: { count: 2, autoscaling: { min: 2, max: 6, cpu_percent: 60 } },
};

/** By the folder of the module below infra/. */
export const table: Record<string, Inputs> = {
  "environments/production": production,
  "environments/staging": { ...staging, passedOn: [...staging.passedOn, "production_repository_arns"] },

  ...edge,
  ...github,
  ...data,
  ...services,

  "modules/platform": {
    good: platform,
    refused: {
      environment: ["development", "Production", ""],
      network: [
        { ...network, flow_logs: "kinesis" },
        { ...network, public_ingress: "cloudfront" },
      ],
      domain: [{ name: "https://rainbow.example.com" }, { ...domain, zone_id: zoneId }],
      cdn: [{ certificate_arn: certificate("us-east-1") }],
      api: [...service, ...apiOnly],
      ml: service,
      ml_load_balancer: [{ url: "http://ml.example.internal/" }, { url: "ml.example.internal" }, { url: "" }],
      certificate_arn: [certificate("us-east-1"), "arn:aws:iam::123456789012:server-certificate/rainbow", ""],
      encryption_in_transit: [false],
      parameter_type: ["StringList", "String"],
      name: ["Rainbow", "r", "1rainbow", "rainbow-", "rainbow_seeker", "x".repeat(33)],
      bucket_suffix: ["-YourCompany", "-company-", ".company", `-${"x".repeat(28)}`],
      log_retention_days: [8, 0, -1, 90.5],
      alert_emails: [["Night shift <night@example.com>"], ["night-shift"], ["night@example.com", ""]],
      github: [{ repository: "rainbow-seeker/deploy-toolkit", any_branch: true }],
      cpu_architecture: ["arm64", "amd64"],
      api_execution_role_arn: ["ecsTaskExecutionRole", "arn:aws:iam::123456789012:user/ecsTaskExecutionRole"],
      permissions_boundary_arn: ["boundary", "arn:aws:iam::123456789012:role/boundary"],
      pull_repository_arns: [["rainbow-seeker-api"]],
      task_environment: [{ "AWS-REGION": "ap-northeast-1" }, { "1ST": "" }],
      weather: [
        { provider: "JMA" },
        { provider: "" },
        ...["36.11", "36.11;137.95", "36.11, 137.95", "91,0", "-90.1,0", "0,180.5", "0,-181", "x,y", ""].map(
          (place) => ({
            places: [place],
          }),
        ),
        { places: Array.from({ length: 21 }, () => "36.11,137.95") },
        { forecast_permit: " " },
        { forecast_permit: "x".repeat(201) },
      ],
    },
    accepted: {
      environment: ["staging", "local"],
      network: [
        { ...network, flow_logs: "cloudwatch" },
        { ...network, flow_logs: "none" },
      ],
      web_acl: [{ rate_limit: 100 }],
      api: serviceEdges,
      ml: serviceEdges,
      ml_load_balancer: [{ url: "https://ml.example.internal" }, { url: "http://172.17.0.1:4566/_alb/ml" }, null],
      certificate_arn: [null],
      name: ["rainbow-seeker", "ab", "x".repeat(32)],
      bucket_suffix: ["", "-yourcompany", "x".repeat(28)],
      log_retention_days: logRetentionDays,
      alert_emails: [[], ["night-shift@example.com", "a+b@mail.example.co.jp"]],
      github: [null, { repository: "rainbow-seeker/deploy-toolkit", any_branch: false }],
      cpu_architecture: ["ARM64"],
      api_execution_role_arn: [null, "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"],
      permissions_boundary_arn: [null, "arn:aws:iam::aws:policy/PowerUserAccess"],
      pull_repository_arns: [["arn:aws:ecr:ap-northeast-1:210987654321:repository/rainbow-seeker-api"]],
      task_environment: [{ _A1: "" }],
      weather: [
        ...["none", "jma", "open-meteo", "openweather", "weatherapi"].map((provider) => ({ provider })),
        { places: ["90,180", "-90,-180", "36.11,137.95", "0,0"] },
        { places: Array.from({ length: 20 }, () => "36.11,137.95") },
        { forecast_permit: "x" },
        { forecast_permit: "x".repeat(200) },
      ],
    },
    passedOn: ["database", "cache", "slack", "web_acl", "backups_lock_days", "maintenance"],
    together: {
      refused: [
        { variable: "web_acl", inputs: { ...platform, domain, cdn: {}, web_acl: { rate_limit: 100 } } },
        { variable: "network", inputs: { ...platform, access_logs: false } },
        { variable: "domain", inputs: { ...platform, domain, certificate_arn: null } },
      ],
      accepted: [
        { variable: "cdn", inputs: { ...platform, domain, cdn: { certificate_arn: certificate("us-east-1") } } },
        { variable: "cdn", inputs: { ...platform, certificate_arn: null, cdn: {} } },
        {
          variable: "network",
          inputs: { ...platform, network: { ...network, flow_logs: "none" }, access_logs: false },
        },
        {
          variable: "network",
          inputs: { ...platform, domain, cdn: {}, network: { ...network, public_ingress: "cloudfront" } },
        },
        { variable: "domain", inputs: { ...platform, domain: { ...domain, zone_id: zoneId }, certificate_arn: null } },
      ],
    },
  },

  "modules/database": {
    good: {
      name: "rainbow-seeker-db",
      subnet_ids: ["subnet-1", "subnet-2"],
      security_group_id: "sg-1",
      instance_class: "db.r5.large",
      database_name: "shiojiri_rainbow",
    },
    refused: {
      name: ["Rainbow", "1rainbow", "rainbow--db", "rainbow-", "x".repeat(51)],
      subnet_ids: [[], ["subnet-1"]],
      security_group_id: ["rainbow-seeker-rds-sg", ""],
      engine_major: ["9", "13", "14.6", "17.2", "19", "postgres"],
      instance_class: ["t3.micro", "cache.t3.micro", "db.t3", ""],
      allocated_storage: [5, 19, 20.5, 65_537],
      max_allocated_storage: [3, 20, 21, 100.5, 65_537],
      kms_key_arn: ["alias/rainbow", "arn:aws:kms:ap-northeast-1:123456789012:alias/rainbow"],
      database_name: ["Rainbow", "rainbow-db", "1rainbow", "", "x".repeat(64)],
      username: ["Postgres", "rdsadmin", "pg_monitor", "1st", ""],
      password_version: [0, 1.5],
      ca_certificate: ["rds-ca-2019"],
      backup_retention_days: [0, 36, 7.5],
      backup_window: ["03:00", "24:00-01:00", "18:00-19:60", "18:00 - 19:00"],
      maintenance_window: [
        "19:00-20:00",
        "sunday:04:00-sunday:05:00",
        "sat:24:00-sun:01:00",
        // While the snapshot is made.
        "sat:18:30-sat:19:30",
        "sat:17:30-sat:18:01",
        "sat:18:59-sat:20:00",
      ],
      log_exports: [["postgresql", "error"]],
      log_retention_days: [0, 8],
      slow_query_milliseconds: [-2, 0.5, 2_147_483_648],
      insights: ["on", "Standard", ""],
      monitoring_interval: [2, 61, -1],
      permissions_boundary_arn: ["boundary", "arn:aws:iam::123456789012:role/boundary"],
    },
    accepted: {
      name: ["a", "x".repeat(50)],
      engine_major: ["14", "15", "16", "18"],
      instance_class: ["db.t3.micro", "db.m6gd.2xlarge"],
      allocated_storage: [20, 90],
      max_allocated_storage: [22, 65_536],
      kms_key_arn: [null, "arn:aws:kms:ap-northeast-1:123456789012:key/00000000-0000-0000-0000-000000000000"],
      database_name: ["_1", "x".repeat(63)],
      username: ["admin_1"],
      password_version: [1, 2],
      ca_certificate: ["rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"],
      backup_retention_days: [1, 35],
      backup_window: ["00:00-00:30", "23:00-23:59", "20:00-21:00", "09:00-19:00"],
      maintenance_window: ["sun:19:00-sun:19:30", "mon:17:00-mon:18:00"],
      log_exports: [[], ["postgresql"], ["upgrade"]],
      log_retention_days: [1, 3653],
      slow_query_milliseconds: [-1, 0, 2_147_483_647],
      insights: ["off", "advanced"],
      monitoring_interval: [0, 1, 5, 10, 15, 30, 60],
      permissions_boundary_arn: [null, "arn:aws:iam::123456789012:policy/boundary", "arn:aws:iam::aws:policy/Boundary"],
    },
    passedOn: [],
  },
};
