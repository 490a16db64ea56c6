// Conventions of the sources that no tool checks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { brokenConventions } from "../test/terraform/conventions.ts";
import { terraformFiles } from "../test/terraform-mutations/scope.ts";
import { infra, mutatedFolders } from "../test/terraform-mutations/targets.ts";

it("null is the default of each variable that has one", () => {
  const files = mutatedFolders().flatMap((folder) =>
    terraformFiles(join(infra, folder))
      .filter((name) => name.startsWith("variables"))
      .map((name) => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap((path) => brokenConventions(readFileSync(join(infra, path), "utf8"), path))).toEqual([]);
});

it("a variable that takes null for something else is found, and one without a default, or whose default is null, is not", () => {
  const variable = (attributes: string) => `variable "size" {\n  type = number\n  ${attributes}\n}\n`;
  expect(brokenConventions(variable("default = 1"), "f")).toEqual([expect.stringContaining("variable size")]);
  expect(brokenConventions(variable("default = 1\n  nullable = true"), "f")).toHaveLength(1);
  for (const fine of ["", "default = null", "default = 1\n  nullable = false"])
    expect(brokenConventions(variable(fine), "f")).toEqual([]);
});
