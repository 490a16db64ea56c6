import { FailedError } from "../../shared/src/errors.ts";
import { formatDuration } from "../../shared/src/clock.ts";
import type { Run } from "./dependencies.ts";
import { readState, type ServiceState } from "./state.ts";

/** Milliseconds. */
const pause = 3000;

/**
 * @param what is waited for, as the rest of "waiting until …".
 * @throws FailedError with the outcome timed-out; a further run goes on from there.
 */
export async function waitUntil(
  run: Run,
  service: string,
  what: string,
  isReached: (state: ServiceState) => boolean,
): Promise<void> {
  const { clock, log, deadline, inputs } = run;
  const began = clock.now();
  let last = "";
  for (;;) {
    const state = await readState(run, service);
    if (isReached(state)) return log(`${service}: ${what}, after ${formatDuration(clock.now() - began)}`);
    const line = `${service}: desired ${state.desired}, running or pending ${state.tasks}; waiting until ${what}`;
    if (line !== last) log(line);
    last = line;
    if (clock.now() + pause > deadline)
      throw new FailedError(
        `${service}: not reached within ${inputs.waitMinutes} minutes: ${what} (desired ${state.desired}, running or pending ${state.tasks}). ` +
          `See why: rainbow-deploy explain --cluster ${inputs.cluster} --service ${service}. The same step again goes on from here.`,
        { outcome: "timed-out" },
      );
    await clock.sleep(pause);
  }
}
