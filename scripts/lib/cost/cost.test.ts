import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compare, estimate } from "./estimate.ts";
import { priceFile, type PriceFile } from "./prices.ts";
import { comparisonTable, estimateTable, notPricedList, oldPrices } from "./report.ts";
import { resourcesOf, type Resource } from "./resources.ts";
import { savings } from "./switches.ts";

const file = JSON.parse(readFileSync(priceFile, "utf8")) as PriceFile;

const resource = (type: string, values: Record<string, unknown>, name = "this"): Resource => ({
  address: `module.platform.module.some.${type}.${name}`,
  type,
  values,
});

const database = resource("aws_db_instance", {
  engine: "postgres",
  instance_class: "db.r5.large",
  multi_az: true,
  allocated_storage: 20,
  storage_type: "gp3",
  manage_master_user_password: true,
});
const cache = resource("aws_elasticache_replication_group", {
  engine: "redis",
  node_type: "cache.r6g.large",
  num_node_groups: 2,
  replicas_per_node_group: 1,
});
const subnets = ["ap-northeast-1a", "ap-northeast-1c"].map((zone) =>
  resource("aws_subnet", { availability_zone: zone }, zone),
);
const service = resource("aws_ecs_service", { name: "rainbow-seeker-api", tasks: 3, desired_count: 0 });
const task = (architecture: string) =>
  resource("aws_ecs_task_definition", {
    family: "rainbow-seeker-api",
    cpu: "512",
    memory: "1024",
    runtime_platform: [{ cpu_architecture: architecture }],
  });

/** What the lines of a resource with this text sum up to. */
const sum = (resources: Resource[], pattern: RegExp) =>
  estimate(resources, file)
    .lines.filter(({ what }) => pattern.test(what))
    .reduce((total, { monthly }) => total + monthly, 0);

// Each is computed by hand from the list prices: 730 hours a month.
describe("an estimate", () => {
  test.each<[string, Resource[], RegExp, number]>([
    ["two db.r5.large, as Multi-AZ: 2 × 0.30 × 730", [database], /db\.r5\.large/, 438],
    ["storage on both: 2 × 20 × 0.138", [database], /gp3/, 5.52],
    ["the secret of the master user", [database], /secret/, 0.4],
    ["2 shards × (1 + 1) nodes: 4 × 0.247 × 730", [cache], /cache\.r6g\.large/, 721.24],
    ["3 tasks: 3 × 0.5 × 0.05056 × 730", [service, task("X86_64")], /vCPU/, 55.3632],
    ["3 tasks: 3 × 1 × 0.00553 × 730", [service, task("X86_64")], /1 GB/, 12.1107],
    ["the same on arm64: 3 × 0.5 × 0.04045 × 730", [service, task("ARM64")], /vCPU/, 44.29275],
    ["a NAT gateway: 0.062 × 730", [resource("aws_nat_gateway", {})], /NAT/, 45.26],
    ["its address: 0.005 × 730", [resource("aws_eip", {})], /IPv4/, 3.65],
    ["a load balancer: 0.0243 × 730", [resource("aws_lb", { internal: true })], /^load balancer$/, 17.739],
    ["its addresses in two zones: 2 × 0.005 × 730", [resource("aws_lb", { internal: false }), ...subnets], /IPv4/, 7.3],
    [
      "an endpoint in two zones: 2 × 0.014 × 730",
      [resource("aws_vpc_endpoint", { vpc_endpoint_type: "Interface" }), ...subnets],
      /endpoint/,
      20.44,
    ],
    ["a gateway endpoint: nothing", [resource("aws_vpc_endpoint", { vpc_endpoint_type: "Gateway" })], /./, 0],
    ["a web ACL with 3 rules: 5 + 3", [resource("aws_wafv2_web_acl", { rule: [{}, {}, {}] })], /./, 8],
  ])("%s", (_name, resources, pattern, expected) => {
    expect(sum(resources, pattern)).toBeCloseTo(expected, 6);
  });

  test("names what has no price instead of leaving it out", () => {
    const unknown = [
      resource("aws_instance", {}),
      { ...database, values: { ...database.values, instance_class: "db.x" } },
    ];
    const { notPriced } = estimate(unknown, file);
    expect(notPriced.map(({ reason }) => reason)).toEqual([
      "no rule for aws_instance",
      "infra/prices.json has no price rds.postgres.db.x",
    ]);
    expect(notPricedList(estimate(unknown, file))).toContain("`some.aws_instance.this`: no rule for aws_instance");
  });

  test("says what it assumes", () => {
    const { lines } = estimate([resource("aws_nat_gateway", {})], file);
    expect(lines.find(({ usage }) => usage === "natGb")?.monthly).toBeCloseTo(
      (file.usage["natGb"]?.value ?? 0) * 0.062,
      6,
    );
  });

  test("is a table with a sum", () => {
    const lines = estimateTable(estimate([cache, database], file)).split("\n");
    expect(lines[2]).toBe("| `some.aws_elasticache_replication_group.this` | 4 × cache.r6g.large, redis | 721.24 |");
    expect(lines.at(-1)).toBe("| **Total** |  | **1165.16** |");
  });
});

test("a plan's resources: what is deleted is left out, tasks are those of the output", () => {
  const plan = {
    resource_changes: [
      { address: "a", type: "aws_eip", change: { actions: ["delete"], after: null } },
      { address: "data.b", type: "aws_vpc", mode: "data", change: { after: {} } },
      { address: "c", type: "aws_ecs_service", mode: "managed", change: { after: { name: "api" } } },
    ],
    output_changes: { platform: { after: { task_counts: { api: 3 } } } },
  };
  expect(resourcesOf(plan)).toEqual([{ address: "c", type: "aws_ecs_service", values: { name: "api", tasks: 3 } }]);
});

test("a comparison has what differs, the largest first, and the sum", () => {
  const smaller = { ...cache, values: { ...cache.values, num_node_groups: 1 } };
  const [before, after] = [
    estimate([cache, database], file),
    estimate([smaller, database, resource("aws_eip", {})], file),
  ];
  expect(compare(before, after).map(({ address }) => address)).toEqual([
    cache.address,
    "module.platform.module.some.aws_eip.this",
  ]);
  expect(comparisonTable(before, after).split("\n").slice(2)).toEqual([
    "| `some.aws_elasticache_replication_group.this` | 721.24 | 360.62 | −360.62 |",
    "| `some.aws_eip.this` | 0.00 | 3.65 | +3.65 |",
    "| **Total** | 1165.16 | 808.19 | **−356.97** |",
  ]);
});

test("the same plan says what there was before it, and what it costs then", () => {
  const change = (address: string, type: string, before: object | null, after: object | null) => ({
    address,
    type,
    mode: "managed",
    change: { before: before as Record<string, unknown> | null, after: after as Record<string, unknown> | null },
  });
  const plan = {
    resource_changes: [
      change("aws_eip.new", "aws_eip", null, {}),
      change("aws_nat_gateway.gone", "aws_nat_gateway", {}, null),
      change("aws_ecs_service.api", "aws_ecs_service", { name: "api" }, { name: "api" }),
    ],
    output_changes: { platform: { before: { task_counts: { api: 1 } }, after: { task_counts: { api: 3 } } } },
  };
  const read = (when: "before" | "after") =>
    resourcesOf(plan, when).map(({ address, values }) => [address, values["tasks"]]);
  expect(read("before")).toEqual([
    ["aws_nat_gateway.gone", undefined],
    ["aws_ecs_service.api", 1],
  ]);
  expect(read("after")).toEqual([
    ["aws_eip.new", undefined],
    ["aws_ecs_service.api", 3],
  ]);
});

describe("settings that save", () => {
  test("a single node, Valkey, no standby, Graviton", () => {
    const found = Object.fromEntries(
      savings([cache, database], file).map(({ setting, monthly }) => [setting, monthly]),
    );
    expect(found["cache: one `cache.t4g.small`, no replica"]).toBeCloseTo(721.24 - 0.049 * 730, 6);
    expect(found["cache: Valkey instead of Redis"]).toBeCloseTo(721.24 * 0.2, 6);
    expect(found["database: no standby"]).toBeCloseTo(219 + 2.76, 6);
    expect(found["database: Graviton"]).toBeCloseTo(2 * 0.03 * 730, 6);
  });

  test("one gateway of two, with its address", () => {
    const two = ["a", "c"].flatMap((zone) => [resource("aws_nat_gateway", {}, zone), resource("aws_eip", {}, zone)]);
    const [first] = savings(two, file);
    expect(first?.monthly).toBeCloseTo(45.26 + 3.65 + (file.usage["natGb"]?.value ?? 0) * 0.062, 6);
  });

  test("none that would only lose its price", () => {
    const other = { ...cache, values: { ...cache.values, engine: "memcached" } };
    expect(savings([other], file)).toEqual([]);
  });
});

describe("the price file", () => {
  test.each(Object.entries(file.prices))("%s has a source and a date", (_key, price) => {
    expect(price.usd).toBeGreaterThan(0);
    expect(price.source).toMatch(
      /^https:\/\/pricing\.us-east-1\.amazonaws\.com\/offers\/v1\.0\/aws\/\w+\/current\/ap-northeast-1\//,
    );
    expect(price.asOf).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    expect(price.usageType).not.toBe("");
  });

  test("tells which prices are old", () => {
    expect(oldPrices(file, new Date("2026-11-26"))).toContain("cache.redis.cache.r6g.large (2022-02-13)");
    expect(oldPrices(file, new Date("2021-01-01"))).toEqual([]);
  });
});
