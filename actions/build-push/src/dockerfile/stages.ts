// The stages of a Dockerfile and what they are made from (moby/buildkit, frontend/dockerfile/dockerfile2llb).
import { ConfigurationError } from "../../../shared/src/errors.ts";
import { declarationsOf, flagValue, fromOf, mountsOf, type Mount } from "./arguments.ts";
import { readInstructions, type Instruction, type Source } from "./lines.ts";
import { platformArguments } from "./platform.ts";
import { at, quoted, refused } from "./refusal.ts";
import { expand } from "./words.ts";

export interface Settings {
  buildArgs: ReadonlyMap<string, string>;
  /** Name of a stage, or its number; undefined: the last one. */
  target: string | undefined;
  /** "linux/amd64": the one that is built for, and that of the builder. */
  platform: string;
  buildPlatform: string;
  /** BuildKit sets TARGETARCH and the like; the classic builder does not. */
  hasPlatformArguments: boolean;
  /** ONBUILD instructions that are known to be in an image. */
  triggersOf: (image: string) => readonly string[];
}

export interface Step {
  instruction: Instruction;
  escape: string;
  /** COPY --from. */
  from: Stage | undefined;
  /** RUN --mount; with `from` the stage that is mounted. */
  mounts: (Mount & { stage: Stage | undefined })[];
}

/** A stage, or an image that files are copied or mounted from. */
export interface Stage {
  /** It begins with a FROM; otherwise it is an image by itself. */
  isWritten: boolean;
  name: string | undefined;
  /** The stage that this one continues. */
  base: Stage | undefined;
  /** Name of its base image, without variables; undefined: it has none. */
  image: string | undefined;
  /** Of the base image, as FROM --platform says; undefined: the one that is built for. */
  platform: string | undefined;
  steps: Step[];
  /** Why it cannot be built. They matter only if the target needs it. */
  problems: string[];
  line: number;
}

export interface Graph {
  /** In the order in which they are built; those that the target does not need are not among them. */
  needed: Stage[];
  /** Arguments before the first FROM, with their values. */
  globals: ReadonlyMap<string, string>;
  /** Names that ARG declares before the first FROM. */
  declared: ReadonlySet<string>;
}

export function graphOf(source: Source, settings: Settings): Graph {
  const globals = new Map<string, string>();
  const declared = new Set<string>();
  const builder = new GraphBuilder(settings, source, globals);
  const first = source.instructions.findIndex(({ keyword }) => keyword === "FROM");
  if (first < 0) throw refused(1, "there is no FROM instruction.");
  const named = builder.targetName();
  for (const [name, value] of predefined(settings, named)) globals.set(name, settings.buildArgs.get(name) ?? value);
  for (const instruction of source.instructions.slice(0, first)) {
    if (instruction.keyword !== "ARG")
      throw refused(instruction.line, `only ARG can be before the first FROM, not ${instruction.keyword}.`);
    for (const { name, value } of declarationsOf(instruction, source.escape)) {
      declared.add(name);
      const given = settings.buildArgs.get(name) ?? expandGlobal(value, instruction, source, globals);
      if (given !== undefined) globals.set(name, given);
    }
  }
  return { needed: builder.build(first), globals, declared };
}

function predefined(settings: Settings, target: string): Map<string, string> {
  if (!settings.hasPlatformArguments) return new Map();
  return platformArguments(settings.platform, settings.buildPlatform).set("TARGETSTAGE", target);
}

function expandGlobal(
  value: string | undefined,
  { line }: Instruction,
  { escape }: Source,
  globals: ReadonlyMap<string, string>,
): string | undefined {
  if (value === undefined) return undefined;
  try {
    return expand(value, globals, escape);
  } catch (error) {
    throw refused(line, `${quoted(value)} is not understood: ${quoted((error as Error).message)}.`);
  }
}

const emptyStage = { isWritten: false, name: undefined, base: undefined, image: undefined, platform: undefined };

class GraphBuilder {
  /** With numbers as their indices; images that are copied or mounted from follow the stages, as in BuildKit. */
  private readonly stages: Stage[] = [];
  private readonly byName = new Map<string, Stage>();
  private readonly settings: Settings;
  private readonly source: Source;
  private readonly globals: ReadonlyMap<string, string>;

  constructor(settings: Settings, source: Source, globals: ReadonlyMap<string, string>) {
    this.settings = settings;
    this.source = source;
    this.globals = globals;
  }

  /** @param first index of the first FROM */
  build(first: number): Stage[] {
    const written: Instruction[][] = [];
    for (const instruction of this.source.instructions.slice(first)) {
      if (instruction.keyword === "FROM") {
        this.add(this.stageOf(instruction));
        written.push([]);
      } else written.at(-1)?.push(instruction);
    }
    const stages = [...this.stages];
    for (const [index, stage] of stages.entries())
      stage.steps = (written[index] ?? []).map((instruction) => this.stepOf(instruction, stage, this.source.escape));
    return this.neededBy(this.findTarget(stages));
  }

  /** What TARGETSTAGE says. */
  targetName(): string {
    if (this.settings.target !== undefined) return this.settings.target;
    const last = this.source.instructions.findLast(({ keyword }) => keyword === "FROM");
    return (last && fromOf(last).name) ?? "default";
  }

  private stageOf(instruction: Instruction): Stage {
    const { image, name } = fromOf(instruction);
    const { line } = instruction;
    const stage: Stage = { ...emptyStage, isWritten: true, name, steps: [], problems: [], line };
    try {
      const { globals, source } = this;
      const expanded = expand(image, globals, source.escape);
      if (expanded === "") throw new Error("it is empty");
      stage.image = expanded;
      stage.platform = expand(flagValue(instruction, "platform") ?? "", globals, source.escape) || undefined;
    } catch (error) {
      stage.problems.push(
        at(
          line,
          `the image name "${quoted(image)}" cannot be resolved before the build: ${quoted((error as Error).message)}. ` +
            "Set a default for its ARG before the first FROM, or a value in build-args.",
        ),
      );
    }
    return stage;
  }

  /** A stage continues an earlier one of that name. Names of images are in lower case: so are names of stages here. */
  private add(stage: Stage): Stage {
    stage.base = stage.image === undefined ? undefined : this.byName.get(stage.image);
    if (stage.base !== undefined || stage.image === "scratch") stage.image = undefined;
    this.stages.push(stage);
    if (stage.name !== undefined) this.byName.set(stage.name, stage);
    return stage;
  }

  private stepOf(instruction: Instruction, stage: Stage, escape: string): Step {
    const { keyword } = instruction;
    const step: Step = { instruction, escape, from: undefined, mounts: [] };
    try {
      if (keyword === "COPY") step.from = this.copiedFrom(instruction, escape);
      if (keyword === "RUN")
        step.mounts = mountsOf(instruction).map((mount) => ({ ...mount, stage: this.mountedFrom(mount, instruction) }));
    } catch (error) {
      stage.problems.push(refusalOf(error));
    }
    return step;
  }

  private copiedFrom(instruction: Instruction, escape: string): Stage | undefined {
    const from = flagValue(instruction, "from");
    if (from === undefined || from === "") return undefined;
    const { line } = instruction;
    if (!isPlain(from, escape))
      throw refused(
        line,
        `docker does not substitute arguments in --from=${quoted(from)}. ` +
          "Add a stage whose FROM uses the argument, and copy from that stage.",
      );
    if (!/^[+-]?\d+$/.test(from)) return this.stageOrImage(from, line);
    const numbered = this.stages[Number(from)];
    if (numbered === undefined) throw refused(line, `there is no stage ${quoted(from)}.`);
    return numbered;
  }

  private mountedFrom({ from }: Mount, { line }: Instruction): Stage | undefined {
    if (from.slice(0, -1).includes("$"))
      throw refused(
        line,
        `docker does not substitute arguments in --mount=…,from=${quoted(from)}. ` +
          "Add a stage whose FROM uses the argument, and mount that stage.",
      );
    // Without one it is an empty stage, which has a number too.
    const stage = this.stageOrImage(from === "" ? "scratch" : from, line);
    return from === "" ? undefined : stage;
  }

  private stageOrImage(reference: string, line: number): Stage {
    const stage = this.byName.get(reference.toLowerCase());
    if (stage !== undefined) return stage;
    return this.add({ ...emptyStage, image: reference, steps: [], problems: [], line });
  }

  private findTarget(stages: readonly Stage[]): Stage {
    const { target } = this.settings;
    const found =
      target === undefined
        ? stages.at(-1)
        : (this.byName.get(target.toLowerCase()) ?? (/^\d+$/.test(target) ? stages[Number(target)] : undefined));
    if (found !== undefined) return found;
    const names = stages.map(({ name }, index) => name ?? index).join(", ");
    throw new ConfigurationError(
      `target: the Dockerfile has no stage ${quoted(target ?? "")}. Its stages: ${quoted(names)}.`,
    );
  }

  /** ONBUILD instructions of a base run in the stages that continue it, and can need further stages and images. */
  private neededBy(target: Stage): Stage[] {
    const needed = new Set<Stage>();
    const visit = (stage: Stage): void => {
      if (needed.has(stage)) return;
      needed.add(stage);
      stage.steps.unshift(...this.triggersFor(stage));
      if (stage.base) visit(stage.base);
      for (const { from, mounts } of stage.steps) {
        if (from) visit(from);
        for (const mount of mounts) if (mount.stage) visit(mount.stage);
      }
    };
    visit(target);
    return this.stages.filter((stage) => needed.has(stage));
  }

  private triggersFor(stage: Stage): Step[] {
    if (stage.base === undefined) {
      const triggers = stage.isWritten && stage.image !== undefined ? this.settings.triggersOf(stage.image) : [];
      return triggers.flatMap((trigger) => this.trigger(trigger, stage));
    }
    return stage.base.steps
      .filter(({ instruction }) => instruction.keyword === "ONBUILD")
      .flatMap(({ instruction }) => this.trigger(triggerText(instruction), stage));
  }

  /** Its escape character is always "\". */
  private trigger(text: string, stage: Stage): Step[] {
    try {
      const { instructions } = readInstructions(text);
      return instructions.map((instruction) =>
        this.stepOf({ ...instruction, line: stage.line }, stage, this.source.escape),
      );
    } catch (error) {
      stage.problems.push(at(stage.line, `ONBUILD of its base: ${refusalOf(error)}`));
      return [];
    }
  }
}

/** Its message; any other error is a bug, and goes on. */
function refusalOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  throw error;
}

const triggerText = ({ text, heredocs }: Instruction): string =>
  [text.replace(/^\s*ONBUILD\s*/i, ""), ...heredocs.map(({ name, content }) => `\n${content}${name}`)].join("");

/** Whether expansion leaves it as it is. */
function isPlain(word: string, escape: string): boolean {
  try {
    return expand(word, { get: () => undefined }, escape) === word;
  } catch {
    return false;
  }
}
