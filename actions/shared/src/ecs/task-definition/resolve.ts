// Where a task definition comes from: a file, a revision, or a service.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { DescribeTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { goOnWithout, withRetry } from "../../aws.ts";
import { parseDocument } from "../../document.ts";
import { ConfigurationError, FailedError, messageOf } from "../../errors.ts";
import type { EcsReader } from "../service.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";
import { required } from "../../required.ts";

/**
 * Terraform's own revision of a service, written by infra/modules/service: the shape that each deployment starts from.
 */
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
export interface ResolvedTaskDefinition {
  definition: TaskDefinitionInput;
  arn: string | undefined;
  /** Of a registered one. */
  tags?: ReadonlyMap<string, string>;
}

/** Loaded when there is a definition to read: the first call of a run does not wait for it. */
const readingDefinitions = () => import("./read-definition.ts");

export async function resolveTaskDefinition(reader: EcsReader, text: string): Promise<ResolvedTaskDefinition> {
  const source = parseSource(text);
  if (source.kind === "file") return { definition: await readDefinitionFile(source.path, reader.log), arn: undefined };
  const { arn, definition, tags } = await readRevision(reader, source.name);
  return { arn, definition, tags };
}

async function readDefinitionFile(path: string, log: EcsReader["log"]): Promise<TaskDefinitionInput> {
  const { readDefinition } = await readingDefinitions();
  let document: unknown;
  try {
    document = parseDocument(await readFile(path, "utf8"));
  } catch (cause) {
    throw new ConfigurationError(`${path}: is neither JSON nor YAML: ${messageOf(cause).split("\n")[0]}`, { cause });
  }
  const { definition, notices } = readDefinition(document, path);
  for (const notice of notices) log(`${path}: ${notice}`);
  return definition;
}

export async function readRevision(
  reader: EcsReader,
  name: string,
): Promise<{ arn: string; definition: TaskDefinitionInput; tags: Map<string, string>; active: boolean }> {
  const command = new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ["TAGS"] });
  const answer = await withRetry(reader, "ecs:DescribeTaskDefinition", () => reader.ecs.send(command)).catch(
    (error: unknown) => {
      if (!(error instanceof FailedError) || !/ClientException.*describe task definition/.test(error.message))
        throw error;
      throw new ConfigurationError(
        `There is no task definition ${name} in this region. Check its name, and AWS_REGION.`,
        { cause: error },
      );
    },
  );
  const { toTaskDefinitionInput } = await readingDefinitions();
  const tags = new Map((answer.tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const described = required(answer.taskDefinition, "ecs:DescribeTaskDefinition: taskDefinition");
  return {
    arn: required(described.taskDefinitionArn, "ecs:DescribeTaskDefinition: taskDefinitionArn"),
    definition: toTaskDefinitionInput({ taskDefinition: described, tags: answer.tags }, name),
    tags,
    active: described.status !== "INACTIVE",
  };
}

export const unknownRevision =
  "whether the revision that runs, or the family's latest, is the same already is unknown, so that a new one is registered and deployed in any case; what changes is not shown, and the tags of the running revision (deploy:schema, deploy:verified-at) are not taken into account";

/** A revision that is running; its content is undefined where the role may not read it. */
export interface RunningRevision {
  arn: string;
  definition: TaskDefinitionInput | undefined;
  tags: Map<string, string>;
}

/** For comparisons and tags only: the work goes on where the role may not read it. */
export async function readRunningRevision(reader: EcsReader, arn: string): Promise<RunningRevision> {
  try {
    return await readRevision(reader, arn);
  } catch (error) {
    goOnWithout(reader, "ecs:DescribeTaskDefinition", error, unknownRevision);
    return { arn, definition: undefined, tags: new Map() };
  }
}
