import { ConfigurationError, messageOf } from "./errors.ts";
import { isKnown } from "./summary/failure.ts";

/**
 * What was found out about each of several things, before any of them is changed.
 *
 * @throws ConfigurationError with all that is wrong with any of them; what is no known problem as it is.
 */
export async function allOrNothing<T>(work: Promise<T>[]): Promise<T[]> {
  const problems: string[] = [];
  let cause: unknown;
  const results: T[] = [];
  for (const result of await Promise.allSettled(work)) {
    if (result.status === "fulfilled") results.push(result.value);
    else if (isKnown(result.reason)) {
      problems.push(messageOf(result.reason));
      cause ??= result.reason.cause;
    } else throw result.reason;
  }
  if (problems.length > 0) throw new ConfigurationError(`${problems.join("\n")}\nNothing was changed.`, { cause });
  return results;
}
