// Which tests can notice a change of a module: its own, those of the modules that use it, and of the environments.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { environments, type Environment } from "../infrastructure/system-test.ts";
import { scopeOf, terraformFiles } from "./scope.ts";

export const infra = join(root, "infra");

/** A test file of Terraform, in `tests` of a folder below infra/; or what test/infrastructure expects of an environment. */
export interface Target {
  folder: string;
  file: string;
  environment?: Environment;
  /** Where the modules that a change cannot reach are frozen: notices, but what it does not notice is not settled. */
  isFrozen?: true;
  /** Asked about changes of variables only. */
  ofVariables?: true;
  /** What needs no provider and looks at variables only: the conventions of the sources, and the table of refused input. */
  isInput?: true;
}

/** Modules, and the environments that a plan without an AWS account can show. */
export function mutatedFolders(): string[] {
  const modules = readdirSync(join(infra, "modules")).filter(
    (name) => terraformFiles(join(infra, "modules", name)).length > 0,
  );
  return [...modules.map((name) => `modules/${name}`), "environments/production", "environments/staging"];
}

/** For each folder the folders of the modules that it calls. */
export function dependencies(folders: string[] = mutatedFolders()): Map<string, string[]> {
  return new Map(
    folders.map((folder) => {
      const modules = [...scopeOf(join(infra, folder)).modules.values()];
      return [folder, [...new Set(modules.map(({ source }) => normalize(join(folder, source))))]];
    }),
  );
}

/** All that a folder consists of, with the modules of its modules. */
export function closureOf(folder: string, uses: Map<string, string[]>): string[] {
  const found = new Set([folder]);
  for (const each of found) for (const used of uses.get(each) ?? []) found.add(used);
  return [...found].toSorted();
}

/**
 * What can notice a change of a folder, soonest first: conventions and the table of refused input, which take a moment;
 * its own tests; what is expected of each environment, which holds most values, and comes first for an environment and
 * what it calls: of what the change reaches, and later of all; the tests of the modules that use it, and, as they take
 * longest, those of the environments.
 */
export function targetsOf(folder: string, uses: Map<string, string[]>): Target[] {
  const users = [...uses.keys()].filter((other) => closureOf(other, uses).includes(folder));
  const size = (other: string) => closureOf(other, uses).length;
  const [whole, parts] = [
    environments.map((environment) => ({ environment, folder: `environments/${environment}` })),
    users.filter((user) => user.startsWith("modules/")).toSorted((a, b) => size(a) - size(b)),
  ];
  const input: Target = { folder, file: "conventions and refused input", isInput: true, ofVariables: true };
  const used = whole.filter((one) => users.includes(one.folder));
  const files = (each: string): Target[] => testFiles(each).map((file) => ({ folder: each, file }));
  const expected = used.map((one): Target => ({ ...one, file: "what is expected of it" }));
  const frozen = expected.map((one): Target => ({ ...one, file: "what is expected of it, in part", isFrozen: true }));
  const isWhole = used.some((one) => one.folder === folder || uses.get(one.folder)?.includes(folder));
  return [
    input,
    ...(isWhole ? [...frozen, ...files(folder)] : [...files(folder), ...frozen]),
    ...expected,
    ...parts.filter((part) => part !== folder).flatMap(files),
    ...used.filter((one) => one.folder !== folder).flatMap((one) => files(one.folder)),
  ];
}

function testFiles(folder: string): string[] {
  const tests = join(infra, folder, "tests");
  if (!existsSync(tests)) return [];
  return readdirSync(tests)
    .filter((name) => name.endsWith(".tftest.hcl"))
    .toSorted((a, b) => lengthOf(join(tests, a)) - lengthOf(join(tests, b)));
}

const lengthOf = (path: string): number => readFileSync(path, "utf8").length;
