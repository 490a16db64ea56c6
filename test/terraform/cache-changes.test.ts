// Changes of a cache that exists: docs/cache.md describes each.
import { beforeAll, expect, test } from "vitest";
import { makeTestFolder } from "../lib/test-folder.ts";
import { planChanges, type Change, type Existing } from "./changes.ts";

interface Settings {
  engine?: "redis" | "valkey";
  cluster_mode: "disabled" | "compatible" | "enabled";
  shards?: number;
  replicas_per_shard?: number;
}

const name = "rainbow-seeker-redis";
const group = "aws_elasticache_replication_group.this";
const given = { subnet_ids: ["subnet-1", "subnet-2"], security_group_id: "sg-1", node_type: "cache.r6g.large" };

/** What AWS has after an apply of these settings. */
function existing({ engine = "redis", cluster_mode, shards = 1, replicas_per_shard = 0 }: Settings): Existing[] {
  const hasEndpoint = cluster_mode !== "disabled";
  const family = engine === "redis" ? "redis7" : "valkey8";
  return [
    {
      type: "aws_elasticache_subnet_group",
      name: "this",
      attributes: {
        id: name,
        name,
        subnet_ids: given.subnet_ids,
        description: "Managed by Terraform",
        tags: {},
        tags_all: {},
      },
    },
    {
      type: "aws_elasticache_replication_group",
      name: "this",
      schemaVersion: 2,
      attributes: {
        id: name,
        replication_group_id: name,
        arn: `arn:aws:elasticache:ap-northeast-1:123456789012:replicationgroup:${name}`,
        description: "Rainbow Seeker cache and rate limits",
        engine,
        engine_version: engine === "redis" ? "7.1" : "8.2",
        engine_version_actual: engine === "redis" ? "7.1.0" : "8.2.0",
        node_type: given.node_type,
        port: 6379,
        cluster_mode,
        cluster_enabled: cluster_mode === "enabled",
        num_node_groups: shards,
        replicas_per_node_group: replicas_per_shard,
        num_cache_clusters: shards * (replicas_per_shard + 1),
        automatic_failover_enabled: hasEndpoint || replicas_per_shard > 0,
        multi_az_enabled: replicas_per_shard > 0,
        parameter_group_name: `default.${family}${hasEndpoint ? ".cluster.on" : ""}`,
        subnet_group_name: name,
        security_group_ids: [given.security_group_id],
        at_rest_encryption_enabled: "true",
        transit_encryption_enabled: true,
        transit_encryption_mode: "required",
        snapshot_retention_limit: 1,
        snapshot_window: "19:00-20:00",
        maintenance_window: "sat:20:00-sat:21:00",
        auto_minor_version_upgrade: "true",
        apply_immediately: true,
        global_replication_group_id: "",
        data_tiering_enabled: false,
        log_delivery_configuration: [],
        auth_token_update_strategy: "ROTATE",
        network_type: "ipv4",
        ip_discovery: "ipv4",
        security_group_names: [],
        reader_endpoint_address: "",
        member_clusters: [`${name}-0001-001`],
        primary_endpoint_address: hasEndpoint ? "" : "master.example",
        configuration_endpoint_address: hasEndpoint ? "clustercfg.example" : "",
        tags: { Name: name },
        tags_all: { Name: name },
      },
    },
  ];
}

const replica = { replicas_per_shard: 1 };

interface Case {
  what: string;
  before: Settings;
  after: Settings;
  /** What is changed in place; none: nothing. */
  attributes?: string[];
  replaced?: true;
}

const cases: Case[] = [
  {
    what: "nothing",
    before: { cluster_mode: "enabled", shards: 2, ...replica },
    after: { cluster_mode: "enabled", shards: 2, ...replica },
  },
  {
    what: "a replica",
    before: { cluster_mode: "disabled" },
    after: { cluster_mode: "disabled", ...replica },
    attributes: ["automatic_failover_enabled", "member_clusters", "multi_az_enabled", "replicas_per_node_group"],
  },
  {
    what: "disabled → compatible",
    before: { cluster_mode: "disabled", ...replica },
    after: { cluster_mode: "compatible", ...replica },
    // AWS takes the parameter group in the same request, and nothing else.
    attributes: ["cluster_mode", "parameter_group_name"],
  },
  {
    what: "compatible → enabled",
    before: { cluster_mode: "compatible", ...replica },
    after: { cluster_mode: "enabled", ...replica },
    attributes: ["cluster_mode"],
  },
  {
    what: "one shard → two",
    before: { cluster_mode: "enabled", ...replica },
    after: { cluster_mode: "enabled", shards: 2, ...replica },
    attributes: ["member_clusters", "num_node_groups"],
  },
  {
    what: "redis → valkey",
    before: { cluster_mode: "enabled", shards: 2, ...replica },
    after: { engine: "valkey", cluster_mode: "enabled", shards: 2, ...replica },
    attributes: ["engine", "engine_version", "parameter_group_name"],
  },
  {
    what: "valkey → redis",
    before: { engine: "valkey", cluster_mode: "enabled", shards: 2, ...replica },
    after: { cluster_mode: "enabled", shards: 2, ...replica },
    replaced: true,
  },
];

let changes: Record<string, Change>[];
beforeAll(async () => {
  const rehearsals = cases.map(({ before, after }) => ({
    module: "modules/cache",
    inputs: { ...given, ...after, apply_immediately: true },
    existing: existing(before),
  }));
  changes = await planChanges(rehearsals, makeTestFolder("cache-changes-"));
});

test.each(cases.map((one, index) => ({ ...one, index })))("$what", ({ index, attributes = [], replaced }) => {
  const { [group]: change, ...others } = changes[index] ?? {};
  expect(others).toEqual({});
  if (replaced) expect(change?.actions).toEqual(["delete", "create"]);
  else if (attributes.length === 0) expect(change).toBe(undefined);
  else expect(change).toEqual({ actions: ["update"], attributes });
});
