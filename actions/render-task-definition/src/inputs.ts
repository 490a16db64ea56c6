import type { LogDriver } from "@aws-sdk/client-ecs";
import {
  mergedChange,
  type ContainerChange,
  type DefinitionChange,
  type Mode,
} from "../../shared/src/ecs/task-definition/edit-definition.ts";
import { InputReader, type InputSource, type PairRules } from "../../shared/src/inputs.ts";
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
  /** What was taken differently from how it may have been meant, for the log. */
  notices: string[];
};

/** The compiler holds these to what the SDK knows. */
const logDrivers = Object.keys({
  awsfirelens: true,
  awslogs: true,
  fluentd: true,
  gelf: true,
  journald: true,
  "json-file": true,
  splunk: true,
  syslog: true,
} satisfies Record<LogDriver, true>);

/** As the AWS action takes lines: a name that is there twice has its last value, and lines end where their text does. */
const asThere: PairRules = { repeated: "last", blanks: "trimmed" };

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const containers = readContainers(read);
  for (const [name, image] of readImages(read)) containers.set(name, { ...containers.get(name), image });
  const names = read.names("container-name");
  const flat = readFlatChange(read);
  for (const name of names) {
    const change = mergedChange(containers.get(name), flat);
    if (change.image === undefined)
      read.problem(`image: is required with container-name (${name}); is the output that it comes from empty?`);
    containers.set(name, change);
  }
  const task = {
    cpu: read.optional("cpu"),
    memory: read.optional("memory"),
    taskRoleArn: parseRole(read, "task-role-arn", read.optional("task-role-arn")),
    executionRoleArn: parseRole(read, "execution-role-arn", read.optional("execution-role-arn")),
  };
  const tags = read.pairs("tags", "a line key=value");
  const unnamed = names.length === 0 ? flat : {};
  const sets = containers.size + tags.size + Object.keys(unnamed).length > 0;
  if (!sets && Object.values(task).every((value) => value === undefined)) {
    read.problem(
      "images: there is nothing to set; set images, for example api=${{ steps.build.outputs.image }}, " +
        "or another input that changes the task definition",
    );
  }
  const inputs = { ...readBase(read), change: { containers, ...task, tags }, unnamed, notices: read.notices };
  read.finish();
  return inputs;
}

/** ECS takes the name of a role, too; an ARN says in which account it is. */
function parseRole(read: InputReader, name: string, role: string | undefined): string | undefined {
  if (role !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(role))
    read.problem(`${name}: must be the ARN of a role, arn:aws:iam::<account>:role/<name>, not "${role}"`);
  return role;
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
  const image = parseImage(read, "image", read.optional("image"));
  const environment = read.pairs("environment-variables", "a line NAME=value", { repeated: "last" });
  for (const [name, value] of environment)
    if (/\s$/.test(value)) read.notice(`environment-variables: the value of ${name} ends with a blank, which is kept`);
  const secrets = read.pairs("secrets", "a line NAME=source", asThere);
  for (const name of environment.keys())
    if (secrets.has(name))
      read.problem(`environment-variables, secrets: ${name} is in both; ECS allows only one of them`);
  const logOptions = read.pairs("log-configuration-options", "a line option=value", asThere);
  const dockerLabels = read.pairs("docker-labels", "a line label=value", asThere);
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
    ...(image === undefined ? {} : { image }),
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

/** A JSON array as it is; other text is split into words. */
function readCommand(read: InputReader): string[] | undefined {
  const text = read.optional("command");
  if (text === undefined) return undefined;
  if (text.startsWith("[")) {
    const words = read.structured("command");
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
    read.problem('command: must be a JSON array of strings, for example ["sh", "-c", "npm start"]');
    return undefined;
  }
  const { words, isClosed } = splitWords(text);
  if (!isClosed) read.notice("command: a quote is not closed, so that the line is split at its spaces");
  return words;
}
