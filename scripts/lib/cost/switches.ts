// The settings that an environment can save money with, each with what it saves.
import { estimate } from "./estimate.ts";
import type { PriceFile } from "./prices.ts";
import type { Resource } from "./resources.ts";

interface Switch {
  /** What to change, in the environment's main.tf. */
  setting: string;
  /** What is lost. */
  instead: string;
  /** The resources with the setting. */
  apply: (resources: readonly Resource[]) => Resource[];
}

const changed =
  (type: string, values: (resource: Resource) => Record<string, unknown> | undefined) =>
  (resources: readonly Resource[]): Resource[] =>
    resources.map((one) => (one.type === type ? { ...one, values: { ...one.values, ...values(one) } } : one));

const cacheType = "aws_elasticache_replication_group";

/** Keeps one gateway and its address. */
function oneNat(resources: readonly Resource[]): Resource[] {
  const kept = new Set<string>();
  return resources.filter(({ type }) => {
    if (type !== "aws_nat_gateway" && type !== "aws_eip") return true;
    const isFirst = !kept.has(type);
    kept.add(type);
    return isFirst;
  });
}

export const switches: Switch[] = [
  {
    setting: "cache: one `cache.t4g.small`, no replica",
    instead: "rate limits start again when the node is replaced",
    apply: changed(cacheType, () => ({
      node_type: "cache.t4g.small",
      num_node_groups: 1,
      replicas_per_node_group: 0,
      num_cache_clusters: null,
    })),
  },
  {
    setting: "cache: `cache.t4g.micro` nodes",
    instead: "0.5 GiB for each shard",
    apply: changed(cacheType, () => ({ node_type: "cache.t4g.micro" })),
  },
  {
    setting: "cache: Valkey instead of Redis",
    instead: "another engine, which speaks the same protocol",
    apply: changed(cacheType, () => ({ engine: "valkey" })),
  },
  {
    setting: "database: no standby",
    instead: "minutes to hours without a database when a zone or an instance fails",
    apply: changed("aws_db_instance", () => ({ multi_az: false })),
  },
  {
    setting: "database: Graviton",
    instead: "nothing: PostgreSQL is the same",
    apply: changed("aws_db_instance", ({ values }) => ({
      instance_class: String(values["instance_class"]).replace("db.r5.", "db.r6g.").replace("db.t3.", "db.t4g."),
    })),
  },
  {
    setting: "network: one NAT gateway for all zones",
    instead: "tasks reach neither AWS nor the internet when its zone fails",
    apply: oneNat,
  },
  {
    setting: "services: arm64",
    instead: "images have to be built for arm64",
    apply: changed("aws_ecs_task_definition", () => ({ runtime_platform: [{ cpu_architecture: "ARM64" }] })),
  },
];

export interface Saving {
  setting: string;
  instead: string;
  /** USD a month; switches that save nothing in an environment are left out. */
  monthly: number;
}

export function savings(resources: readonly Resource[], file: PriceFile): Saving[] {
  const { total, notPriced } = estimate(resources, file);
  return switches
    .map(({ setting, instead, apply }) => {
      const after = estimate(apply(resources), file);
      // A setting without a price would seem to save everything.
      const isPriced = after.notPriced.length <= notPriced.length;
      return { setting, instead, monthly: isPriced ? total - after.total : 0 };
    })
    .filter(({ monthly }) => monthly >= 1)
    .toSorted((a, b) => b.monthly - a.monthly);
}
