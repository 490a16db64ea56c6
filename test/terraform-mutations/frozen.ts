// The parts of an environment that a mutant cannot reach, frozen: calls of modules that do not contain the change become
// modules without resources that output what they output unchanged. As long as the calls that were left alive output
// the same as before, nothing else can differ; evaluating the rest takes a fraction of the time.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { systemTest, type Environment, type Pinned } from "../infrastructure/system-test.ts";
import { resourcesIn, type Resource, type State } from "../infrastructure/system.ts";
import { attributesIn, blocksIn, headOf, parse, valueOf, type Node } from "./hcl.ts";
import { callsOf, composer, composerCall, remembered, type Call } from "./reach.ts";
import { scopeOf, terraformFiles } from "./scope.ts";
import { infra, type Target } from "./targets.ts";
import type { Workspace } from "./workspace.ts";

/** An environment without any change. */
export interface Applied {
  resources: readonly Resource[];
  /** What each call outputs, by its path. */
  outputs: Record<string, unknown>;
  pinned: Pinned;
  /** Attributes that differ each time all the same, as `ADDRESS NAME`. */
  unstable: ReadonlySet<string>;
}

/** Has an environment output what the calls in it output, by default all. */
export function showOutputs(copy: string, environment: Environment, live?: readonly string[]): void {
  const shown = callsOf(environment).filter(({ path }) => live?.includes(path) ?? true);
  const folder = `environments/${environment}`;
  const outputsOf = (caller: string) =>
    shown.filter((call) => call.caller === caller).map(({ path, name }) => `"${path}" = module.${name}`);
  writeFileSync(join(copy, composer, "frozen.tf"), outputOf(`{ ${outputsOf(composer).join(", ")} }`));
  // The environment's own output would be all that the composing module outputs, which is not sensitive there.
  writeFileSync(
    join(copy, folder, "outputs.tf"),
    outputOf(`merge({ ${outputsOf(folder).join(", ")} }, module.${composerCall}.frozen)`),
  );
}

const outputOf = (value: string) => `output "frozen" {\n  sensitive = true\n  value     = ${value}\n}\n`;

/** What showOutputs has had an environment output. */
export const outputsIn = (state: State): Applied["outputs"] =>
  (state.outputs?.["frozen"]?.value ?? {}) as Applied["outputs"];

/** Candidates in which the calls that are not alive are replaced. */
export function frozenWorkspace(
  target: Target & { environment: Environment },
  resources: readonly Resource[],
  applied: Applied,
): Workspace {
  const { environment } = target;
  const frozenCalls = (live: readonly string[]) => callsOf(environment).filter(({ path }) => !live.includes(path));
  return {
    target,
    testOf: ({ live = [] }) => {
      const frozen = frozenCalls(live);
      return systemTest(
        resources.filter((resource) => !isIn(resource, frozen)),
        applied.pinned,
      );
    },
    adapt: (copy, { live = [] }) => {
      showOutputs(copy, environment, live);
      const frozen = frozenCalls(live);
      for (const call of frozen) writeFrozen(join(copy, folderOf(call)), call, applied.outputs[call.path]);
      for (const caller of new Set(frozen.map((call) => call.caller)))
        for (const name of terraformFiles(join(copy, caller))) {
          const path = join(copy, caller, name);
          const calls = frozen.filter((call) => call.caller === caller);
          writeFileSync(path, withFrozenCalls(readFileSync(path, "utf8"), calls));
        }
    },
  };
}

const folderOf = ({ path }: Call): string => `modules/frozen-${path.replaceAll(".", "-")}`;

function withFrozenCalls(text: string, calls: Call[]): string {
  let changed = "";
  let done = 0;
  for (const block of blocksIn(parse(text, "an environment"))) {
    const [type, name] = headOf(block);
    const call = calls.find((one) => type === "module" && one.name === name);
    if (!call) continue;
    const attributes = attributesIn(block);
    const source = valueOf(attributes.get("source") as Node);
    const instance = attributes.has("for_each") ? "each.key" : attributes.has("count") ? "count.index" : "null";
    changed += `${text.slice(done, source.startIndex)}"../../${folderOf(call)}"\n  frozen_instance = ${instance}`;
    done = source.endIndex;
  }
  return changed + text.slice(done);
}

const scopeOfModule = remembered((source: string) => scopeOf(join(infra, source)));

/** A module that takes what another one takes, and outputs constants. */
function writeFrozen(folder: string, { source }: Call, outputs: unknown): void {
  const { variables, outputs: names } = scopeOfModule(source);
  mkdirSync(folder);
  cpSync(join(infra, source, "versions.tf"), join(folder, "versions.tf"));
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
  const all = `jsondecode(file("\${path.module}/outputs.json"))`;
  writeFileSync(
    join(folder, "main.tf"),
    [
      ...[...variables.keys(), "frozen_instance"].map(
        (name) => `variable "${name}" {\n  type    = any\n  default = null\n}\n`,
      ),
      `locals {\n  all      = ${all}\n  instance = try(local.all[var.frozen_instance], local.all)\n}\n`,
      ...names.map((name) => `output "${name}" {\n  value = local.instance["${name}"]\n}\n`),
    ].join("\n"),
  );
}

const isIn = ({ address }: Resource, calls: readonly Call[]): boolean =>
  calls.some(({ path }) => address.startsWith(`${path}.`) || address.startsWith(`${path}[`));

/**
 * All of the environment: what was alive from the state, what was frozen as it is unchanged. undefined: what was alive
 * outputs something else, so that what was frozen would differ too.
 */
export function thawed(
  environment: Environment,
  state: State,
  live: readonly string[],
  { resources, outputs }: Applied,
): State | undefined {
  const found = outputsIn(state);
  if (!live.every((path) => isDeepStrictEqual(found[path], outputs[path]))) return undefined;
  const order = new Map(resources.map(({ address }, index) => [address, index]));
  const place = ({ address }: Resource) => order.get(address) ?? resources.length;
  const frozen = callsOf(environment).filter(({ path }) => !live.includes(path));
  const all = [...resourcesIn(state.root_module), ...resources.filter((resource) => isIn(resource, frozen))];
  return { root_module: { resources: all.toSorted((a, b) => place(a) - place(b)) } };
}
