// What builds here, and what it can do.
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import { lastLines, type RunProcess } from "../../shared/src/process.ts";

export interface Builder {
  kind: "buildx" | "classic" | "none";
  /** For people: "buildx with the driver docker-container (builder ci)". */
  description: string;
  /** Its images lie in the engine, from where they are pushed; otherwise it pushes itself. */
  inEngine: boolean;
  /** Several platforms, attestations, layer cache in a registry. */
  isFull: boolean;
  /** Why nothing can be built, where that is so. */
  problem?: string;
}

const daemonUnreachable =
  /cannot connect to the docker daemon|is the docker daemon running|error during connect|connection refused/i;

/**
 * Looks at the builder that `docker buildx` would use, or that is named; the classic builder where there is no buildx. Never
 * fails: whether something is built at all is known later.
 */
export async function detectBuilder(
  run: RunProcess,
  wanted: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Builder> {
  try {
    const { code, stdout, stderr } = await run(["docker", "buildx", "inspect", ...(wanted ? [wanted] : [])], { env });
    if (/unknown command|is not a docker command/i.test(stderr)) return classic(wanted);
    const text = `${stdout}\n${stderr}`;
    const [name, driver] = [field(stdout, "Name"), field(stdout, "Driver")];
    if (code !== 0 || driver === undefined)
      return noBuilder(
        daemonUnreachable.test(text) ? describeUnreachable(text) : `docker buildx inspect says: ${lastLines(text, 3)}`,
      );
    const inEngine = driver === "docker";
    if (inEngine && daemonUnreachable.test(text)) return noBuilder(describeUnreachable(text));
    return {
      kind: "buildx",
      description: `buildx with the driver ${driver} (builder ${name})`,
      inEngine,
      isFull: !inEngine || (await hasContainerdStore(run, env)),
    };
  } catch (error) {
    return noBuilder(messageOf(error));
  }
}

const field = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(\\S+)`, "m").exec(text)?.[1];

function classic(wanted: string | undefined): Builder {
  if (wanted)
    return noBuilder(
      `there is no buildx here, and so no builder ${wanted}. Install docker's plugin buildx (docker/setup-buildx-action)`,
    );
  return { kind: "classic", description: "the classic builder (there is no buildx)", inEngine: true, isFull: false };
}

const noBuilder = (problem: string): Builder => ({
  kind: "none",
  description: "no builder",
  inEngine: false,
  isFull: false,
  problem,
});

const describeUnreachable = (text: string): string =>
  `the Docker engine does not answer. Start it, or use a runner that has it.\n  docker says: ${text
    .split("\n")
    .find((line) => daemonUnreachable.test(line))
    ?.trim()}`;

/** With containerd's image store the engine's own BuildKit can what a builder of its own can. */
async function hasContainerdStore(run: RunProcess, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { stdout } = await run(["docker", "info", "--format", "{{json .DriverStatus}}"], { env });
  return stdout.includes("io.containerd.snapshotter");
}

export interface BuildRequirements {
  platforms: readonly string[];
  provenance: string;
  sbom: string;
  cacheTo: readonly string[];
  /** Whether there are build secrets. */
  secrets: boolean;
}

/** @throws ConfigurationError with each wish that this builder cannot fulfil, and which set-up can. */
export function assertSupported(builder: Builder, requirements: BuildRequirements): void {
  if (builder.kind === "none") throw new ConfigurationError(`Nothing can be built: ${builder.problem}`);
  const problems: string[] = [];
  if (!builder.isFull) {
    if (requirements.platforms.length > 1) problems.push(`platforms: ${requirements.platforms.join(", ")} at once`);
    if (requirements.provenance !== "false") problems.push("provenance: attestations");
    if (requirements.sbom !== "false") problems.push("sbom: attestations");
    for (const entry of requirements.cacheTo)
      if (!/(^|,)type=inline(,|$)/.test(entry)) problems.push(`cache-to: ${entry}`);
  }
  if (builder.kind === "classic" && requirements.secrets) problems.push("secrets: they need BuildKit");
  if (problems.length === 0) return;
  throw new ConfigurationError(
    [
      `This machine builds with ${builder.description}, which cannot do:`,
      ...problems.map((problem) => `  ${problem}`),
      "A builder of its own can: put docker/setup-buildx-action before this step, or run: docker buildx create --use --driver docker-container. An engine with containerd's image store can too.",
    ].join("\n"),
  );
}
