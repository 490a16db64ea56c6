// Task definitions as values: what ECS accepts to register one.
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";

export type TaskDefinitionInput = RegisterTaskDefinitionCommandInput;

/** "family:revision" of an ARN; other text as it is. */
export function shortName(arn: string | undefined): string {
  return arn?.split("/").at(-1) ?? "unknown";
}
