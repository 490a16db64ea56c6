// A rendering as a runbook, once the definition is known: change, check, compare, write, report.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkDefinition } from "../../shared/src/ecs/task-definition/check-definition.ts";
import { differences } from "../../shared/src/ecs/task-definition/differences.ts";
import {
  edited,
  mergedChange,
  type ContainerChange,
  type DefinitionChange,
} from "../../shared/src/ecs/task-definition/edit-definition.ts";
import type { TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { imageFacts } from "../../shared/src/ecs/report/image-facts.ts";
import type { Log } from "../../shared/src/report.ts";
import { codeBlock, factTable } from "../../shared/src/summary/blocks.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import type { Dependencies, Loaded, Rendered } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";
import { resolveSecret, type SecretStores } from "./secrets.ts";

/** From the definition to start from: what is to change, checked and written to a file. */
export async function render(
  inputs: Inputs,
  { base, before, origin }: Loaded,
  dependencies: Dependencies,
): Promise<Rendered> {
  const change = await withSecrets(withNames(inputs, base), dependencies);
  const definition = edited(base, change);
  // Renderings are chained, a container in each: an image that is missing yet is for deploy to find.
  const registered = origin === "ECS" ? base : undefined;
  for (const notice of checkDefinition(definition, origin, { images: "later", registered })) dependencies.log(notice);
  const changes = differences(before, definition);
  const path = join(dependencies.folder, `${definition.family}-${randomUUID()}.json`);
  await writeFile(path, `${JSON.stringify(definition, null, 2)}\n`);
  await report(definition, changes, dependencies.log);
  return { path, changed: changes.length > 0, definition };
}

/** Changes without a container's name apply to the only container, or to the only one that gets an image. */
function withNames({ change, unnamed }: Inputs, base: TaskDefinitionInput): DefinitionChange {
  if (Object.keys(unnamed).length === 0) return change;
  const names = (base.containerDefinitions ?? []).map(({ name }) => name ?? "");
  const candidates = names.length === 1 ? names : [...change.containers.keys()];
  const [only, ...others] = candidates;
  if (only === undefined || others.length > 0)
    throw new ConfigurationError(
      `container-name: is required, since ${base.family} has several containers: ${names.join(", ")}.`,
    );
  return {
    ...change,
    containers: new Map([...change.containers, [only, mergedChange(change.containers.get(only), unnamed)]]),
  };
}

/** @throws ConfigurationError that lists every secret that cannot be found */
async function withSecrets(change: DefinitionChange, stores: SecretStores): Promise<DefinitionChange> {
  const problems: string[] = [];
  const containers = new Map<string, ContainerChange>();
  for (const [container, { secrets, ...rest }] of change.containers) {
    const resolved = new Map<string, string>();
    for (const [name, source] of secrets ?? []) {
      try {
        resolved.set(name, await resolveSecret(name, source, stores));
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        problems.push(error.message);
      }
    }
    containers.set(container, { ...rest, ...(secrets ? { secrets: resolved } : {}) });
  }
  // The secret of several containers is one.
  if (problems.length > 0) throw new ConfigurationError([...new Set(problems)].join("\n"));
  return { ...change, containers };
}

async function report(definition: TaskDefinitionInput, changes: string[], log: Log): Promise<void> {
  if (changes.length === 0) log("nothing differs from what is there");
  for (const change of changes) log(change);
  const count = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  await appendSummary({
    status: changes.length === 0 ? "unchanged" : "succeeded",
    title: `${definition.family}: task definition rendered, ${changes.length === 0 ? "nothing changed" : count}`,
    content: [factTable(imageFacts(definition)), changes.length === 0 ? undefined : codeBlock(changes.join("\n"))],
  });
}
