// Whether a service has run anything yet.
import type { Service, TaskDefinition } from "@aws-sdk/client-ecs";
import { primaryOf } from "./deployment/completion.ts";
import { firstImageOf } from "./task-definition/first-image.ts";
import { verifiedTag } from "./task-definition/marks.ts";

const minute = 60_000;

/**
 * Nothing has deployed to it, if its revision is Terraform's first, or if its deployment is the one that ECS made with
 * the service: a change of the count makes none, one of the revision does.
 *
 * @param running its revision. If ECS does not say when service and deployment were made, the mark of a smoke test
 *   decides.
 */
export function wasNeverDeployed(
  service: Service,
  {
    definition,
    tags,
  }: {
    definition: Pick<TaskDefinition, "containerDefinitions"> | undefined;
    tags: ReadonlyMap<string, string>;
  },
): boolean {
  if (tags.has(verifiedTag)) return false;
  if (definition !== undefined && firstImageOf(definition) !== undefined) return true;
  const [created, begun] = [service.createdAt, primaryOf(service)?.createdAt];
  return created === undefined || begun === undefined || begun.getTime() - created.getTime() < minute;
}
