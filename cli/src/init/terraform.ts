// The Terraform files: what a service needs on AWS before its first deployment, by the modules of this toolkit.
import type { Answers } from "./answers.ts";
import { block, list, text, type Entry } from "./hcl.ts";

const sourceOf = ({ toolkit: { repository, ref } }: Answers, module: string): Entry => [
  "source",
  text(`github.com/${repository}//infra/modules/${module}?ref=${ref}`),
];

export function mainFile(answers: Answers): string {
  const { name, container, port, user, cpu, memory, count, architecture, clusterArn } = answers;
  return [
    `# ${name} on Amazon ECS. Terraform owns the shape; deployments own the revision and the number of tasks.

# What the build pushes to. It cannot create repositories.
${block('module "registry"', [sourceOf(answers, "registry"), ["name", text(name)]])}`,
    ...(clusterArn === undefined
      ? [block('module "cluster"', [sourceOf(answers, "cluster"), ["name", text(name)]])]
      : []),
    `# With its first task definition and no task, since the image does not exist yet. The first deployment sets the image,
# and the number of tasks to initial_count.
${block('module "service"', [
  sourceOf(answers, "service"),
  ["name", text(name)],
  ["cluster_arn", clusterArn === undefined ? "module.cluster.arn" : text(clusterArn)],
  ["image", '"${module.registry.url}:none-yet"'],
  ["cpu", String(cpu)],
  ["memory", String(memory)],
  ["cpu_architecture", text(architecture)],
  ["initial_count", String(count)],
  ["container", `{ name = ${text(container)}, ports = [${port}], user = ${text(user)}, writable_tmp = true }`],
  ["repository_arns", "[module.registry.arn]"],
  ...placeOf(answers),
])}`,
  ].join("\n");
}

/** Where the tasks run, and how requests reach them. */
function placeOf({ ingress }: Answers): Entry[] {
  const isNew = ingress.kind === "new network";
  return [
    ["subnet_ids", isNew ? "module.network.private_subnet_ids" : list(ingress.network.privateSubnets)],
    ["security_group_id", isNew ? 'module.network.security_group_ids["ecs"]' : text(ingress.network.serviceGroup)],
    [
      "load_balancer",
      `{ target_group_arn = ${
        ingress.kind === "existing load balancer"
          ? text(ingress.targetGroupArn)
          : "module.load_balancer.target_group_arn"
      } }`,
    ],
  ];
}

/** Network and load balancer; undefined where both exist. */
export function networkFile(answers: Answers): string | undefined {
  const { name, ingress, port, healthPath } = answers;
  if (ingress.kind === "existing load balancer") return undefined;
  const isNew = ingress.kind === "new network";
  const loadBalancer = block('module "load_balancer"', [
    sourceOf(answers, "load-balancer"),
    ["name", text(name)],
    ["vpc_id", isNew ? "module.network.vpc_id" : text(ingress.vpcId)],
    ["subnet_ids", isNew ? "module.network.public_subnet_ids" : list(ingress.publicSubnets)],
    ["security_group_id", isNew ? 'module.network.security_group_ids["alb"]' : text(ingress.loadBalancerGroup)],
    ["target", `{ name = ${text(name)}, port = ${port}, health_check_path = ${text(healthPath)} }`],
    ...(ingress.certificateArn === undefined
      ? []
      : [["certificate", `{ arn = ${text(ingress.certificateArn)} }`] as Entry]),
  ]);
  const encryption =
    ingress.certificateArn === undefined ? " Plain HTTP until it has a certificate or a domain (see the module)." : "";
  return [
    ...(isNew
      ? [
          `# Public subnets for the load balancer, private ones for the tasks, which reach the internet through a NAT gateway.\n${networkModule(answers, ingress.zones)}`,
        ]
      : []),
    `# What users reach.${encryption}\n${loadBalancer}`,
  ].join("\n");
}

function networkModule(answers: Answers, zones: string[]): string {
  const ranges = zones.map(
    (zone, index) => `    ${text(zone)} = { public = "10.0.${101 + index}.0/24", private = "10.0.${1 + index}.0/24" }`,
  );
  return block('module "network"', [
    sourceOf(answers, "network"),
    ["name", text(answers.name)],
    ["cidr", text("10.0.0.0/16")],
    ["parts", "[]"],
    ["ports", `{ api = ${answers.port} }`],
    ["zones", `{\n${ranges.join("\n")}\n  }`],
  ]);
}

/**
 * Roles for the jobs, and the variables of the repository, which name them.
 *
 * @param command with which all files can be written again
 */
export function githubFile(answers: Answers, command: string): string {
  const { name, repository, repositoryId, ownerId, branch, environment, clusterArn } = answers;
  const roles = block('module "github"', [
    sourceOf(answers, "github-oidc"),
    ["name", text(name)],
    ["repository", text(repository)],
    ["repository_id", repositoryId],
    ["repository_owner_id", ownerId],
    trustOf(answers),
    ["branch", text(branch)],
    ["environment", text(environment)],
    ["image_repository_arns", "[module.registry.arn]"],
    ["cluster_arn", clusterArn === undefined ? "module.cluster.arn" : text(clusterArn)],
    ["services", "[module.service.name]"],
    ["task_role_arns", "module.service.role_arns"],
    ["log_group_arns", "[module.service.log_group_arn]"],
  ]);
  return `# Access of the jobs of ${repository}, in both forms of subject that GitHub sends. Written by:
# ${command}

${commentOf(answers)}
${roles}
${outputsOf(answers)}`;
}

/** Whose jobs get the roles. */
function trustOf({ way, toolkit: { repository, ref } }: Answers): Entry {
  if (way !== "reusable") return ["own_workflows", list(["deploy.yml", "rollback.yml"])];
  const full = /^[0-9a-f]{40}$/.test(ref) ? ref : `refs/tags/${ref}`;
  return ["workflows", `{ repository = ${text(repository)}, ref = ${text(full)} }`];
}

const commentOf = ({ way }: Answers): string =>
  way === "reusable"
    ? `# One role to build, one to deploy and roll back: for the jobs of the reusable workflows alone, at the ref by which the
# workflows here call them. Change it here and there together.`
    : "# One role to build, deploy and roll back: for the jobs of these two workflows, as they are on the branch.";

function outputsOf({ way, ...answers }: Answers): string {
  const own = "module.load_balancer.url";
  const variables = [
    ...(way === "reusable" ? ['AWS_BUILD_ROLE=${module.github.role_arns["build"]}'] : []),
    'AWS_DEPLOY_ROLE=${module.github.role_arns["deploy"]}',
    `SERVICE_URL=${answers.url ?? `\${${own}}`}`,
  ];
  return `output "url" {
  description = "Where the service answers."
  value       = ${answers.url === undefined ? own : text(answers.url)}
}

output "variables" {
  description = "Variables of the GitHub repository, as lines NAME=value."
  value       = <<-LINES
${variables.map((line) => `    ${line}`).join("\n")}
  LINES
}
`;
}

/** @returns versions.tf */
export const versionsFile = (answers: Answers): string => `terraform {
  required_version = ">= 1.11"

  # Locked while somebody applies: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
  backend "s3" {
    bucket       = ${text(answers.stateBucket)}
    key          = ${text(`${answers.name}/${answers.environment}.tfstate`)}
    region       = ${text(answers.region)}
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = ${text(answers.region)}

  default_tags {
    tags = { Environment = ${text(answers.environment)}, Project = ${text(answers.name)} }
  }

  # The record of an emergency, which the action service-control keeps on a service.
  ignore_tags {
    key_prefixes = ["emergency:"]
  }
}
`;
