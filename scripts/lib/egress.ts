// The generated table of docs/egress.md: AWS hosts that each action calls, from its IAM policy, which a test compares
// with its code.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { formatted, replaceSection, table } from "./markdown.ts";

export interface Endpoint {
  /** Host, with REGION, ACCOUNT and BUCKET to be replaced. */
  host: string;
  /** Name of the VPC endpoint service, after com.amazonaws.REGION. */
  vpcEndpoint: string;
}

/** By the prefix of the actions in IAM policies. null: the service is named in policies, but not called. */
export const endpoints: Record<string, Endpoint | null> = {
  "application-autoscaling": {
    host: "application-autoscaling.REGION.amazonaws.com",
    vpcEndpoint: "application-autoscaling",
  },
  cloudwatch: { host: "monitoring.REGION.amazonaws.com", vpcEndpoint: "monitoring" },
  codedeploy: { host: "codedeploy.REGION.amazonaws.com", vpcEndpoint: "codedeploy" },
  ecr: { host: "api.ecr.REGION.amazonaws.com", vpcEndpoint: "ecr.api" },
  ecs: { host: "ecs.REGION.amazonaws.com", vpcEndpoint: "ecs" },
  elasticloadbalancing: {
    host: "elasticloadbalancing.REGION.amazonaws.com",
    vpcEndpoint: "elasticloadbalancing",
  },
  logs: { host: "logs.REGION.amazonaws.com", vpcEndpoint: "logs" },
  rds: { host: "rds.REGION.amazonaws.com", vpcEndpoint: "rds" },
  s3: { host: "BUCKET.s3.REGION.amazonaws.com", vpcEndpoint: "s3 (gateway)" },
  secretsmanager: { host: "secretsmanager.REGION.amazonaws.com", vpcEndpoint: "secretsmanager" },
  ssm: { host: "ssm.REGION.amazonaws.com", vpcEndpoint: "ssm" },
  // The caller passes roles in calls of ECS; S3 calls KMS.
  iam: null,
  kms: null,
};

/** What actions reach apart from the APIs of AWS. */
const others: Record<string, string> = {
  "audit-record": "–",
  "build-push": "the registry of the images, the registries of the base images, and what the Dockerfile downloads",
  "db-backup": "inside of tasks only: the database",
  "github-report": "the API of GitHub: `api.github.com`, or that of the server",
  notify: "the host of the webhook: `hooks.slack.com`, or that of the workflow in Teams",
  root: "`url`, and the registries of the images when it verifies signatures",
  bake: "–",
  deploy: "the registry of the image when it verifies a signature",
  rollback: "–",
  "render-task-definition": "–",
  "service-control": "–",
  "terraform-plan": "–",
  "smoke-test": "`url`, and the URLs of its checks",
};

interface Policy {
  Statement: { Action?: string | string[] }[];
}

/** Prefixes of the services in a policy. */
export function servicesIn({ Statement }: Policy): string[] {
  const actions = Statement.flatMap(({ Action = [] }) => [Action].flat());
  return [...new Set(actions.map((action) => action.split(":")[0] ?? ""))].toSorted();
}

/** @throws Error if the table does not have the service */
export function hostsOf(services: readonly string[]): string[] {
  return services.flatMap((service) => {
    const endpoint = endpoints[service];
    if (endpoint === undefined) throw new Error(`scripts/lib/egress.ts has no endpoint of ${service}.`);
    return endpoint === null ? [] : [endpoint.host];
  });
}

async function actionTable(): Promise<string> {
  const names = (await readdir(join(root, "actions"))).filter((name) => name !== "shared").toSorted();
  const rows = await Promise.all(
    names.map(async (name) => {
      const policy = JSON.parse(await readFile(join(root, "actions", name, "iam-policy.json"), "utf8")) as Policy;
      const other = others[name];
      if (other === undefined)
        throw new Error(`scripts/lib/egress.ts does not say what ${name} reaches apart from AWS.`);
      const hosts = hostsOf(servicesIn(policy)).map((host) => `\`${host}\``);
      return [`[${name}](../actions/${name})`, hosts.join("<br>") || "–", other];
    }),
  );
  return table(["Action", "AWS", "Others"], rows);
}

/** Path and expected text of docs/egress.md. */
export async function egressDocument(): Promise<{ path: string; text: string }[]> {
  const path = "docs/egress.md";
  const content = await actionTable();
  const text = replaceSection(await readFile(join(root, path), "utf8"), { name: "actions", content, file: path });
  return [{ path, text: await formatted(path, text) }];
}
