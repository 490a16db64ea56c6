import type { ContainerChange, DefinitionChange, Mode } from "../../shared/src/ecs/task-definition/edit-definition.ts";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import { splitWords } from "../../shared/src/words.ts";
import { readContainers } from "./containers.ts";

interface Target {
  cluster: string;
  service: string;
}

/** Where the definition comes from, and the service that `changed` compares with; without a source, the service's own. */
type Base = { source: string; service: Target | undefined } | { source: undefined; service: Target };

export type Inputs = Base & {
  change: DefinitionChange;
  /** Changes whose container is not named: they are for the only one that there is. */
  unnamed: ContainerChange;
};

/** Of the log drivers that ECS knows (API reference, LogConfiguration). */
const logDrivers = ["json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens"];

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const containers = readContainers(read);
  const images = readImages(read);
  for (const [name, image] of images) containers.set(name, { ...containers.get(name), image });
  const named = read.optional("container-name");
  const flat = readFlatChange(read);
  const image = imageText(read, "image", read.optional("image"));
  if (image !== undefined) flat.image = image;
  if (named !== undefined && image === undefined && containers.get(named)?.image === undefined) {
    read.problem("image: is required with container-name; is the output that it comes from empty?");
  }
  if (named !== undefined) containers.set(named, { ...containers.get(named), ...flat });
  const change: DefinitionChange = {
    containers,
    cpu: read.optional("cpu"),
    memory: read.optional("memory"),
    tags: read.pairs("tags", "a line key=value"),
  };
  const inputs = { ...readBase(read), change, unnamed: named === undefined ? flat : {} };
  if (
    containers.size === 0 &&
    Object.keys(inputs.unnamed).length === 0 &&
    !change.cpu &&
    !change.memory &&
    (change.tags?.size ?? 0) === 0
  ) {
    read.problem(
      "images: there is nothing to set; give images, for example api=${{ steps.build.outputs.image }}, or another input that changes something",
    );
  }
  read.finish();
  return inputs;
}

/** The peer's three ways to name a revision, and ours: a file, family:revision or ARN in one input, or a service. */
function readBase(read: InputReader): Base {
  const given = read.optional("task-definition");
  const arn = read.optional("task-definition-arn");
  const family = read.optional("task-definition-family");
  const revision = read.optional("task-definition-revision");
  const service = read.optional("service");
  const cluster = read.optional("cluster") ?? "default";
  if (revision !== undefined && !/^[1-9]\d*$/.test(revision))
    read.problem(`task-definition-revision: must be a whole number, not "${revision}"`);
  if (revision !== undefined && family === undefined && given === undefined && arn === undefined) {
    read.problem(
      "task-definition-revision: says nothing alone; give task-definition-family too, or task-definition: family:revision",
    );
  }
  const named = family === undefined ? undefined : revision === undefined ? family : `${family}:${revision}`;
  // Of several the peer takes the file, then the ARN, then the family.
  const source = given ?? arn ?? named;
  if (source === undefined && service === undefined && revision === undefined)
    read.problem("task-definition or service: one of the two is required, for example service: rainbow-seeker-api");
  const target = { cluster, service: service ?? "" };
  if (source === undefined) return { source, service: target };
  return { source, service: service === undefined ? undefined : target };
}

function readImages(read: InputReader): Map<string, string> {
  const images = new Map<string, string>();
  for (const [container, image] of read.pairs("images", "a line container=image")) {
    if (image.trim() === "")
      read.problem(`images: ${container} has no image behind the =; is the output that it comes from empty?`);
    images.set(container, imageText(read, `images: ${container}`, image) ?? "");
  }
  return images;
}

function imageText(read: InputReader, where: string, text: string | undefined): string | undefined {
  const image = text?.trim();
  if (image !== undefined && /\s/.test(image))
    read.problem(`${where}: an image has no space in its name, this has: "${image}"`);
  return image;
}

/** Inputs about one container. Only what is given is in the answer. */
function readFlatChange(read: InputReader): ContainerChange {
  const environment = read.pairs("environment-variables", "a line NAME=value");
  const secrets = read.pairs("secrets", "a line NAME=source");
  for (const name of environment.keys())
    if (secrets.has(name))
      read.problem(`environment-variables, secrets: ${name} is in both; ECS takes it from one of the two`);
  const logOptions = read.pairs("log-configuration-options", "a line option=value");
  const dockerLabels = read.pairs("docker-labels", "a line label=value");
  const unset = read.lines("unset-environment-variables");
  const mode = read.choice("environment-mode", ["merge", "replace"] as const, "merge");
  const environmentFiles = read.lines("env-files");
  for (const file of environmentFiles)
    if (!/^arn:[\w-]+:s3:::[^/]+\/.+\.env$/.test(file))
      read.problem(`env-files: "${file}" is not the ARN of an object in S3 that ends in .env, which is what ECS reads`);
  const logDriver = read.optional("log-configuration-log-driver");
  if (logDriver !== undefined && !logDrivers.includes(logDriver))
    read.problem(`log-configuration-log-driver: must be one of ${logDrivers.join(", ")}, not "${logDriver}"`);
  const command = readCommand(read);
  return {
    ...(environment.size > 0 ? { environment } : {}),
    ...(secrets.size > 0 ? { secrets } : {}),
    ...(mode === "replace" ? { mode: mode as Mode } : {}),
    ...(unset.length > 0 ? { unset } : {}),
    ...(logDriver === undefined ? {} : { logDriver }),
    ...(logOptions.size > 0 ? { logOptions } : {}),
    ...(dockerLabels.size > 0 ? { dockerLabels } : {}),
    ...(environmentFiles.length > 0 ? { environmentFiles } : {}),
    ...(command === undefined ? {} : { command }),
  };
}

/** A JSON array as it is; other text as a shell takes it apart. */
function readCommand(read: InputReader): string[] | undefined {
  const text = read.optional("command");
  if (text === undefined) return undefined;
  const words = text.startsWith("[") ? read.structured("command") : splitWords(text);
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  if (text.startsWith("["))
    read.problem('command: must be a JSON array of texts, for example ["sh", "-c", "npm start"]');
  else read.problem(`command: a quote is not closed: ${text}`);
  return undefined;
}
