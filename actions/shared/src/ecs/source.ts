// Where a task definition comes from: a file, a revision, or a service.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  type Service,
} from "@aws-sdk/client-ecs";
import { persist, type Session } from "../aws.ts";
import { parseDocument } from "../document.ts";
import { ConfigurationError, FailedError, messageOf } from "../errors.ts";
import { registrable, type Registrable } from "./task-definition.ts";

/** Terraform's own revision of a service, written by infra/modules/service: the shape that each deployment starts from. */
export const templateTag = "deploy:template";

type Source = { kind: "file"; path: string } | { kind: "revision"; name: string };

/** A file that exists is a file; otherwise an ARN or family[:revision]. */
function parseSource(text: string): Source {
  if (existsSync(text)) return { kind: "file", path: text };
  if (/^arn:[\w-]+:ecs:/.test(text) || /^[\w-]+(:\d+)?$/.test(text)) return { kind: "revision", name: text };
  throw new ConfigurationError(
    `task-definition: there is no file ${text}, and it is neither family, family:revision nor an ARN.`,
  );
}

/** A definition to work with; `arn` when it is registered already. */
export interface Sourced {
  definition: Registrable;
  arn: string | undefined;
}

/** Who asks ECS, and how long. */
export interface Asker extends Session {
  ecs: ECSClient;
}

export async function readSource(asker: Asker, text: string): Promise<Sourced> {
  const source = parseSource(text);
  if (source.kind === "file") return { definition: await readDefinitionFile(source.path), arn: undefined };
  const { arn, definition } = await readRevision(asker, source.name);
  return { arn, definition };
}

async function readDefinitionFile(path: string): Promise<Registrable> {
  let document: unknown;
  try {
    document = parseDocument(await readFile(path, "utf8"));
  } catch (cause) {
    throw new ConfigurationError(`${path}: is neither JSON nor YAML: ${messageOf(cause).split("\n")[0]}`, { cause });
  }
  return registrable(document, path);
}

export async function readRevision(
  asker: Asker,
  name: string,
): Promise<{ arn: string; definition: Registrable; tags: Map<string, string>; active: boolean }> {
  const command = new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ["TAGS"] });
  const answer = await persist(asker, "ecs:DescribeTaskDefinition", () => asker.ecs.send(command)).catch(
    (error: unknown) => {
      if (!(error instanceof FailedError) || !/ClientException.*describe task definition/.test(error.message))
        throw error;
      throw new ConfigurationError(
        `There is no task definition ${name} in this region. Check its name, and AWS_REGION.`,
        { cause: error },
      );
    },
  );
  const tags = new Map((answer.tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  return {
    arn: answer.taskDefinition!.taskDefinitionArn!,
    definition: registrable({ taskDefinition: answer.taskDefinition, tags: answer.tags }, name),
    tags,
    active: answer.taskDefinition!.status !== "INACTIVE",
  };
}

export async function describeService(asker: Asker, target: { cluster: string; service: string }): Promise<Service> {
  const { cluster, service } = target;
  const { services = [] } = await persist(asker, "ecs:DescribeServices", () =>
    asker.ecs.send(new DescribeServicesCommand({ cluster, services: [service], include: ["TAGS"] })),
  );
  const found = services[0];
  if (!found)
    throw new ConfigurationError(
      `There is no service ${service} in the cluster ${cluster} of this region. Check the inputs service and cluster, and AWS_REGION.`,
    );
  if (found.status !== "ACTIVE")
    throw new ConfigurationError(`The service ${service} is ${found.status}, not ACTIVE: it is being deleted or was.`);
  return found;
}

export function tagOf(
  resource: { tags?: { key?: string | undefined; value?: string | undefined }[] | undefined },
  key: string,
): string | undefined {
  return resource.tags?.find((tag) => tag.key === key)?.value;
}
