// Addresses, ways out, and who may talk to whom.
import assert from "node:assert/strict";
import type { Resource, System } from "../system.ts";
import { sorted, type Expectation } from "./expectation.ts";
import { sizes } from "./sizes.ts";

const zones = ["ap-northeast-1a", "ap-northeast-1c"];
const everywhere = "0.0.0.0/0";

/** Values of the subnets of a kind, by zone, told by their addresses. */
function subnets(system: System, kind: "private" | "public"): Resource["values"][] {
  const ranges = kind === "private" ? ["10.0.1.0/24", "10.0.2.0/24"] : ["10.0.101.0/24", "10.0.102.0/24"];
  return ranges.map((range) => system.one("aws_subnet", ({ cidr_block }) => cidr_block === range));
}

export const subnetIds = (system: System, kind: "private" | "public"): string[] =>
  sorted(subnets(system, kind).map(({ id }) => id as string));

export const groupId = (system: System, role: string): string =>
  system.named("aws_security_group", `rainbow-seeker-${role}-sg`)["id"] as string;

/** The route table of a subnet. */
function tableOf(system: System, subnet: Resource["values"]): Resource["values"] {
  const association = system.one("aws_route_table_association", (values) => values["subnet_id"] === subnet["id"]);
  return system.one("aws_route_table", (values) => values["id"] === association["route_table_id"]);
}

/** The ID of the gateway of a table's only route, which leads everywhere. */
function wayOut(table: Resource["values"], gateway: "gateway_id" | "nat_gateway_id"): string {
  const routes = table["route"] as Resource["values"][];
  assert.deepEqual(
    routes.map(({ cidr_block }) => cidr_block),
    [everywhere],
  );
  return routes[0]?.[gateway] as string;
}

/** "ecs → rds 5432/tcp" for each rule between groups, as the side says that it belongs to. */
function flows(system: System, side: "ingress" | "egress"): string[] {
  const names = new Map(
    system
      .all("aws_security_group")
      .map(({ values }) => [
        values["id"] as string,
        (values["name"] as string).replace("rainbow-seeker-", "").replace(`-sg${system.suffix}`, ""),
      ]),
  );
  const nameOf = (id: unknown) => names.get(id as string) ?? `unknown group ${String(id)}`;
  return system.all(`aws_vpc_security_group_${side}_rule`).flatMap(({ values }) => {
    if (values["referenced_security_group_id"] === null) return [];
    assert.equal(values["from_port"], values["to_port"]);
    const own = nameOf(values["security_group_id"]);
    const other = nameOf(values["referenced_security_group_id"]);
    const [client, server] = side === "egress" ? [own, other] : [other, own];
    return [`${client} → ${server} ${values["from_port"]}/${values["ip_protocol"]}`];
  });
}

/** "alb 443/tcp" for each rule for any address. */
const withInternet = (system: System, side: "ingress" | "egress"): string[] =>
  system.all("aws_security_group").flatMap(({ values: group }) =>
    system
      .all(
        `aws_vpc_security_group_${side}_rule`,
        (values) => values["security_group_id"] === group["id"] && values["cidr_ipv4"] !== null,
      )
      .map(({ values }) => {
        assert.equal(values["cidr_ipv4"], everywhere);
        assert.equal(values["from_port"], values["to_port"]);
        const role = (group["name"] as string).replace("rainbow-seeker-", "").replace(`-sg${system.suffix}`, "");
        return `${role} ${values["from_port"]}/${values["ip_protocol"]}`;
      }),
  );

export const networkExpectations: Expectation[] = [
  {
    name: "the VPC has the address range, the subnets and the zones of the design document",
    check: (system) => {
      const vpc = system.one("aws_vpc");
      assert.equal(vpc["tags"]["Name"], `rainbow-seeker-vpc${system.suffix}`);
      assert.equal(vpc["cidr_block"], "10.0.0.0/16");
      for (const kind of ["public", "private"] as const)
        for (const [index, subnet] of subnets(system, kind).entries()) {
          assert.equal(subnet["vpc_id"], vpc["id"]);
          assert.equal(subnet["availability_zone"], zones[index]);
          assert.equal(subnet["tags"]["Name"], `rainbow-seeker-${kind}-${zones[index]}${system.suffix}`);
        }
    },
  },
  {
    name: "names resolve in the VPC",
    check: (system) => {
      const vpc = system.one("aws_vpc");
      assert.equal(vpc["enable_dns_support"] && vpc["enable_dns_hostnames"], true);
    },
  },
  {
    name: "public subnets lead to the internet gateway",
    check: (system) => {
      const gateway = system.one("aws_internet_gateway");
      assert.equal(gateway["vpc_id"], system.one("aws_vpc")["id"]);
      for (const subnet of subnets(system, "public")) {
        const table = tableOf(system, subnet);
        assert.equal(wayOut(table, "gateway_id"), gateway["id"]);
        assert.equal(table["vpc_id"], system.one("aws_vpc")["id"]);
      }
    },
  },
  {
    name: "private subnets lead to a NAT gateway: of their own zone where each has one",
    check: (system) => {
      const nats = system.all("aws_nat_gateway");
      assert.equal(nats.length, sizes[system.environment].natGateways);
      const publicSubnets = subnets(system, "public");
      const used = subnets(system, "private").map((subnet, index) => {
        const table = tableOf(system, subnet);
        assert.equal(table["vpc_id"], system.one("aws_vpc")["id"]);
        const nat = system.one("aws_nat_gateway", ({ id }) => id === wayOut(table, "nat_gateway_id"));
        assert.equal(nat["subnet_id"], publicSubnets[nats.length === 1 ? 0 : index]?.["id"]);
        const address = system.one("aws_eip", ({ id }) => id === nat["allocation_id"]);
        assert.equal(address["domain"], "vpc");
        return nat["id"] as string;
      });
      assert.equal(new Set(used).size, nats.length);
    },
  },
  {
    name: "a VPN gateway where the design document has one",
    check: (system) => {
      const gateways = system.all("aws_vpn_gateway");
      assert.equal(gateways.length, sizes[system.environment].vpnGateways);
      for (const { values } of gateways) assert.equal(values["vpc_id"], system.one("aws_vpc")["id"]);
    },
  },
  {
    name: "S3 is reached from private subnets without a NAT gateway",
    check: (system) => {
      const endpoint = system.one("aws_vpc_endpoint", ({ service_name }) => (service_name as string).endsWith(".s3"));
      assert.equal(endpoint["service_name"], "com.amazonaws.ap-northeast-1.s3");
      assert.equal(endpoint["vpc_id"], system.one("aws_vpc")["id"]);
      assert.deepEqual(
        sorted(endpoint["route_table_ids"] as string[]),
        sorted([...new Set(subnets(system, "private").map((subnet) => tableOf(system, subnet)["id"] as string))]),
      );
    },
  },
  {
    name: "only the balancer is reached from the internet, by HTTP and HTTPS",
    check: (system) => assert.deepEqual(sorted(withInternet(system, "ingress")), ["alb 443/tcp", "alb 80/tcp"]),
  },
  {
    name: "only tasks reach the internet, by HTTPS alone",
    check: (system) => assert.deepEqual(sorted(withInternet(system, "egress")), ["ecs 443/tcp", "ml 443/tcp"]),
  },
  {
    name: "each server is reached by its clients alone, and each client may call it",
    check: (system) => {
      const expected = ["alb → ecs 3000/tcp", "ecs → ml 5000/tcp", "ecs → rds 5432/tcp", "ecs → redis 6379/tcp"];
      assert.deepEqual(sorted(flows(system, "ingress")), expected);
      assert.deepEqual(sorted(flows(system, "egress")), expected);
    },
  },
  {
    name: "security groups have the names of the design document, in its VPC",
    check: (system) => {
      for (const role of ["alb", "ecs", "ml", "rds", "redis"]) {
        const group = system.named("aws_security_group", `rainbow-seeker-${role}-sg`);
        assert.equal(group["tags"]["Name"], group["name"]);
        assert.equal(group["vpc_id"], system.one("aws_vpc")["id"]);
      }
    },
  },
  {
    name: "what has no name of its own is named by its tag",
    check: (system) => {
      const types = ["aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_route_table", "aws_eip", "aws_nat_gateway"];
      for (const type of [...types, "aws_vpn_gateway", "aws_vpc_endpoint"]) {
        const names = system
          .all(type)
          .map(({ values }) => (values["tags"] as Record<string, string> | null)?.["Name"] ?? "");
        for (const name of names)
          assert.match(name, new RegExp(`^rainbow-seeker-[a-z0-9-]+${system.suffix}$`), `${type} is named ${name}`);
        assert.equal(new Set(names).size, names.length, `two of ${type} share a name`);
      }
    },
  },
];
