// Root modules of somebody else, on the local AWS: with the modules of this commit, in a network that exists.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { region, root } from "../../infra/local/paths.ts";
import { terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import type { SmallAws } from "../lib/small-aws.ts";

/** What the local AWS needs: no TLS, no real account, and no password that RDS manages. */
export const provider = `provider "aws" {
  region                      = "${region}"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
`;

/** The network that exists. */
const surroundings = `${provider}
resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.\${count.index}.0/24"
  availability_zone = ["${region}a", "${region}c"][count.index]
}

resource "aws_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

output "network" {
  value = { subnets = aws_subnet.this[*].id, group = aws_security_group.this.id }
}
`;

export interface Network {
  subnets: string[];
  group: string;
}

/** The environment of Terraform. */
export async function terraformOptions({ settings }: SmallAws): Promise<{ env: NodeJS.ProcessEnv }> {
  return {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: settings.endpoint,
      AWS_ACCESS_KEY_ID: settings.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: settings.credentials.secretAccessKey,
      TF_CLI_CONFIG_FILE: await terraformConfiguration(),
      TF_IN_AUTOMATION: "1",
    },
  };
}

/** @param folder which does not exist yet */
export async function makeNetwork(
  folder: string,
  terraform: string,
  { env }: { env: NodeJS.ProcessEnv },
): Promise<Network> {
  const options = { env, cwd: folder };
  await mkdir(folder);
  await writeFile(join(folder, "main.tf"), surroundings);
  await run([terraform, "init", "-input=false", "-no-color"], options);
  await run([terraform, "apply", "-input=false", "-auto-approve", "-no-color"], options);
  return JSON.parse(await run([terraform, "output", "-json", "network"], options)) as Network;
}

/** All modules, with what the local AWS needs, in `infra/modules` of the folder. */
export async function copyModules(folder: string): Promise<void> {
  const isSource = (path: string) => !path.includes(".terraform");
  await cp(join(root, "infra/modules"), join(folder, "infra/modules"), { recursive: true, filter: isSource });
  await cp(join(root, "infra/local/overrides"), join(folder, "infra"), { recursive: true });
}

/** A root module of the documentation, with the identifiers of what exists, and without a password that RDS manages. */
export const inLocalNetwork = (text: string, { subnets, group }: Network): string =>
  text
    .replaceAll(/subnet-0123456789abcdef([01])/g, (_id, index: string) => subnets[Number(index)] ?? "")
    .replaceAll("sg-0123456789abcdef0", group)
    .replace(/(?<=module "database" \{\n)/, "  password_managed_by_rds = false\n");
