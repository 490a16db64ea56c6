// Fields of AWS's answers, read once at the edge.
import { FailedError } from "./errors.ts";

/**
 * A field that the SDK's type calls optional, as it does with all of them, and that AWS sends whenever the call
 * succeeds.
 *
 * @param field the call and the field, for the message: "ecs:RegisterTaskDefinition: taskDefinitionArn"
 * @throws FailedError when it is missing: an emulator or a proxy has answered, or AWS has changed.
 */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value === undefined || value === null)
    throw new FailedError(`AWS answered without a field it always sends: ${field}`);
  return value;
}
