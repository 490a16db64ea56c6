// The same for the modules of what is kept and watched: parameters, cache, backups, alarms, and the states of Terraform.
import type { Inputs } from "./plan-variables.ts";
import { logRetentionDays } from "./refused-services.ts";

const topic = "arn:aws:sns:ap-northeast-1:123456789012:rainbow-seeker-alerts";
const boundary = "arn:aws:iam::123456789012:policy/boundary";
const boundaries = {
  refused: ["boundary", "arn:aws:iam::1:policy/boundary"],
  accepted: [null, boundary, "arn:aws:iam::aws:policy/PowerUserAccess"],
};
const names = {
  refused: ["", "a", "Rainbow", "1rainbow", "rainbow-", "x".repeat(33)],
  accepted: ["ab", "x".repeat(32)],
};
const suffixes = { refused: ["staging", "-Staging", "-", "-a-"], accepted: ["", "-staging", "-a-1"] };
const namespaces = {
  refused: ["", ":Rainbow", "AWS/RainbowSeeker", "x".repeat(256)],
  accepted: ["R", "x".repeat(255)],
};

const database = {
  host: "rainbow-seeker-db.example.com",
  port: 5432,
  name: "shiojiri_rainbow",
  ssl: "verify-full",
  secrets: {
    backup: "arn:aws:ssm:ap-northeast-1:123456789012:parameter/backup",
    master: "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:master",
  },
};
const backup = {
  suffix: "-staging",
  image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/rainbow-seeker-backup-staging:none-yet",
  bucket: { name: "rainbow-seeker-backups-staging", arn: "arn:aws:s3:::rainbow-seeker-backups-staging" },
  alerts_topic_arn: topic,
  log_retention_days: 30,
  ephemeral_storage: 105,
  metric_namespace: "RainbowSeeker-staging",
  database,
};

const cache = {
  subnet_ids: ["subnet-1"],
  security_group_id: "sg-1",
  node_type: "cache.t3.micro",
  cluster_mode: "disabled",
};
const nodes = { replication_group_id: "rainbow-seeker-redis", cluster_mode: true, shards: 2, replicas_per_shard: 1 };
const instance = { identifier: "rainbow-seeker-db", name: "shiojiri_rainbow", allocated_storage: 20 };
const slack = { team_id: "T07EA123LEP", channel_id: "C07EZ1ABC23" };
const observability = {
  suffix: "",
  environment: "production",
  metric_namespace: "RainbowSeeker",
  cluster_name: "rainbow-seeker-cluster",
  api_service_name: "rainbow-seeker-api",
  ml_service_name: "rainbow-seeker-ml",
  load_balancer_arn_suffix: "app/rainbow-seeker-alb/1",
  target_group_arn_suffixes: ["targetgroup/rainbow-seeker-api/1"],
  database: instance,
  cache: nodes,
  alert_emails: ["night-shift@example.com"],
};
/** Metrics have names where people paste ARNs. */
const metricNames = {
  refused: ["", "arn:aws:ecs:ap-northeast-1:123456789012:cluster/a", "x".repeat(256)],
  accepted: ["A_b-1", "x".repeat(255)],
};

export const data: Record<string, Inputs> = {
  "modules/parameters": {
    good: { prefix: "/rainbow-seeker/production" },
    refused: {
      prefix: ["", "/", "rainbow-seeker", "/rainbow-seeker/", "/rainbow seeker", "/aws/x", "/SSM", "/ssm-x"],
      type: ["StringList", "securestring"],
    },
    accepted: { prefix: ["/a", "/a_B.1-/c"], type: ["String", "SecureString"] },
    passedOn: [],
  },

  "modules/cache": {
    good: cache,
    refused: {
      name: ["", "Redis", "1redis", "rainbow--redis", "redis-"],
      suffix: ["-Staging", "--a", "-", "-".padEnd(21, "a")],
      subnet_ids: [[]],
      security_group_id: ["", "default"],
      engine: ["memcached", "Redis"],
      node_type: ["t3.micro", "cache.t3", "cache.t3.micro.x", "db.t3.micro"],
      cluster_mode: ["on", "compatible"],
      shards: [0, 501, 1.5],
      replicas_per_shard: [-1, 6, 0.5],
      snapshot_retention_days: [-1, 36, 0.5],
    },
    accepted: {
      name: ["r", "redis-2"],
      suffix: ["", "-staging", "-a-1", "-".padEnd(20, "a")],
      engine: ["redis", "valkey"],
      node_type: ["cache.r6g.large"],
      cluster_mode: ["enabled", "disabled"],
      shards: [1],
      replicas_per_shard: [0, 1, 2, 3, 4, 5],
      snapshot_retention_days: Array.from({ length: 36 }, (_, days) => days),
    },
    passedOn: [],
    together: {
      refused: [
        { variable: "suffix", inputs: { ...cache, name: "x".repeat(40), suffix: "-a" } },
        { variable: "cluster_mode", inputs: { ...cache, shards: 2 } },
        {
          variable: "cluster_mode",
          inputs: { ...cache, cluster_mode: "compatible", shards: 2, replicas_per_shard: 1 },
        },
      ],
      accepted: [
        { variable: "cluster_mode", inputs: { ...cache, cluster_mode: "compatible", replicas_per_shard: 1 } },
        { variable: "name", inputs: { ...cache, name: "x".repeat(40) } },
        { variable: "shards", inputs: { ...cache, cluster_mode: "enabled", shards: 500 } },
      ],
    },
  },

  "modules/backup": {
    good: backup,
    refused: {
      name: names.refused,
      suffix: suffixes.refused,
      image: ["rainbow-seeker-backup", "https://registry/backup:1", "rainbow seeker:1", "backup@sha256:0", "backup:"],
      bucket: [
        { name: "b", arn: "b" },
        { name: "b", arn: "arn:aws:s3:::b/*" },
        { name: "b", arn: "arn:aws:s3:::b/database" },
      ],
      database: [
        { ...database, host: "postgres://db.example.com" },
        { ...database, host: "db.example.com:5432" },
        { ...database, host: "" },
        { ...database, port: 0 },
        { ...database, port: 65_536 },
        { ...database, port: 54.5 },
        { ...database, ssl: "on" },
        { ...database, name: "a-b" },
        { ...database, name: "1a" },
        { ...database, name: "a".repeat(64) },
        { ...database, secrets: { backup: "arn:x", master: "arn:x" } },
      ],
      repository_arns: [["rainbow-seeker-backup"], ["arn:aws:ecr:ap-northeast-1:1:repository/a"]],
      permissions_boundary_arn: boundaries.refused,
      ephemeral_storage: [20, 201, 21.5],
      metric_namespace: namespaces.refused,
      alerts_topic_arn: ["rainbow-seeker-alerts", "arn:aws:sqs:ap-northeast-1:123456789012:a"],
      log_retention_days: [0, 8, 10, 31],
    },
    accepted: {
      name: names.accepted,
      suffix: suffixes.accepted,
      image: [`localhost:5000/backup@sha256:${"0".repeat(64)}`, "backup:1.0_a-b"],
      database: [
        { ...database, port: 1, name: "_" },
        { ...database, port: 65_535, name: "a".repeat(63) },
        ...["disable", "allow", "prefer", "require", "verify-ca"].map((ssl) => ({ ...database, ssl })),
      ],
      repository_arns: [[], ["arn:aws:ecr:ap-northeast-1:123456789012:repository/team/backup"]],
      permissions_boundary_arn: boundaries.accepted,
      ephemeral_storage: [21, 200],
      metric_namespace: namespaces.accepted,
      alerts_topic_arn: [topic.replace("arn:aws:", "arn:aws-cn:")],
      log_retention_days: logRetentionDays,
    },
    passedOn: ["environment"],
  },

  "modules/observability": {
    good: observability,
    refused: {
      name: names.refused,
      suffix: suffixes.refused,
      environment: ["", "Production", "1st"],
      metric_namespace: namespaces.refused,
      cluster_name: metricNames.refused,
      api_service_name: metricNames.refused,
      ml_service_name: metricNames.refused,
      load_balancer_arn_suffix: [
        "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/rainbow-seeker-alb/1",
        "net/rainbow-seeker/1",
        "loadbalancer/app/rainbow-seeker/1",
      ],
      target_group_arn_suffixes: [
        [],
        ["arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/api/1"],
        ["targetgroup/a/1", "api/2"],
        ["targetgroup/a/1", "targetgroup/b/2", "targetgroup/c/3"],
      ],
      database: [
        { ...instance, identifier: "arn:aws:rds:ap-northeast-1:123456789012:db:x" },
        { ...instance, identifier: "1db" },
        { ...instance, identifier: "d".repeat(64) },
        { ...instance, name: "a-b" },
        { ...instance, name: "a".repeat(64) },
        { ...instance, allocated_storage: 19 },
        { ...instance, allocated_storage: 65_537 },
      ],
      cache: [
        { ...nodes, replication_group_id: "Redis" },
        { ...nodes, replication_group_id: "r".repeat(41) },
        { ...nodes, cluster_mode: false },
        { ...nodes, shards: 0 },
        { ...nodes, shards: 1, replicas_per_shard: 6 },
        { ...nodes, shards: 1, replicas_per_shard: -1 },
        { ...nodes, shards: 11, replicas_per_shard: 0 },
        { ...nodes, shards: 6 },
      ],
      latency_seconds: [0, -1, 60],
      audit_retention_days: [0, 30, 180, 366, 3654],
      alert_emails: [["night-shift"], ["night shift@example.com"], ["a@example"], ["a@example.com", "b"]],
      slack: [
        { ...slack, team_id: "rainbow" },
        { ...slack, team_id: "" },
        { ...slack, channel_id: "#alarms" },
        { ...slack, channel_id: "" },
      ],
      permissions_boundary_arn: boundaries.refused,
    },
    accepted: {
      name: names.accepted,
      suffix: suffixes.accepted,
      environment: ["a", "local-2"],
      metric_namespace: namespaces.accepted,
      cluster_name: metricNames.accepted,
      api_service_name: metricNames.accepted,
      ml_service_name: metricNames.accepted,
      target_group_arn_suffixes: [["targetgroup/a/1", "targetgroup/b/2"]],
      database: [
        { identifier: "d", name: "_", allocated_storage: 65_536 },
        { identifier: "d".repeat(63), name: "a".repeat(63), allocated_storage: 20 },
      ],
      cache: [
        { replication_group_id: "r", cluster_mode: true, shards: 5, replicas_per_shard: 1 },
        { replication_group_id: "r".repeat(40), cluster_mode: false, shards: 1, replicas_per_shard: 5 },
        { ...nodes, shards: 10, replicas_per_shard: 0 },
      ],
      latency_seconds: [0.1, 59.9],
      audit_retention_days: logRetentionDays.filter((days) => days >= 365),
      alert_emails: [[], ["a@b.c", "d@e.f"]],
      slack: [null, { team_id: "T", channel_id: "c" }],
      permissions_boundary_arn: boundaries.accepted,
    },
    passedOn: [],
  },

  "modules/bootstrap": {
    good: { bucket: "rainbow-seeker-terraform-123456789012" },
    refused: {
      bucket: ["", "ab", "States", "a.b.c", "-states", "states-", "a".repeat(64)],
      kms_key_arn: ["alias/states", "arn:aws:kms:ap-northeast-1:123456789012:alias/states"],
      version_days: [0, -1, 1.5],
      versions_kept: [0, 101, 1.5],
    },
    accepted: {
      bucket: ["abc", "a".repeat(63)],
      kms_key_arn: [null, "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"],
      version_days: [1],
      versions_kept: [1, 100],
    },
    passedOn: [],
  },
};
