// What a build reads, as its Dockerfile says: images, and paths of the context. Known before the build, so that it can
// be hashed.
import { posix } from "node:path";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { flagValue, sourcesOf } from "./dockerfile/arguments.ts";
import { Environment } from "./dockerfile/environment.ts";
import { gitUse, type GitUse } from "./dockerfile/git-use.ts";
import { readInstructions, syntaxOf, type Instruction } from "./dockerfile/lines.ts";
import { normalPlatform } from "./dockerfile/platform.ts";
import { at, quoted, refused } from "./dockerfile/refusal.ts";
import { graphOf, type Graph, type Settings, type Stage, type Step } from "./dockerfile/stages.ts";

export interface BuildReads {
  /** Image behind `# syntax=`, which reads the Dockerfile; undefined: the builder does it itself. */
  frontend: string | undefined;
  /** Images as written, with arguments substituted: bases, and what files are copied or mounted from. Sorted. */
  images: string[];
  /** Those of them that stages continue, on which platforms: their ONBUILD instructions become part of the build. */
  bases: Map<string, Set<string>>;
  /** Paths of the context as COPY and ADD take them, without "/" in front; undefined: any. Sorted. */
  paths: string[] | undefined;
  /** What it takes from .git. */
  git: GitUse;
  /** The build arguments that it uses. */
  buildArgs: ReadonlyMap<string, string>;
}

export interface BuildSettings {
  buildArgs: ReadonlyMap<string, string>;
  /** undefined: the last stage */
  target: string | undefined;
  /** "linux/amd64"; at least one. */
  platforms: readonly string[];
  /** The builder's own. */
  buildPlatform: string;
  /** The classic builder knows no frontends and sets no arguments for the platform. */
  isClassic: boolean;
  /** Image → ONBUILD instructions that are known to be in it. */
  triggers: ReadonlyMap<string, readonly string[]>;
}

/**
 * Everything that building the target reads, on any of the platforms.
 *
 * @throws ConfigurationError with the lines that cannot be understood, for an unknown target, and for a name that is
 *   not known before the build
 */
export function readsOf(text: string, settings: BuildSettings): BuildReads {
  const frontend = settings.isClassic ? undefined : frontendOf(text, settings.buildArgs);
  const source = readInstructions(text);
  const images = new Set<string>();
  const bases = new Map<string, Set<string>>();
  const stepReads: StepReads[] = [];
  const used = new Set<string>();
  const problems = new Set<string>();
  for (const platform of new Set(settings.platforms.map(normalPlatform))) {
    const graph = graphOf(source, settingsFor(platform, settings));
    for (const name of graph.declared) used.add(name);
    for (const { image, isWritten, line, problems: found, platform: own = platform } of graph.needed) {
      for (const problem of found) problems.add(problem);
      if (image === undefined) continue;
      if (!isImageName(image)) problems.add(at(line, `"${quoted(image)}" is no name of an image.`));
      images.add(image);
      if (isWritten) bases.set(image, (bases.get(image) ?? new Set()).add(normalPlatform(own)));
    }
    const evaluation = new Evaluation(graph, settings.buildArgs, used);
    stepReads.push(...evaluation.run());
    // Paths of Windows have drive letters and backslashes.
    if (platform.startsWith("windows/")) stepReads.push({ paths: undefined });
  }
  if (problems.size > 0) throw new ConfigurationError([...problems].join("\n"));
  const paths = pathsOf(stepReads);
  return {
    frontend,
    images: [...images].toSorted(),
    bases,
    paths,
    git: gitUse(
      paths,
      stepReads.flatMap(({ command }) => command ?? []),
    ),
    buildArgs: new Map([...settings.buildArgs].filter(([name]) => used.has(name) || changesBuild(name))),
  };
}

function settingsFor(platform: string, settings: BuildSettings): Settings {
  const { buildArgs, target, buildPlatform, isClassic, triggers } = settings;
  return {
    buildArgs,
    target,
    platform,
    buildPlatform,
    hasPlatformArguments: !isClassic,
    triggersOf: (image) => triggers.get(image) ?? [],
  };
}

/** Arguments that change a build whether it declares them or not: https://docs.docker.com/reference/dockerfile/#arg */
const changesBuild = (name: string): boolean =>
  /^(BUILDKIT_\w+|SOURCE_DATE_EPOCH|(TARGET|BUILD)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)|TARGETSTAGE)$/.test(name);

/** The image that reads the Dockerfile instead of the builder; undefined: there is none. */
function frontendOf(text: string, buildArgs: ReadonlyMap<string, string>): string | undefined {
  const frontend = buildArgs.get("BUILDKIT_SYNTAX")?.trim().split(" ")[0] || syntaxOf(text);
  // Also its copies in other registries, and its releases with experimental features.
  if (frontend === undefined || /(^|\/)dockerfile(-upstream)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(frontend))
    return frontend;
  throw refused(
    1,
    `what a build with the frontend ${quoted(frontend)} reads is not known before the build. ` +
      "Use docker/dockerfile, or a copy of it whose name ends with /dockerfile.",
  );
}

interface StepReads {
  /** undefined: any of them, also none that can be named */
  paths: string[] | undefined;
  /** Text of a RUN instruction with its here-documents. */
  command?: string;
}

function pathsOf(reads: readonly StepReads[]): string[] | undefined {
  const paths = new Set<string>();
  for (const step of reads) {
    if (step.paths === undefined || step.paths.includes("")) return undefined;
    for (const path of step.paths) paths.add(path);
  }
  return [...paths].toSorted();
}

/** Goes through the stages in the order of the build: what variables are set, and what the steps read with them. */
class Evaluation {
  private readonly graph: Graph;
  private readonly buildArgs: ReadonlyMap<string, string>;
  private readonly used: Set<string>;
  private readonly environments = new Map<Stage, Environment>();

  /** @param used receives the names of the arguments that the stages declare */
  constructor(graph: Graph, buildArgs: ReadonlyMap<string, string>, used: Set<string>) {
    this.graph = graph;
    this.buildArgs = buildArgs;
    this.used = used;
  }

  run(): StepReads[] {
    return this.graph.needed.flatMap((stage) => {
      const environment =
        (stage.base && this.environments.get(stage.base)?.continued()) ??
        Environment.ofBase({ isScratch: stage.image === undefined });
      this.environments.set(stage, environment);
      return stage.steps.map((step) => this.readsOfStep(step, environment));
    });
  }

  private readsOfStep(step: Step, environment: Environment): StepReads {
    const { instruction, escape } = step;
    const { keyword } = instruction;
    if (keyword === "ENV") environment.addEnv(instruction, escape);
    else if (keyword === "ARG") {
      const { buildArgs, graph } = this;
      for (const name of environment.addArg(instruction, { escape, buildArgs, globals: graph.globals }))
        this.used.add(name);
    } else if (keyword === "RUN") return { paths: readsOfMounts(step, environment), command: textOf(instruction) };
    else if (keyword === "ADD" || (keyword === "COPY" && step.from === undefined && !flagValue(instruction, "from")))
      return { paths: readsOfCopy(step, environment) };
    return { paths: [] };
  }
}

function readsOfCopy({ instruction, escape }: Step, environment: Environment): string[] | undefined {
  const paths: string[] = [];
  for (const source of sourcesOf(instruction)) {
    const path = environment.expand(source, escape);
    if (path === undefined) return undefined;
    if (instruction.keyword === "ADD" && /^https?:\/\//.test(path)) continue;
    paths.push(inContext(path));
  }
  return paths;
}

function readsOfMounts({ mounts, escape }: Step, environment: Environment): string[] | undefined {
  const paths: string[] = [];
  for (const { stage, type, source } of mounts) {
    if (stage !== undefined) continue;
    const kind = environment.expand(type, escape);
    const path = environment.expand(source, escape);
    if (kind !== undefined && ["cache", "tmpfs", "secret", "ssh"].includes(kind.toLowerCase())) continue;
    // BuildKit reads flags byte by byte, and makes other characters of those beyond ASCII.
    if (kind === undefined || path === undefined || /[^\0-\u007F]/.test(source)) return undefined;
    paths.push(inContext(path));
  }
  return paths;
}

/** ".." does not lead out of the context. */
const inContext = (path: string): string => posix.join("/", path).replace(/\/$/, "").slice(1);

const textOf = ({ rest, json, heredocs }: Instruction): string =>
  [json?.join(" ") ?? rest, ...heredocs.map(({ content }) => content)].join("\n");

/** The grammar of github.com/distribution/reference, with short names. */
function isImageName(text: string): boolean {
  const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  const host = "(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*";
  const name = `(?:(?:${host}|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?/)?${component}(?:/${component})*`;
  return (
    text.length <= 512 &&
    new RegExp(`^${name}(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,})?$`).test(text)
  );
}
