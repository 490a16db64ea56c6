// A rendering: first of all the definition to start from, which ECS may have to be asked for; then everything else.
import { readRevision, resolveTaskDefinition, templateTag } from "../../shared/src/ecs/task-definition/resolve.ts";
import { describeService, tagOf, type EcsReader } from "../../shared/src/ecs/service.ts";
import { shortName, type TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { goOnWithout, isAccessDenied } from "../../shared/src/aws.ts";
import { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Dependencies, Loaded, Rendered } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";

/** How long throttled calls are retried. Milliseconds. */
const retryTimeout = 300_000;

export async function main(inputs: Inputs, tools: Dependencies): Promise<Rendered> {
  const dependencies = { ...tools, missing: tools.missing ?? new MissingPermissions(tools) };
  for (const notice of inputs.notices) dependencies.log(notice);
  const loaded = await load(inputs, dependencies);
  // A bundle has this in a file of its own, whose code a run does not read before its first call
  // (docs/performance.md, "Watching a deployment").
  const { render } = await import("./runbook.ts");
  return render(inputs, loaded, dependencies);
}

/** The definition to start from, and the one to compare with. */
async function load({ source, service }: Inputs, dependencies: Dependencies): Promise<Loaded> {
  const reader = { ...dependencies, deadline: dependencies.clock.now() + retryTimeout };
  if (source !== undefined) {
    const resolved = await resolveTaskDefinition(reader, source);
    const running = service && (await compared(reader, service));
    const origin = resolved.arn === undefined ? "file" : "ECS";
    return { base: resolved.definition, before: running || resolved.definition, origin };
  }
  const described = await describeService(reader, service);
  const running = await readRevision(reader, described.taskDefinition);
  const template = await readRevision(reader, tagOf(described, templateTag) ?? described.taskDefinition);
  dependencies.log(
    `${service.service} runs ${shortName(running.arn)}; its next revision is based on ${shortName(template.arn)}`,
  );
  return { base: template.definition, before: running.definition, origin: "ECS" };
}

/** What is running, only to show what changes: the file is rendered in any case. */
async function compared(
  reader: EcsReader,
  service: { cluster: string; service: string },
): Promise<TaskDefinitionInput | undefined> {
  try {
    const { taskDefinition } = await describeService(reader, service);
    return (await readRevision(reader, taskDefinition)).definition;
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    goOnWithout(
      reader,
      "ecs:DescribeTaskDefinition",
      error,
      "changes are shown against the file, not against what runs",
    );
    return undefined;
  }
}
