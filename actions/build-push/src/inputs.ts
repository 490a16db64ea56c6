import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { InputReader, InputSource } from "../../shared/src/inputs.ts";
import { readAttestations, type Attestations } from "./attestations.ts";
import { parseFindingRules, severities, type FindingRule, type Severity } from "./findings.ts";
import { ListInputReader } from "./list-inputs.ts";
import { checkNamedContexts } from "./named-contexts.ts";
import { refuseOtherInputs } from "./other-inputs.ts";
import { readTags, type Tags } from "./tags.ts";

export interface Inputs extends Tags, Attestations {
  /** Folder of the build context. */
  context: string;
  dockerfile: string;
  /** Stage to build; undefined: the last one. */
  target: string | undefined;
  /** Host to use instead of the one that ECR reports. */
  registry: string | undefined;
  createRepository: boolean;
  buildArgs: Map<string, string>;
  /** Name → folder or docker-image://… */
  buildContexts: Map<string, string>;
  /** "linux/amd64"; empty: the builder's own. */
  platforms: string[];
  labels: Map<string, string>;
  /** `type:name=value` and `name=value`, as docker takes them. */
  annotations: string[];
  cacheFrom: string[] | "automatic";
  cacheTo: string[] | "automatic";
  /** id → value, variable, path. */
  secrets: Map<string, string>;
  secretEnvironment: Map<string, string>;
  secretFiles: Map<string, string>;
  /** SSH agent sockets and keys, as docker takes them. */
  ssh: string[];
  noCache: boolean;
  /** Stages that are built without cached layers. */
  noCacheFilters: string[];
  pull: boolean;
  /** Network of the build steps (docker build --network). */
  network: string | undefined;
  /** `name:address` for /etc/hosts of the build steps. */
  addHosts: string[];
  /** Privileges of the build, such as security.insecure. */
  allow: string[];
  cgroupParent: string | undefined;
  shmSize: string | undefined;
  /** nofile=1024:1024, … */
  ulimits: string[];
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
  const read = new ListInputReader(source);
  const context = read.optional("context") ?? ".";
  const inputs: Inputs = {
    context,
    dockerfile: existingDockerfile(read.optional("file") ?? join(context, "Dockerfile")),
    target: read.optional("target"),
    ...readTags(read),
    registry: read.optional("registry"),
    createRepository: read.boolean("create-repository", false),
    buildArgs: read.pairs("build-args", "a line NAME=value, or the NAME of a variable that is set", {
      fallback: (name) => variableIn(environment, name),
    }),
    buildContexts: read.pairs("build-contexts", "a line name=folder or name=docker-image://image"),
    platforms: read.names("platforms"),
    labels: read.pairs("labels", "a line name=value", { repeated: "last" }),
    annotations: read.lines("annotations"),
    cacheFrom: readCache(read.lines("cache-from")),
    cacheTo: readCache(read.lines("cache-to")),
    secrets: read.pairs("secrets", 'a line id=value; one of several lines is written in quotes, "id=value"', {
      secret: true,
    }),
    secretEnvironment: read.pairs("secret-envs", "a line id=VARIABLE", { splitsAtCommas: true }),
    secretFiles: read.pairs("secret-files", "a line id=path"),
    ssh: read.names("ssh"),
    ...readAttestations(read),
    noCache: read.boolean("no-cache", false),
    noCacheFilters: read.names("no-cache-filters"),
    pull: read.boolean("pull", false),
    network: read.optional("network"),
    addHosts: read.names("add-hosts"),
    allow: read.names("allow"),
    cgroupParent: read.optional("cgroup-parent"),
    shmSize: read.optional("shm-size"),
    ulimits: read.lines("ulimit"),
    builder: read.optional("builder"),
    maxSize: read.number("max-size", undefined, { min: 0.001, max: 100_000, unit: "MB" }),
    failOnSeverity: read.choice("fail-on-severity", severities, undefined),
    ignoredFindings: parseFindingRules(read.lines("ignore-findings"), (problem) =>
      read.problem(`ignore-findings: ${problem}`),
    ),
    scanTimeout: read.number("scan-timeout", 300, { min: 1, max: 3600, unit: "seconds" }),
    signingKey: read.optional("signing-key"),
  };
  refuseOtherInputs(read);
  checkFiles(read, inputs);
  checkNamedContexts(read, inputs.buildContexts);
  checkValues(read, inputs, environment);
  read.finish();
  return inputs;
}

/** As in docker, which finds `dockerfile` where `Dockerfile` is missing (buildx: handleLowercaseDockerfile). */
function existingDockerfile(path: string): string {
  const lowerCase = join(dirname(path), "dockerfile");
  return basename(path) === "Dockerfile" && !isFile(path) && isFile(lowerCase) ? lowerCase : path;
}

/** Not what every object has, such as `constructor`. */
const variableIn = (environment: NodeJS.ProcessEnv, name: string): string | undefined =>
  Object.hasOwn(environment, name) ? environment[name] : undefined;

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** `none` disables the cache; an empty input leaves it to the action. */
const readCache = (lines: string[]): string[] | "automatic" =>
  lines.length === 0 ? "automatic" : lines.filter((line) => line !== "none");

function checkFiles(read: InputReader, { context, dockerfile, secretFiles }: Inputs): void {
  if (/^(https?|git|ssh):\/\/|^git@|^\{\{/.test(context))
    read.problem(`context: must be a folder, not ${context}; check it out first, so that its content can be hashed`);
  else if (!statSync(context, { throwIfNoEntry: false })?.isDirectory())
    read.problem(`context: there is no folder ${context}; is the checkout step before this one?`);
  else if (!isFile(dockerfile)) read.problem(`file: there is no file ${dockerfile}`);
  for (const [id, path] of secretFiles)
    if (!isFile(path)) read.problem(`secret-files: ${id}: there is no file ${path}`);
}

function checkValues(read: InputReader, inputs: Inputs, environment: NodeJS.ProcessEnv): void {
  const { buildArgs, registry, platforms, cacheTo } = inputs;
  for (const name of reserved) if (buildArgs.has(name)) read.problem(`build-args: ${name} is set by the action itself`);
  for (const annotation of inputs.annotations) checkAnnotation(read, annotation);
  if (registry !== undefined && !/^[\w.-]+(:\d+)?$/.test(registry))
    read.problem(`registry: must be a host or host:port, not "${registry}"`);
  for (const platform of platforms)
    if (!/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(platform))
      read.problem(`platforms: must be like linux/amd64, not "${platform}"`);
  for (const entry of cacheTo === "automatic" ? [] : cacheTo)
    if (!/(^|,)type=\w/.test(entry)) read.problem(`cache-to: must be like type=registry,ref=…, not "${entry}"`);
  checkSecrets(read, inputs, environment);
  if (inputs.ssh.includes("default") && !environment["SSH_AUTH_SOCK"])
    read.problem("ssh: default: the variable SSH_AUTH_SOCK is not set; start an SSH agent before this step");
  if (inputs.ignoredFindings.length > 0 && inputs.failOnSeverity === undefined)
    read.problem("ignore-findings: has no effect without fail-on-severity");
  if (inputs.signingKey !== undefined && !/-----BEGIN (EC )?PRIVATE KEY-----/.test(inputs.signingKey))
    read.problem(
      "signing-key: must be an ECDSA P-256 private key in PEM, without a password: " +
        "openssl ecparam -name prime256v1 -genkey -noout",
    );
}

/** The grammar of buildx: ParseAnnotations. */
const annotationTypes =
  /^(index|manifest)(-descriptor)?(\[[\w/-]+\])?(,(index|manifest)(-descriptor)?(\[[\w/-]+\])?)*$/;

function checkAnnotation(read: InputReader, annotation: string): void {
  const [, types, name] = /^(?:([^:=]*):)?([^=]*)=/.exec(annotation) ?? [];
  if (!name || (types !== undefined && !annotationTypes.test(types)))
    read.problem(`annotations: "${annotation}" must be name=value, manifest:name=value or index:name=value`);
}

function checkSecrets(read: InputReader, inputs: Inputs, environment: NodeJS.ProcessEnv): void {
  const { secrets, secretEnvironment, secretFiles } = inputs;
  const ids = [...secrets.keys(), ...secretEnvironment.keys(), ...secretFiles.keys()];
  for (const [index, id] of ids.entries())
    if (!/^[\w.-]+$/.test(id)) {
      // What is before the first "=" of an entry of secrets may be a line of a secret.
      const shown = index < secrets.size ? `that of entry ${index + 1}` : `"${id}"`;
      read.problem(`secrets: an id has letters, digits, "_", "." and "-", not ${shown}`);
    }
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index)))
    read.problem(`secrets: ${id} is given twice`);
  for (const [id, name] of secretEnvironment)
    if (variableIn(environment, name) === undefined)
      read.problem(`secret-envs: ${id}: the variable ${name} is not set`);
}

/**
 * What was asked for and is not done if nothing is built. `pull`, `provenance` and `sbom` are done: the content has the
 * digests of the base images, and the attestations.
 */
export function withoutEffect({ noCache, noCacheFilters }: Inputs): string | undefined {
  const given = [...(noCache ? ["no-cache"] : []), ...(noCacheFilters.length > 0 ? ["no-cache-filters"] : [])];
  if (given.length === 0) return undefined;
  return (
    `${given.join(", ")}: without effect, because this content was built before. To build it again, ` +
    "change what counts: a build argument that the Dockerfile declares, for example one with the date"
  );
}
