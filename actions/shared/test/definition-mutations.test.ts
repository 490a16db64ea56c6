// Every value of several complete definitions, replaced by each of a dozen odd ones: whatever a file holds, the answer
// is a definition that the toolkit can work with, or an error that names the place.
import { describe, expect, it } from "vitest";
import { checkDefinition } from "../src/ecs/task-definition/check-definition.ts";
import { edited } from "../src/ecs/task-definition/edit-definition.ts";
import { toTaskDefinitionInput } from "../src/ecs/task-definition/read-definition.ts";
import { differences } from "../src/ecs/task-definition/differences.ts";
import type { TaskDefinitionInput } from "../src/ecs/task-definition/task-definition.ts";
import { ConfigurationError } from "../src/errors.ts";
import { exportedDefinitions } from "./valid-definitions/exports.ts";
import { fargateDefinitions } from "./valid-definitions/fargate.ts";
import { otherDefinitions } from "./valid-definitions/other.ts";

const odd: unknown[] = [
  null,
  true,
  0,
  256,
  -1,
  1.5,
  "",
  "x",
  [],
  {},
  [null],
  [{}],
  { a: 1 },
  [["x"]],
  { a: { b: [1] } },
];
const definitions: [string, object][] = [
  ...Object.entries(fargateDefinitions).filter(([name]) =>
    ["FireLens with a file in the image", "variables, files and secrets", "EFS with an access point"].includes(name),
  ),
  ...Object.entries(otherDefinitions).filter(([name]) => ["a daemon on the host", "a Docker volume"].includes(name)),
  ...Object.entries(exportedDefinitions).filter(([name]) => name === "an answer of describe-task-definition"),
];

type Path = (string | number)[];

/** Paths of all values, the root's too. */
function places(value: unknown, path: Path = []): Path[] {
  const inner: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [path, ...inner.flatMap(([key, one]) => places(one, [...path, key]))];
}

function replaced(value: unknown, path: Path, other: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (Array.isArray(value)) return value.map((one, index) => (index === key ? replaced(one, rest, other) : one));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, one]) => [name, name === key ? replaced(one, rest, other) : one]),
  );
}

const pathText = (path: Path): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\.(?:taskDefinition\.?)?/, "");

const change = {
  containers: new Map([["web", { environment: new Map([["A", "1"]]), secrets: new Map([["B", "/b"]]), unset: ["C"] }]]),
  tags: new Map([["team", "a"]]),
};

/** What the toolkit does with a definition. @returns the error of reading; any other kind of error is thrown. */
function useOf(document: unknown, valid: TaskDefinitionInput): ConfigurationError | undefined {
  let definition: TaskDefinitionInput;
  try {
    definition = toTaskDefinitionInput(document, "file.json");
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  for (const use of [
    () => edited(definition, change),
    () => checkDefinition(definition, "file"),
    () => checkDefinition(definition, "ECS", { images: "later", registered: valid }),
    () => checkDefinition(document as TaskDefinitionInput, "file"),
  ])
    refusesAtMost(use);
  differences(valid, definition);
  differences(definition, valid);
  return undefined;
}

/** A refusal whose sentences each begin with a place is as good as none; any other error is thrown. */
function refusesAtMost(use: () => unknown): void {
  try {
    use();
  } catch (error) {
    if (!(error instanceof ConfigurationError) || !namesPlaces(error)) throw error;
  }
}

const namesPlaces = ({ message }: Error): boolean =>
  message
    .split("\n")
    .slice(1)
    .every((line) => /^ {2}[a-z]\w*(?:\[\d+\])?(?:\.\S+)?: /i.test(line));

describe("a definition with one odd value", () => {
  let count = 0;

  it.each(definitions)("is worked with, or refused with its path: %s", (_name, document) => {
    const valid = toTaskDefinitionInput(document, "file.json");
    const mutations = places(document).flatMap((path) => odd.map((value) => ({ path, value })));
    count += mutations.length;
    expect(mutations.map(({ path, value }) => faultOf({ document, valid, path, value })).filter(Boolean)).toEqual([]);
  });

  it("has been tried in more than 1,400 ways", () => {
    expect(count).toBeGreaterThan(1400);
  });
});

/** What goes wrong with one mutation: an error of another kind, or one that does not name the place. */
function faultOf(of: { document: object; valid: TaskDefinitionInput; path: Path; value: unknown }): string | undefined {
  const mutation = `${pathText(of.path)} = ${JSON.stringify(of.value)}`;
  try {
    const error = useOf(replaced(of.document, of.path, of.value), of.valid);
    return error === undefined || placeIn(of.path).test(error.message) ? undefined : `${mutation}: ${error.message}`;
  } catch (error) {
    return `${mutation}: ${(error as Error).stack}`;
  }
}

/** The path itself or what is below; what is missing then, where the whole or the only container is gone. */
function placeIn(path: Path): RegExp {
  const text = pathText(path);
  if (text === "") return /must be a task definition|family: |containerDefinitions: /;
  const here = `${text.replaceAll(/[.[\]$-]/g, "\\$&")}[:.[]`;
  return new RegExp(
    text === "containerDefinitions[0]" ? `^ {2}(?:${here}|containerDefinitions: is missing)` : `^ {2}${here}`,
    "m",
  );
}
