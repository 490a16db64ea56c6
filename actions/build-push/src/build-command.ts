// Inputs → docker arguments, nothing else.
import type { Base } from "./bases.ts";
import type { Builder } from "./builder.ts";
import type { Inputs } from "./inputs.ts";
import { namedContextOptions } from "./named-contexts.ts";
import { cacheTag } from "./mutability.ts";
import { revisionLabel, type Repository } from "./repository.ts";

export interface Build {
  inputs: Inputs;
  builder: Builder;
  repository: Repository;
  bases: readonly Base[];
  /** The content tag. */
  tag: string;
  /** Symbolic links count. */
  hasLinks: boolean;
  version: string;
  /** ISO 8601. */
  builtAt: string;
  /** URL of the source repository; undefined: not known. */
  source: string | undefined;
  /** Folder that docker reads as the context: a link to that of the inputs, if BuildKit builds. */
  context: string;
  /** Path of buildx's metadata file, if the builder pushes by itself. */
  metadataFile: string;
}

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/**
 * Proxies and secrets are passed by name only: docker reads their values from its environment. Proxies are not part of
 * the image, and therefore not part of its content.
 */
export function buildCommand(build: Build, environment: NodeJS.ProcessEnv): string[] {
  const { inputs, builder, repository, bases, tag } = build;
  const buildx = builder.kind === "buildx";
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
    ...(inputs.cgroupParent ? ["--cgroup-parent", inputs.cgroupParent] : []),
    ...(inputs.shmSize ? ["--shm-size", inputs.shmSize] : []),
    ...options("ulimit", inputs.ulimits),
    ...options("add-host", inputs.addHosts),
    // The classic builder takes a layer from its cache when all that differs is where a link points to.
    ...(inputs.noCache || (!buildx && build.hasLinks) ? ["--no-cache"] : []),
    // It leaves the container of a step that failed.
    ...(buildx ? [] : ["--force-rm"]),
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
    build.context,
  ];
}

const options = (name: string, values: Iterable<string>): string[] =>
  [...values].flatMap((value) => [`--${name}`, value]);

const pairs = (entries: Iterable<readonly [string, string]>): string[] =>
  [...entries].map(([name, value]) => `${name}=${value}`);

function buildxOnly({ inputs, builder, metadataFile }: Build, bases: readonly Base[]): string[] {
  const attestations = builder.isFull ? ["--provenance", inputs.provenance, "--sbom", inputs.sbom] : [];
  const files = [...inputs.secretFiles].flatMap(([id, path]) => ["--secret", `id=${id},src=${path}`]);
  const values = [...inputs.secrets.keys(), ...inputs.secretEnvironment.keys()].flatMap((id, index) => [
    "--secret",
    `id=${id},env=${secretVariable(index)}`,
  ]);
  // The build uses the digests that were hashed, even if a tag moves in between.
  const pins = bases
    .filter(({ from }) => builder.isFull && from === "registry")
    .map(({ reference, digest }) => `${reference}=docker-image://${reference}@${digest}`);
  const output = builder.inEngine ? ["--load"] : ["--push", "--metadata-file", metadataFile];
  return [
    ...attestations,
    ...files,
    ...values,
    // Of two contexts with one name the last counts: the one that is asked for.
    ...options("build-context", [...pins, ...namedContextOptions(inputs.buildContexts, bases)]),
    ...options("annotation", inputs.annotations),
    ...options("ssh", inputs.ssh),
    ...options("allow", inputs.allow),
    ...options("no-cache-filter", inputs.noCacheFilters),
    ...output,
  ];
}

const secretVariable = (index: number): string => `BUILD_SECRET_${index}`;

/** The environment variables from which docker reads the build secrets. */
export function secretEnvironment(
  { secrets, secretEnvironment }: Inputs,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const values = [...secrets.values(), ...[...secretEnvironment.values()].map((name) => environment[name] ?? "")];
  return Object.fromEntries(values.map((value, index) => [secretVariable(index), value]));
}

function labelsOf({ inputs, version, builtAt, source }: Build): Map<string, string> {
  const own: [string, string][] = [
    ["org.opencontainers.image.version", inputs.tags[0] ?? version],
    ["org.opencontainers.image.created", builtAt],
    ...(source ? [["org.opencontainers.image.source", source] as [string, string]] : []),
  ];
  // docker/metadata-action has a revision too. This one is what /version and the next runs read.
  return new Map([...own, ...inputs.labels, [revisionLabel, version]]);
}

/**
 * The default layer cache: in the repository itself, if the builder supports it and the tag is mutable. Not for images
 * that are signed: the layers of a cache become layers of the image, and whoever may push may change the cache.
 */
function defaultCache({ builder, repository, inputs }: Build): string | undefined {
  return builder.kind === "buildx" &&
    builder.isFull &&
    repository.isMutable(cacheTag) &&
    inputs.signingKey === undefined
    ? `type=registry,ref=${repository.reference}:${cacheTag}`
    : undefined;
}

export function cacheFrom(build: Build): string[] {
  const { cacheFrom: requested } = build.inputs;
  return requested === "automatic" ? [defaultCache(build)].filter((entry) => entry !== undefined) : requested;
}

/** Errors are ignored for the default cache only: without it the next build is slower, but this one is fine. */
export function cacheTo(build: Build): string[] {
  const { cacheTo: requested } = build.inputs;
  if (requested !== "automatic") return requested.map(withEcrSettings);
  const cache = defaultCache(build);
  return cache ? [withEcrSettings(`${cache},ignore-error=true`)] : [];
}

/** ECR accepts a cache only as an image manifest with OCI media types; mode=max keeps the layers of all stages. */
function withEcrSettings(entry: string): string {
  if (!/(^|,)type=registry(,|$)/.test(entry)) return entry;
  const missing = ["mode=max", "image-manifest=true", "oci-mediatypes=true"].filter(
    (setting) => !new RegExp(`(^|,)${setting.split("=")[0]}=`).test(entry),
  );
  return [entry, ...missing].join(",");
}
