// The base images of a Dockerfile: those that the requested stage needs, directly or through other stages.
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
  /** What the stage refers to: images, or names or numbers of earlier stages. */
  reads: string[];
}

/** Set by BuildKit without a declaration, and not part of an image's name. */
const platformArguments = /^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$/;

/**
 * The images that building `target` (default: the last stage) requires, as written, with build arguments substituted.
 *
 * @throws ConfigurationError for an unknown target, and for a name that cannot be resolved before the build
 */
export function imagesOf(
  text: string,
  { buildArgs, target }: { buildArgs: ReadonlyMap<string, string>; target: string | undefined },
): string[] {
  const dockerfile = DockerfileParser.parse(text);
  const stages = stagesOf(dockerfile, buildArgs);
  if (stages.length === 0) throw new ConfigurationError("The Dockerfile has no FROM instruction.");
  const last = target === undefined ? stages.length - 1 : findStage(stages, target);
  if (last < 0) {
    const names = stages.map(({ name }, index) => name ?? index).join(", ");
    throw new ConfigurationError(`target: the Dockerfile has no stage ${target}. Its stages: ${names}.`);
  }
  const images = new Set<string>();
  const needed = new Set([last]);
  // A stage refers only to earlier ones: one pass from the last to the first finds all that are needed.
  for (const [index, { reads }] of [...stages.entries()].toReversed()) {
    if (!needed.has(index)) continue;
    for (const reference of reads) {
      const earlier = findStage(stages.slice(0, index), reference);
      if (earlier >= 0) needed.add(earlier);
      else if (reference.toLowerCase() !== "scratch") images.add(reference);
    }
  }
  return [...images].toSorted();
}

/** By name, ignoring case (of several with the same name the last one), or by number. */
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
        reads: [assertResolved(substitute(from.getImage() ?? "", values), from)],
      });
    } else if (keyword === "COPY" || keyword === "ADD" || keyword === "RUN") {
      stages.at(-1)?.reads.push(...readsOf(instruction as ModifiableInstruction));
    }
  }
  return stages;
}

/** `COPY --from=…` and `RUN --mount=…,from=…`, in which docker does not substitute arguments. */
function readsOf(instruction: ModifiableInstruction): string[] {
  return instruction.getFlags().flatMap((flag) => {
    const value = flag.getValue() ?? "";
    if (flag.getName() === "from") return [assertResolved(value, instruction)];
    const from = flag.getName() === "mount" ? /(?:^|,)from=([^,]*)/.exec(value)?.[1] : undefined;
    return from ? [assertResolved(from, instruction)] : [];
  });
}

function assertResolved(reference: string, instruction: Instruction): string {
  if (reference !== "" && !reference.includes("$")) return reference;
  const line = instruction.getRange().start.line + 1;
  throw new ConfigurationError(
    `Dockerfile, line ${line}: the image name "${reference}" cannot be resolved before the build. ` +
      "Set a default for its ARG before the first FROM, or a value in build-args.",
  );
}

const unquoted = (text: string): string => /^(["'])([^]*)\1$/.exec(text)?.[2] ?? text;

/** `$A`, `${A}`, `${A:-fallback}`, `${A:+value}`; an argument without a value stays as written. */
function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})/g,
    // The pattern matches one of the two names.
    (written: string, plain?: string, braced = "", sign?: string, word = "") => {
      const name = plain ?? braced;
      const value = values.get(name);
      if (sign === "-") return value || substitute(word, values);
      if (sign === "+") return value ? substitute(word, values) : "";
      return value ?? (platformArguments.test(name) ? "" : written);
    },
  );
}
