import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ECSClient } from "@aws-sdk/client-ecs";
import { checkDefinition, type Origin } from "../../shared/src/ecs/check-definition.ts";
import { describeService, readRevision, readSource, tagOf, templateTag } from "../../shared/src/ecs/source.ts";
import { differences, shortName, withImages, type Registrable } from "../../shared/src/ecs/task-definition.ts";
import { appendSummary, codeBlock, type Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";

export interface Tools {
  ecs: ECSClient;
  log: Log;
  /** Folder of the rendered file. */
  folder: string;
}

export interface Rendered {
  path: string;
  changed: boolean;
}

export async function main(inputs: Inputs, tools: Tools): Promise<Rendered> {
  const { base, before, origin } = await load(inputs.base, tools);
  const definition = withImages(base, inputs.images);
  checkDefinition(definition, origin);
  const changes = differences(before, definition);
  const path = join(tools.folder, `${definition.family}-${randomUUID()}.json`);
  await writeFile(path, `${JSON.stringify(definition, null, 2)}\n`);
  await report(definition, changes, tools.log);
  return { path, changed: changes.length > 0 };
}

/** The definition to start from, and the one to compare with. */
async function load(base: Inputs["base"], { ecs, log }: Tools): Promise<{ base: Registrable; before: Registrable; origin: Origin }> {
  if (base.kind === "service") {
    const service = await describeService(ecs, base);
    const template = tagOf(service, templateTag) ?? service.taskDefinition!;
    const running = await readRevision(ecs, service.taskDefinition!);
    const start = await readRevision(ecs, template);
    log(`${base.service} runs ${shortName(running.arn)}; its next revision is made from ${shortName(start.arn)}`);
    return { base: start.definition, before: running.definition, origin: "ECS" };
  }
  const { definition, arn } = await readSource(ecs, base.source);
  return { base: definition, before: definition, origin: arn === undefined ? "file" : "ECS" };
}

async function report(definition: Registrable, changes: string[], log: Log): Promise<void> {
  if (changes.length === 0) {
    log("nothing differs from what is there");
    await appendSummary(`### ${definition.family}: nothing to change`);
    return;
  }
  for (const change of changes) log(change);
  await appendSummary(`### ${definition.family}: ${changes.length === 1 ? "one change" : `${changes.length} changes`}\n\n${codeBlock(changes.join("\n"))}`);
}
