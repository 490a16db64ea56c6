import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseFindingRules, severities, type FindingRule, type Severity } from "./findings.ts";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Inputs {
  /** Folder of the build context. */
  context: string;
  dockerfile: string;
  /** Stage to build; undefined: the last one. */
  target: string | undefined;
  /** Name of the ECR repository, without the host. */
  repository: string;
  /** Host to use instead of the one that ECR reports. */
  registry: string | undefined;
  createRepository: boolean;
  buildArgs: Map<string, string>;
  /** "linux/amd64"; empty: the builder's own. */
  platforms: string[];
  /** Tags in the repository. */
  tags: string[];
  /** Tags with a registry and a repository: this one or others. */
  references: { host: string; name: string; tag: string }[];
  labels: Map<string, string>;
  cacheFrom: string[] | "automatic";
  cacheTo: string[] | "automatic";
  /** id → value, variable, path. */
  secrets: Map<string, string>;
  secretEnvironment: Map<string, string>;
  secretFiles: Map<string, string>;
  /** As in buildx: true, false, mode=max, … */
  provenance: string;
  sbom: string;
  noCache: boolean;
  pull: boolean;
  /** Network of the build steps (docker build --network). */
  network: string | undefined;
  builder: string | undefined;
  /** Maximum compressed size of each platform, in millions of bytes; undefined: no limit. */
  maxSize: number | undefined;
  /** Findings of this severity and above fail the step; undefined: findings are not checked. */
  failOnSeverity: Severity | undefined;
  ignoredFindings: FindingRule[];
  /** Seconds. */
  scanTimeout: number;
  /** PEM. */
  signingKey: string | undefined;
}

/** Set by the action itself; as inputs they would make every commit different content. */
const reserved = ["COMMIT", "BUILT_AT"];

export function readInputs(source: InputSource, environment = process.env): Inputs {
  const read = new InputReader(source);
  const context = read.optional("context") ?? ".";
  const { repository, tags, references } = readTags(read);
  const inputs: Inputs = {
    context,
    dockerfile: read.optional("file") ?? join(context, "Dockerfile"),
    target: read.optional("target"),
    repository,
    registry: read.optional("registry"),
    createRepository: read.boolean("create-repository", false),
    buildArgs: read.pairs("build-args", "a line NAME=value"),
    platforms: read.names("platforms"),
    tags,
    references,
    labels: read.pairs("labels", "a line name=value"),
    cacheFrom: readCache(read.lines("cache-from")),
    cacheTo: readCache(read.lines("cache-to")),
    secrets: read.pairs("secrets", "a line id=value"),
    secretEnvironment: trimmed(read.pairs("secret-envs", "a line id=VARIABLE")),
    secretFiles: trimmed(read.pairs("secret-files", "a line id=path")),
    provenance: read.optional("provenance") ?? "false",
    sbom: read.optional("sbom") ?? "false",
    noCache: read.boolean("no-cache", false),
    pull: read.boolean("pull", false),
    network: read.optional("network"),
    builder: read.optional("builder"),
    maxSize:
      read.optional("max-size") === undefined
        ? undefined
        : read.number("max-size", 0, { min: 0.001, max: 100_000, unit: "MB" }),
    failOnSeverity:
      read.optional("fail-on-severity") === undefined
        ? undefined
        : read.choice("fail-on-severity", severities, "CRITICAL"),
    ignoredFindings: parseFindingRules(read.lines("ignore-findings"), (problem) =>
      read.problem(`ignore-findings: ${problem}`),
    ),
    scanTimeout: read.number("scan-timeout", 300, { min: 1, max: 3600, unit: "seconds" }),
    signingKey: read.optional("signing-key"),
  };
  checkFiles(read, inputs);
  checkValues(read, inputs, environment);
  read.finish();
  return inputs;
}

const trimmed = (pairs: Map<string, string>): Map<string, string> =>
  new Map([...pairs].map(([name, value]) => [name, value.trim()]));

/** `none` disables the cache; an empty input leaves it to the action. */
const readCache = (lines: string[]): string[] | "automatic" =>
  lines.length === 0 ? "automatic" : lines.filter((line) => line !== "none");

/**
 * A tag without a host belongs to the repository. A full reference names its registry, and the repository if the input
 * repository is empty.
 */
function readTags(read: InputReader): Pick<Inputs, "repository" | "tags" | "references"> {
  const entries = read.names("tags");
  const references = entries
    .filter((entry) => entry.includes("/"))
    .flatMap((entry) => {
      const [, host, name, tag] = /^([\w.-]+(?::\d+)?)\/([a-z0-9][a-z0-9._/-]*):([^:/]+)$/.exec(entry) ?? [];
      if (host !== undefined && name !== undefined && tag !== undefined) return [{ host, name, tag }];
      read.problem(`tags: "${entry}" must be a tag, or host/repository:tag`);
      return [];
    });
  const repository =
    read.optional("repository") ?? references[0]?.name ?? read.required("repository", "rainbow-seeker-api");
  if (/[:@]/.test(repository))
    read.problem(`repository: must be a name without host, tag or digest, not "${repository}"`);
  const tags = entries.filter((entry) => !entry.includes("/"));
  for (const tag of [...tags, ...references.map((reference) => reference.tag)]) {
    if (!/^\w[\w.-]{0,127}$/.test(tag))
      read.problem(`tags: "${tag}" is not a tag: up to 128 letters, digits, "_", "." and "-"`);
    else if (tag.startsWith("content-"))
      read.problem(`tags: "${tag}": tags that start with content- are reserved for the action`);
  }
  return { repository, tags, references };
}

function checkFiles(read: InputReader, { context, dockerfile, secretFiles }: Inputs): void {
  if (/^(https?|git|ssh):\/\/|^git@/.test(context))
    read.problem(`context: must be a folder, not ${context}; check it out first, so that its content can be hashed`);
  else if (!statSync(context, { throwIfNoEntry: false })?.isDirectory())
    read.problem(`context: there is no folder ${context}; is the checkout step before this one?`);
  else if (!existsSync(dockerfile)) read.problem(`file: there is no file ${dockerfile}`);
  for (const [id, path] of secretFiles)
    if (!existsSync(path)) read.problem(`secret-files: ${id}: there is no file ${path}`);
}

function checkValues(read: InputReader, inputs: Inputs, environment: NodeJS.ProcessEnv): void {
  const { buildArgs, registry, platforms, cacheTo, labels } = inputs;
  for (const name of reserved) if (buildArgs.has(name)) read.problem(`build-args: ${name} is set by the action itself`);
  if (labels.has("org.opencontainers.image.revision"))
    read.problem("labels: org.opencontainers.image.revision is set by the action itself");
  if (registry !== undefined && !/^[\w.-]+(:\d+)?$/.test(registry))
    read.problem(`registry: must be a host or host:port, not "${registry}"`);
  for (const platform of platforms)
    if (!/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(platform))
      read.problem(`platforms: must be like linux/amd64, not "${platform}"`);
  for (const entry of cacheTo === "automatic" ? [] : cacheTo)
    if (!/(^|,)type=\w/.test(entry)) read.problem(`cache-to: must be like type=registry,ref=…, not "${entry}"`);
  checkSecrets(read, inputs, environment);
  if (inputs.ignoredFindings.length > 0 && inputs.failOnSeverity === undefined)
    read.problem("ignore-findings: has no effect without fail-on-severity");
  if (inputs.signingKey !== undefined && !/-----BEGIN (EC )?PRIVATE KEY-----/.test(inputs.signingKey))
    read.problem(
      "signing-key: must be an ECDSA P-256 private key in PEM, without a password: " +
        "openssl ecparam -name prime256v1 -genkey -noout",
    );
}

function checkSecrets(read: InputReader, inputs: Inputs, environment: NodeJS.ProcessEnv): void {
  const { secrets, secretEnvironment, secretFiles } = inputs;
  const ids = [...secrets.keys(), ...secretEnvironment.keys(), ...secretFiles.keys()];
  for (const id of ids)
    if (!/^[\w.-]+$/.test(id)) read.problem(`secrets: "${id}" is not an id: letters, digits, "_", "." and "-"`);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index)))
    read.problem(`secrets: ${id} is given twice`);
  for (const [id, name] of secretEnvironment)
    if (environment[name] === undefined) read.problem(`secret-envs: ${id}: the variable ${name} is not set`);
}
