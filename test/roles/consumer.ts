// What `rainbow-deploy init` writes, with the modules of this commit: Terraform accepts it, and plans its roles.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { filesOfInit } from "../../scripts/lib/consumer.ts";
import { plansIn } from "../../scripts/lib/environment-plan.ts";
import type { Provider } from "../lib/terraform-provider.ts";
import type { Policy } from "../../actions/shared/src/iam.ts";

const subnets = { "private-subnets": "subnet-3,subnet-4", "service-security-group": "sg-2" };
const url = "https://shop.example.com/";

/** Options of init, by what becomes the name of a module: one plan has them all. */
export const consumers = {
  reusable: {},
  "one-step": { way: "one-step" },
  "existing-network": {
    ...subnets,
    "vpc-id": "vpc-1",
    "public-subnets": "subnet-1,subnet-2",
    "load-balancer-security-group": "sg-1",
    "certificate-arn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
    url,
  },
  "existing-load-balancer": {
    ...subnets,
    "target-group-arn": "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/shop/0123456789abcdef",
    "cluster-arn": "arn:aws:ecs:ap-northeast-1:123456789012:cluster/my-service",
    url,
    ref: "0123456789abcdef0123456789abcdef01234567",
  },
} satisfies Record<string, Record<string, string>>;
export type Consumer = keyof typeof consumers;

const names = Object.keys(consumers) as Consumer[];
const folder = join(stateDir, "consumers");
// Terraform would clone them; relative, because a module finds the policies of the actions beside it.
const modules = "../../../infra/modules";

/** The files of one as a module: provider and backend are the root's, which all would have alike. */
async function writeConsumer(name: Consumer): Promise<string> {
  const files = await filesOfInit(consumers[name]);
  for (const { path, text } of files.filter((file) => file.path.endsWith(".tf"))) {
    const to = join(folder, path.replace("infra/", path.endsWith("/versions.tf") ? "" : `${name}/`));
    await mkdir(dirname(to), { recursive: true });
    await writeFile(
      to,
      text.replaceAll(/"github\.com\/[^"]+\/\/infra\/modules\/([a-z-]+)\?ref=[^"]+"/g, `"${modules}/$1"`),
    );
  }
  return overridesOf(
    name,
    files.some(({ text }) => text.includes('module "cluster"')),
  );
}

/** What the provider would look up, and the ARNs that AWS would return. */
function overridesOf(name: Consumer, hasCluster: boolean): string {
  const arns = {
    ...(hasCluster ? { "cluster.aws_ecs_cluster.this": "ecs:ap-northeast-1:123456789012:cluster/my-service" } : {}),
    "registry.aws_ecr_repository.this": "ecr:ap-northeast-1:123456789012:repository/my-service",
    "service.module.task.aws_iam_role.execution[0]": "iam::123456789012:role/my-service-execution",
    "service.module.task.aws_cloudwatch_log_group.this": "logs:ap-northeast-1:123456789012:log-group:/ecs/my-service",
  };
  const resources = Object.entries(arns).map(
    ([address, arn]) =>
      `override_resource {\n  target = module.${name}.module.${address}\n  override_during = plan\n  values = { arn = "arn:aws:${arn}" }\n}\n`,
  );
  const provider = `override_data {\n  target = module.${name}.module.github.data.aws_iam_openid_connect_provider.github\n  values = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }\n}\n`;
  return [provider, ...resources].join("\n");
}

/** Roles of its jobs, by their name: build, deploy. */
export interface Roles {
  trust: Record<string, Policy>;
  permissions: Record<string, Policy>;
}

/** The roles that the plan of all of them has. */
export async function planConsumers(provider: Provider): Promise<Record<Consumer, Roles>> {
  await rm(folder, { recursive: true, force: true });
  const overrides: string[] = [];
  for (const name of names) overrides.push(await writeConsumer(name));
  await writeFile(
    join(folder, "main.tf"),
    names.map((name) => `module "${name}" {\n  source = "./${name}"\n}\n`).join("\n"),
  );
  await mkdir(join(folder, "tests"));
  const configuration = `provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
`;
  await writeFile(
    join(folder, "tests/consumers.tftest.hcl"),
    [configuration, ...overrides, 'run "consumers" {\n  command = plan\n}\n'].join("\n"),
  );
  const plans = await plansIn(relative(root, folder), "consumers.tftest.hcl", provider);
  const plan = plans["consumers"];
  if (plan === undefined) throw new Error("Terraform made no plan of what init writes.");
  const roles = (consumer: Consumer, type: string, attribute: string) => {
    const found = plan.resource_changes.flatMap(({ address, change }): [string, Policy][] => {
      const [, name] =
        new RegExp(`^module\\.${consumer}\\.module\\.github\\.${type}\\.this\\["(\\w+)"\\]$`).exec(address) ?? [];
      return name === undefined ? [] : [[name, JSON.parse(String(change.after?.[attribute])) as Policy]];
    });
    return Object.fromEntries(found);
  };
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        trust: roles(name, "aws_iam_role", "assume_role_policy"),
        permissions: roles(name, "aws_iam_role_policy", "policy"),
      },
    ]),
  ) as Record<Consumer, Roles>;
}
