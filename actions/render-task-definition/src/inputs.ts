import type { ContainerChange, DefinitionChange, Mode } from "../../shared/src/ecs/task-definition/edit-definition.ts";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import { splitWords } from "../../shared/src/words.ts";
import { readContainers } from "./containers.ts";

interface Target {
  cluster: string;
  service: string;
}

/** The source, and the service that the output `changed` compares with; without a source, the service's template. */
type Base = { source: string; service: Target | undefined } | { source: undefined; service: Target };

export type Inputs = Base & {
  change: DefinitionChange;
  /** Changes without a container's name: they apply to the only container. */
  unnamed: ContainerChange;
};

/** The log drivers that ECS supports (API reference, LogConfiguration). */
const logDrivers = ["json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens"];

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const containers = readContainers(read);
  const images = readImages(read);
  for (const [name, image] of images) containers.set(name, { ...containers.get(name), image });
  const name = read.optional("container-name");
  const flat = readFlatChange(read);
  const image = parseImage(read, "image", read.optional("image"));
  if (image !== undefined) flat.image = image;
  if (name !== undefined && image === undefined && containers.get(name)?.image === undefined) {
    read.problem("image: is required with container-name; is the output that it comes from empty?");
  }
  if (name !== undefined) containers.set(name, { ...containers.get(name), ...flat });
  const change: DefinitionChange = {
    containers,
    cpu: read.optional("cpu"),
    memory: read.optional("memory"),
    tags: read.pairs("tags", "a line key=value"),
  };
  const inputs = { ...readBase(read), change, unnamed: name === undefined ? flat : {} };
  if (
    containers.size === 0 &&
    Object.keys(inputs.unnamed).length === 0 &&
    !change.cpu &&
    !change.memory &&
    (change.tags?.size ?? 0) === 0
  ) {
    read.problem(
      "images: there is nothing to set; set images, for example api=${{ steps.build.outputs.image }}, " +
        "or another input that changes the task definition",
    );
  }
  read.finish();
  return inputs;
}

/**
 * A service, or a file, family:revision or ARN in `task-definition`; and the three inputs that
 * aws-actions/amazon-ecs-render-task-definition has for a revision.
 */
function readBase(read: InputReader): Base {
  const definition = read.optional("task-definition");
  const arn = read.optional("task-definition-arn");
  const family = read.optional("task-definition-family");
  const revision = read.optional("task-definition-revision");
  const service = read.optional("service");
  const cluster = read.optional("cluster") ?? "default";
  if (revision !== undefined && !/^[1-9]\d*$/.test(revision))
    read.problem(`task-definition-revision: must be a whole number, not "${revision}"`);
  if (revision !== undefined && family === undefined && definition === undefined && arn === undefined) {
    read.problem(
      "task-definition-revision: requires task-definition-family; or use task-definition with family:revision",
    );
  }
  const fromFamily = family === undefined ? undefined : revision === undefined ? family : `${family}:${revision}`;
  // If several are set, the AWS action uses the file, then the ARN, then the family.
  const source = definition ?? arn ?? fromFamily;
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
      read.problem(`images: ${container} has no image after the =; is the output that it comes from empty?`);
    images.set(container, parseImage(read, `images: ${container}`, image) ?? "");
  }
  return images;
}

function parseImage(read: InputReader, where: string, text: string | undefined): string | undefined {
  const image = text?.trim();
  if (image !== undefined && /\s/.test(image)) read.problem(`${where}: the image "${image}" contains a space`);
  return image;
}

/** The inputs for one container. The result has only the fields whose inputs are set. */
function readFlatChange(read: InputReader): ContainerChange {
  const environment = read.pairs("environment-variables", "a line NAME=value");
  const secrets = read.pairs("secrets", "a line NAME=source");
  for (const name of environment.keys())
    if (secrets.has(name))
      read.problem(`environment-variables, secrets: ${name} is in both; ECS allows only one of them`);
  const logOptions = read.pairs("log-configuration-options", "a line option=value");
  const dockerLabels = read.pairs("docker-labels", "a line label=value");
  const unset = read.lines("unset-environment-variables");
  const mode = read.choice("environment-mode", ["merge", "replace"] as const, "merge");
  const environmentFiles = read.lines("env-files");
  for (const file of environmentFiles)
    if (!/^arn:[\w-]+:s3:::[^/]+\/.+\.env$/.test(file))
      read.problem(`env-files: "${file}" is not the ARN of an S3 object that ends in .env, as ECS requires`);
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

/** A JSON array as it is; other text is split as a shell does. */
function readCommand(read: InputReader): string[] | undefined {
  const text = read.optional("command");
  if (text === undefined) return undefined;
  const words = text.startsWith("[") ? read.structured("command") : splitWords(text);
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  if (text.startsWith("["))
    read.problem('command: must be a JSON array of strings, for example ["sh", "-c", "npm start"]');
  else read.problem(`command: a quote is not closed: ${text}`);
  return undefined;
}
