// Inputs → the arguments of docker, nothing else.
import type { Base } from "./bases.ts";
import type { Builder } from "./builder.ts";
import type { Inputs } from "./inputs.ts";
import { cacheTag, revisionLabel, type Repository } from "./repository.ts";

export interface Build {
  inputs: Inputs;
  builder: Builder;
  repository: Repository;
  bases: readonly Base[];
  /** Tag of the content. */
  tag: string;
  version: string;
  /** ISO 8601. */
  builtAt: string;
  /** Address of the sources; undefined: not known. */
  source: string | undefined;
  /** Path for the builder's own record, where it pushes itself. */
  metadataFile: string;
}

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/**
 * Proxies and secrets reach the build by name alone: docker takes their values from its environment. Proxies are no part of
 * the image, so they are no part of its content either.
 */
export function buildCommand(build: Build, environment: NodeJS.ProcessEnv): string[] {
  const { inputs, builder, repository, bases, tag } = build;
  const buildx = builder.kind === "buildx";
  const options = (name: string, values: Iterable<string>) => [...values].flatMap((value) => [`--${name}`, value]);
  return [
    "docker",
    ...(buildx ? ["buildx", "build", "--progress", "plain"] : ["build"]),
    ...(buildx && inputs.builder ? ["--builder", inputs.builder] : []),
    "--file",
    inputs.dockerfile,
    "--tag",
    `${repository.reference}:${tag}`,
    ...(inputs.target ? ["--target", inputs.target] : []),
    ...(inputs.platforms.length > 0 ? ["--platform", inputs.platforms.join(",")] : []),
    ...(inputs.network ? ["--network", inputs.network] : []),
    ...(inputs.noCache ? ["--no-cache"] : []),
    ...(inputs.pull ? ["--pull"] : []),
    ...options("build-arg", pairs([...inputs.buildArgs, ["COMMIT", build.version], ["BUILT_AT", build.builtAt]])),
    ...options(
      "build-arg",
      proxyVariables.filter((name) => environment[name]),
    ),
    ...options("label", pairs(labelsOf(build))),
    ...options("cache-from", cacheFrom(build)),
    ...options("cache-to", cacheTo(build)),
    ...(buildx ? buildxOnly(build, bases) : []),
    inputs.context,
  ];
}

const pairs = (entries: Iterable<readonly [string, string]>): string[] =>
  [...entries].map(([name, value]) => `${name}=${value}`);

function buildxOnly({ inputs, builder, metadataFile }: Build, bases: readonly Base[]): string[] {
  const attestations = builder.isFull ? ["--provenance", inputs.provenance, "--sbom", inputs.sbom] : [];
  const files = [...inputs.secretFiles].flatMap(([id, path]) => ["--secret", `id=${id},src=${path}`]);
  const values = [...inputs.secrets.keys(), ...inputs.secretEnvironment.keys()].flatMap((id, index) => [
    "--secret",
    `id=${id},env=${secretVariable(index)}`,
  ]);
  // What was hashed is what is built on, also when the tag moves in between.
  const pins = bases
    .filter(({ from }) => builder.isFull && from === "registry")
    .flatMap(({ reference, digest }) => ["--build-context", `${reference}=docker-image://${reference}@${digest}`]);
  const output = builder.inEngine ? ["--load"] : ["--push", "--metadata-file", metadataFile];
  return [...attestations, ...files, ...values, ...pins, ...output];
}

const secretVariable = (index: number): string => `BUILD_SECRET_${index}`;

/** Variables that the build's secrets come from. */
export function secretEnvironment(
  { secrets, secretEnvironment }: Inputs,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const values = [...secrets.values(), ...[...secretEnvironment.values()].map((name) => environment[name] ?? "")];
  return Object.fromEntries(values.map((value, index) => [secretVariable(index), value]));
}

function labelsOf({ inputs, version, builtAt, source }: Build): Map<string, string> {
  const own: [string, string][] = [
    [revisionLabel, version],
    ["org.opencontainers.image.version", inputs.tags[0] ?? version],
    ["org.opencontainers.image.created", builtAt],
    ...(source ? [["org.opencontainers.image.source", source] as [string, string]] : []),
  ];
  return new Map([...own, ...inputs.labels]);
}

/** Where the cache of layers lies by default: in the repository itself, if the builder can and the tag may move. */
function defaultCache({ builder, repository }: Build): string | undefined {
  return builder.kind === "buildx" && builder.isFull && repository.mayMove(cacheTag)
    ? `type=registry,ref=${repository.reference}:${cacheTag}`
    : undefined;
}

export function cacheFrom(build: Build): string[] {
  const { cacheFrom: wanted } = build.inputs;
  return wanted === "automatic" ? [defaultCache(build)].filter((entry) => entry !== undefined) : wanted;
}

/** A cache that cannot be written is a slow build tomorrow, not a failed one today: that is for the default alone. */
export function cacheTo(build: Build): string[] {
  const { cacheTo: wanted } = build.inputs;
  if (wanted !== "automatic") return wanted.map(ecrSafe);
  const usual = defaultCache(build);
  return usual ? [ecrSafe(`${usual},ignore-error=true`)] : [];
}

/** ECR takes a cache only as an image manifest of OCI's types; mode=max keeps the layers of all stages. */
function ecrSafe(entry: string): string {
  if (!/(^|,)type=registry(,|$)/.test(entry)) return entry;
  const missing = ["mode=max", "image-manifest=true", "oci-mediatypes=true"].filter(
    (setting) => !new RegExp(`(^|,)${setting.split("=")[0]}=`).test(entry),
  );
  return [entry, ...missing].join(",");
}
