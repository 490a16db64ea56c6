// Looks that only inform: what they cannot know must not fail what works without them.
import { goOnWithout, isUnavailable, type RetryContext } from "../aws.ts";
import { FailedError, messageOf } from "../errors.ts";

/** Throttling is otherwise waited out as long as the step may take. Milliseconds. */
const lookLimit = 60_000;

/** A session in which looks give up soon. */
export const briefly = <T extends RetryContext>(session: T): T => ({
  ...session,
  deadline: Math.min(session.deadline, session.clock.now() + lookLimit),
});

/**
 * A missing permission is reported once, with the statement to add; anything else that AWS refuses is a line of the log.
 *
 * @param consequence what is unknown then, as the rest of a sentence.
 * @returns undefined where the look was not possible.
 * @throws what concerns every call, such as expired credentials.
 */
export async function tryLook<T>(
  session: Pick<RetryContext, "log" | "missing">,
  { call, consequence }: { call: string; consequence: string },
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isUnavailable(error)) goOnWithout(session, call, error, consequence);
    else if (error instanceof FailedError) session.log(`${messageOf(error)}; ${consequence}`);
    else throw error;
    return undefined;
  }
}

/** Whether AWS has answered that a thing is not there: by the name of its error, which an explained error has as cause. */
export function isMissing(error: unknown, name: RegExp): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && name.test(cause.name);
}
