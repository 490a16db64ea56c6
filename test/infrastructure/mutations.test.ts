// Whether infrastructure.test.ts would notice faults that nothing else does, each made in what Terraform has applied.
import { describe, expect, inject, it } from "vitest";
import { broken } from "./expectations/all.ts";
import { System, type Resource } from "./system.ts";

type Change = (system: System) => void;

/** Changes a resource of a type, told by a part of its address. */
const change =
  (type: string, part: string, values: Resource["values"]): Change =>
  (system) => {
    const found = system.resources.filter((one) => one.type === type && one.address.includes(part));
    expect(found).not.toEqual([]);
    for (const { values: own } of found.slice(0, 1)) Object.assign(own, values);
  };

const remove =
  (type: string, part = ""): Change =>
  (system) => {
    const index = system.resources.findIndex((one) => one.type === type && one.address.includes(part));
    expect(index).toBeGreaterThanOrEqual(0);
    system.resources.splice(index, 1);
  };

/** Changes the first statement of a role's policy, or of its trust. */
const changeStatement =
  (role: string, policy: "allows" | "trusts", values: Resource["values"]): Change =>
  (system) => {
    const { id, assume_role_policy: trust } = system.named("aws_iam_role", role);
    const [first] = system.all("aws_iam_role_policy", (own) => own["role"] === id);
    const json = policy === "trusts" ? trust : first?.values["policy"];
    Object.assign(system.statementsOf(json as string)[0] ?? {}, values);
  };

const changeContainer =
  (family: string, edit: (text: string) => string): Change =>
  (system) => {
    const { values } = system.all("aws_ecs_task_definition", (own) => own["family"] === family)[0] as Resource;
    const text = edit(values["container_definitions"] as string);
    expect(text).not.toBe(values["container_definitions"]);
    values["container_definitions"] = text;
  };

const faults: Record<string, Change> = {
  "another address range": change("aws_vpc", "", { cidr_block: "10.1.0.0/16" }),
  "another zone": change("aws_subnet", "private", { availability_zone: "ap-northeast-1d" }),
  "one NAT gateway": remove("aws_nat_gateway"),
  "a private subnet that leads to the other zone": change("aws_route_table", "private", { route: [] }),
  "no VPN gateway": remove("aws_vpn_gateway"),
  "the database open to the internet": change("aws_vpc_security_group_ingress_rule", "from_internet", {
    from_port: 5432,
    to_port: 5432,
  }),
  "the cache reached from the balancer": change("aws_vpc_security_group_ingress_rule", "api-to-redis", {
    referenced_security_group_id: "sg-another",
  }),
  "a smaller database": change("aws_db_instance", "", { instance_class: "db.t3.micro" }),
  "no standby": change("aws_db_instance", "", { multi_az: false }),
  "a public database": change("aws_db_instance", "", { publicly_accessible: true }),
  "a database in other subnets": change("aws_db_subnet_group", "", { subnet_ids: ["subnet-another"] }),
  "no deletion protection": change("aws_db_instance", "", { deletion_protection: false }),
  "a database without TLS": change("aws_db_parameter_group", "", { parameter: [] }),
  "a maintenance window by day": change("aws_db_instance", "", { maintenance_window: "sun:04:00-sun:05:00" }),
  "one shard": change("aws_elasticache_replication_group", "", { num_node_groups: 1 }),
  "a cache without TLS": change("aws_elasticache_replication_group", "", { transit_encryption_enabled: false }),
  "two tasks": change("aws_ecs_service", "module.api", {
    tags: { Name: "rainbow-seeker-api", "deploy:initial-count": "2" },
  }),
  "tasks with public addresses": change("aws_ecs_service", "module.api", {
    network_configuration: [{ assign_public_ip: true, subnets: [], security_groups: [] }],
  }),
  "a bucket that is public": change("aws_s3_bucket_public_access_block", "uploads", { block_public_policy: false }),
  "buckets that can be deleted": change("aws_s3_bucket", "backups", { force_destroy: true }),
  "a task role that may do everything": changeStatement("ecsTaskRole", "allows", { actions: ["*"] }),
  "a task role for every bucket": changeStatement("ecsTaskRole", "allows", { resources: ["*"] }),
  "a role that anybody may assume": changeStatement("ecsTaskRole", "trusts", {
    principals: [{ type: "AWS", identifiers: ["*"] }],
  }),
  "an execution role that reads every parameter": changeStatement("ecsTaskExecutionRole", "allows", {
    actions: ["ssm:GetParameters"],
    resources: ["*"],
  }),
  "a listener without TLS": remove("aws_lb_listener", "https"),
  "tags of images that move": change("aws_ecr_repository", "", { image_tag_mutability: "MUTABLE" }),
  "an alarm that tells nobody": change("aws_cloudwatch_metric_alarm", "", { alarm_actions: [] }),
  "secrets as plain text": change("aws_ssm_parameter", "", { type: "String" }),
  "another password": changeContainer("rainbow-seeker-api", (text) => {
    const [container] = JSON.parse(text) as [{ secrets: { name: string; valueFrom: string }[] }];
    const [first, second] = container.secrets;
    if (first && second) [first.valueFrom, second.valueFrom] = [second.valueFrom, first.valueFrom];
    return JSON.stringify([container]);
  }),
  "an unverified certificate": changeContainer("rainbow-seeker-api", (text) => text.replace("verify-full", "require")),
};

describe("the expectations of production notice", () => {
  const production = () => new System("production", structuredClone(inject("states").production));

  it("nothing, as it is", () => expect(broken(production())).toEqual([]));

  it.each(Object.entries(faults))("%s", (_name, make) => {
    const system = production();
    make(system);
    expect(broken(system)).not.toEqual([]);
  });
});
