// Which images a Dockerfile builds on: those that the wanted stage needs, on the way down.
import {
  DockerfileParser,
  type Dockerfile,
  type From,
  type Instruction,
  type ModifiableInstruction,
} from "dockerfile-ast";
import { ConfigurationError } from "../../shared/src/errors.ts";

interface Stage {
  name: string | undefined;
  /** References that the stage reads: images, or names or numbers of stages before it. */
  reads: string[];
}

/** Given by BuildKit without a declaration, and no part of an image's name. */
const platformArguments = /^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$/;

/**
 * Images that have to be there for `target` (default: the last stage), as they are written, with build arguments put in.
 * @throws ConfigurationError for a target that is not there and for a name that cannot be known before the build.
 */
export function imagesOf(
  text: string,
  { buildArgs, target }: { buildArgs: ReadonlyMap<string, string>; target: string | undefined },
): string[] {
  const dockerfile = DockerfileParser.parse(text);
  const stages = stagesOf(dockerfile, buildArgs);
  if (stages.length === 0) throw new ConfigurationError("The Dockerfile has no FROM: there is nothing to build on.");
  const found = new Set<string>();
  const seen = new Set<number>();
  const follow = (index: number) => {
    if (seen.has(index)) return;
    seen.add(index);
    for (const reference of stages[index]?.reads ?? []) {
      const before = findStage(stages.slice(0, index), reference);
      if (before >= 0) follow(before);
      else if (reference.toLowerCase() !== "scratch") found.add(reference);
    }
  };
  const last = target === undefined ? stages.length - 1 : findStage(stages, target);
  if (last < 0)
    throw new ConfigurationError(
      `target: the Dockerfile has no stage ${target}; its stages: ${stages.map(({ name }, index) => name ?? index).join(", ")}.`,
    );
  follow(last);
  return [...found].toSorted();
}

/** By name, whatever its case, the last that is called so; or by number. */
function findStage(stages: Stage[], reference: string): number {
  const named = stages.findLastIndex(
    ({ name }) => name !== undefined && name.toLowerCase() === reference.toLowerCase(),
  );
  return named < 0 && /^\d+$/.test(reference) && Number(reference) < stages.length ? Number(reference) : named;
}

function stagesOf(dockerfile: Dockerfile, buildArgs: ReadonlyMap<string, string>): Stage[] {
  const stages: Stage[] = [];
  const values = new Map<string, string>();
  for (const instruction of dockerfile.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === "ARG" && stages.length === 0) {
      for (const argument of instruction.getArguments()) {
        const [, name, fallback] = /^([^=]+)(?:=([^]*))?$/.exec(argument.getValue()) ?? [];
        const value =
          buildArgs.get(name ?? "") ?? (fallback === undefined ? undefined : substitute(unquoted(fallback), values));
        if (name !== undefined && value !== undefined) values.set(name, value);
      }
    } else if (keyword === "FROM") {
      const from = instruction as From;
      stages.push({
        name: from.getBuildStage() ?? undefined,
        reads: [known(substitute(from.getImage() ?? "", values), from)],
      });
    } else if (keyword === "COPY" || keyword === "ADD" || keyword === "RUN") {
      stages.at(-1)?.reads.push(...readsOf(instruction as ModifiableInstruction));
    }
  }
  return stages;
}

/** `COPY --from=…` and `RUN --mount=…,from=…`; docker puts no arguments in there. */
function readsOf(instruction: ModifiableInstruction): string[] {
  return instruction.getFlags().flatMap((flag) => {
    const value = flag.getValue() ?? "";
    if (flag.getName() === "from") return [known(value, instruction)];
    const from = flag.getName() === "mount" ? /(?:^|,)from=([^,]*)/.exec(value)?.[1] : undefined;
    return from ? [known(from, instruction)] : [];
  });
}

function known(reference: string, instruction: Instruction): string {
  if (reference !== "" && !reference.includes("$")) return reference;
  const line = instruction.getRange().start.line + 1;
  throw new ConfigurationError(
    `Dockerfile, line ${line}: which image "${reference}" is cannot be known before the build. Give its ARG a default in front of the first FROM, or a value in build-args.`,
  );
}

const unquoted = (text: string): string => /^(["'])([^]*)\1$/.exec(text)?.[2] ?? text;

/** `$A`, `${A}`, `${A:-fallback}`, `${A:+value}`; an argument without a value stays as it is written. */
function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})/g,
    (written: string, plain?: string, braced?: string, sign?: string, word = "") => {
      const name = plain ?? braced ?? "";
      const value = values.get(name);
      if (sign === "-") return value || substitute(word, values);
      if (sign === "+") return value ? substitute(word, values) : "";
      return value ?? (platformArguments.test(name) ? "" : written);
    },
  );
}
