// The builder that is available, and what it supports.
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import { inspectBuilder } from "./buildx.ts";
import { normalPlatform } from "./dockerfile/platform.ts";
import { lastLines, type RunProcess } from "../../shared/src/process.ts";

/** What is known of a builder before it has to build. */
export interface FoundBuilder {
  kind: "buildx" | "classic" | "none";
  /** For logs and the summary: "buildx with the docker-container driver (builder ci)". */
  description: string;
  /** It builds into the engine, and `docker push` pushes the image; otherwise the builder pushes by itself. */
  inEngine: boolean;
  /** Its own platform, "linux/amd64"; undefined: not known. */
  platform: string | undefined;
  /** Why there is no usable builder, if there is none. */
  problem?: string;
}

export interface Builder extends FoundBuilder {
  /** Supports several platforms, attestations, and a layer cache in a registry. */
  isFull: boolean;
}

const daemonUnreachable =
  /cannot connect to the docker daemon|is the docker daemon running|error during connect|connection refused/i;

/**
 * The requested builder, or the one that `docker buildx` would use; without buildx the classic builder. Never throws:
 * it is not known yet whether anything has to be built.
 */
export async function detectBuilder(
  run: RunProcess,
  requested: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<FoundBuilder> {
  try {
    const { code, stdout, stderr } = await inspectBuilder(requested, { run, env });
    if (/unknown command|is not a docker command/i.test(stderr))
      return requested ? noBuilder(withoutBuildx(requested)) : classic(await enginePlatform(run, env));
    const text = `${stdout}\n${stderr}`;
    const [name, driver] = [field(stdout, "Name"), field(stdout, "Driver")];
    if (code !== 0 || driver === undefined)
      return noBuilder(
        daemonUnreachable.test(text) ? describeUnreachable(text) : `docker buildx inspect: ${lastLines(text, 3)}`,
      );
    const inEngine = driver === "docker";
    if (inEngine && daemonUnreachable.test(text)) return noBuilder(describeUnreachable(text));
    const isHere = inEngine || driver === "docker-container";
    return {
      kind: "buildx",
      description: `buildx with the ${driver} driver (builder ${name})`,
      inEngine,
      platform: firstPlatform(stdout) ?? (isHere ? await enginePlatform(run, env) : undefined),
    };
  } catch (error) {
    return noBuilder(messageOf(error));
  }
}

/** What a build has to know as well. It takes another question to the engine, which an unchanged image need not wait for. */
export async function withFeatures(builder: FoundBuilder, run: RunProcess, env: NodeJS.ProcessEnv): Promise<Builder> {
  const isInEngine = builder.kind === "buildx" && builder.inEngine;
  return { ...builder, isFull: isInEngine ? await hasContainerdStore(run, env) : builder.kind === "buildx" };
}

const field = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(\\S+)`, "m").exec(text)?.[1];

/** "Platforms: linux/amd64*, linux/arm64" of the first node: its own is the first. A builder that is not running has none. */
function firstPlatform(text: string): string | undefined {
  const [, platform] = /^Platforms:[ \t]*([\w./-]+)/m.exec(text) ?? [];
  return platform && normalPlatform(platform);
}

const withoutBuildx = (requested: string): string =>
  `builder ${requested} needs the buildx plugin, which is not installed. Install it (docker/setup-buildx-action)`;

const classic = (platform: string | undefined): FoundBuilder => ({
  kind: "classic",
  description: "the classic builder (no buildx installed)",
  inEngine: true,
  platform,
});

const noBuilder = (problem: string): FoundBuilder => ({
  kind: "none",
  description: "no builder",
  inEngine: false,
  platform: undefined,
  problem,
});

function describeUnreachable(text: string): string {
  const line = text.split("\n").find((candidate) => daemonUnreachable.test(candidate)) ?? "";
  return `the Docker engine does not respond. Start it, or use a runner with Docker.\n  docker: ${line.trim()}`;
}

/** undefined: there is no engine, which a separate builder does not need */
async function enginePlatform(run: RunProcess, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { stdout } = await run(["docker", "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"], { env });
  const [platform] = /^\w+\/\w+$/m.exec(stdout) ?? [];
  return platform && normalPlatform(platform);
}

/** With the containerd image store, the engine's BuildKit supports what a separate builder does. */
async function hasContainerdStore(run: RunProcess, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { stdout } = await run(["docker", "info", "--format", "{{json .DriverStatus}}"], { env });
  return stdout.includes("io.containerd.snapshotter");
}

export interface BuildRequirements {
  platforms: readonly string[];
  provenance: string;
  sbom: string;
  cacheTo: readonly string[];
  /** Whether there are OCI annotations. */
  annotations: boolean;
  /** Inputs that are given and that only BuildKit has. */
  buildKit: readonly string[];
}

/** @throws ConfigurationError that lists each requirement this builder does not support, and the setup that does. */
export function assertSupported(builder: Builder, requirements: BuildRequirements): void {
  if (builder.kind === "none") throw new ConfigurationError(`No builder is available: ${builder.problem}`);
  const problems: string[] = [];
  if (!builder.isFull) {
    if (requirements.platforms.length > 1)
      problems.push(`platforms: ${requirements.platforms.join(", ")} in one build`);
    if (requirements.provenance !== "false") problems.push("provenance: attestations");
    if (requirements.sbom !== "false") problems.push("sbom: attestations");
    if (requirements.annotations) problems.push("annotations: OCI annotations");
    for (const entry of requirements.cacheTo)
      if (!/(^|,)type=inline(,|$)/.test(entry)) problems.push(`cache-to: ${entry}`);
  }
  if (builder.kind === "classic") problems.push(...requirements.buildKit.map((input) => `${input}: requires BuildKit`));
  if (problems.length === 0) return;
  throw new ConfigurationError(
    [
      `This runner builds with ${builder.description}, which does not support:`,
      ...problems.map((problem) => `  ${problem}`),
      "A separate builder does: add docker/setup-buildx-action before this step, " +
        "or run: docker buildx create --use --driver docker-container. " +
        "So does an engine with the containerd image store.",
    ].join("\n"),
  );
}
