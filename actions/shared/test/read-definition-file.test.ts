import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveTaskDefinition } from "../src/ecs/task-definition/resolve.ts";
import type { EcsReader } from "../src/ecs/service.ts";
import { ConfigurationError } from "../src/errors.ts";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

function file(text: string): string {
  const path = join(makeTestFolder("read-definition-"), "task.yml");
  writeFileSync(path, text);
  return path;
}

/** A file asks nobody: there is no client. */
async function read(path: string) {
  const lines: string[] = [];
  const reader = { log: (line: string) => lines.push(line) } as unknown as EcsReader;
  const { definition } = await resolveTaskDefinition(reader, path);
  return { definition, lines };
}

describe("a task definition in a file", () => {
  it("is JSON or YAML, and what is taken differently from how it is written is in the log", async () => {
    const path = file(
      "family: f\ncpu: 256 # a number\n_why: x\ncontainerDefinitions:\n  - { name: a, image: i, cpu: 1 }\n",
    );
    expect(await read(path)).toEqual({
      definition: { family: "f", cpu: "256", containerDefinitions: [{ name: "a", image: "i", cpu: 1 }] },
      lines: [
        `${path}: cpu: the number 256 is taken as the string "256" that ECS expects`,
        `${path}: _why: is left out; ECS has no key that begins like this`,
      ],
    });
    expect((await read(file('\ufeff{"family": "f",\t"containerDefinitions": [{"name": "a"}]}'))).lines).toEqual([]);
  });

  it.each([
    ["nothing", "", "is neither JSON nor YAML: expected a document, but the input is empty"],
    ["half a file", '{"family": "f", ', "is neither JSON nor YAML: "],
    ["a key twice", "family: a\nfamily: b\n", "is neither JSON nor YAML: duplicated mapping key (2:1)"],
    ["what refers to itself", "family: f\nx: &x [*x]\n", "a YAML alias (*) refers to what it is part of"],
    ["a list", "- a\n", "must be a task definition (an object with family and containerDefinitions), not a list"],
    ["a number where a text belongs", "family: 1.10\n", "family: must be a string: put the number in quotes"],
  ])("that holds %s is refused, with its path", async (_what, text, message) => {
    const path = file(text);
    const error = await errorOf(() => read(path));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error?.message).toContain(message);
    expect(error?.message.startsWith(path)).toBe(true);
  });
});
