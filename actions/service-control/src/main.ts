// The emergency procedure as a runbook: look at all services, plan, then stop or resume them side by side, and report.
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import type { Outcome } from "../../shared/src/outcome.ts";
import { isKnown } from "../../shared/src/summary/failure.ts";
import { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Dependencies, Run } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";
import { describePlan, reportStates, type Ended } from "./report-states.ts";
import { planResume, resume } from "./resume.ts";
import { readAll, readState, withMaintenance, type ServiceState } from "./state.ts";
import { stop } from "./stop.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const missing = new MissingPermissions(dependencies);
  const deadline = dependencies.clock.now() + inputs.waitMinutes * 60_000;
  const run: Run = { ...dependencies, missing, inputs, deadline };
  const states = await readAll(run);
  const steps = stepsOf(run, states);
  if (steps === undefined || inputs.dryRun)
    return reportStates(run, {
      states: await Promise.all(states.map((state) => withMaintenance(run, state))),
      ended: [],
    });

  // A service that cannot be stopped is no reason to leave the others running.
  const ended = await Promise.all(steps.map(settled));
  // What only reports does not fail what was done.
  const after = await Promise.all(states.map((before) => lookAgain(run, before)));
  await reportStates(run, { states: after, ended });
  const failed = ended.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return;
  const bug = failed.find(({ error }) => !isKnown(error));
  if (bug) throw bug.error;
  throw new FailedError(failed.map(({ error }) => messageOf(error)).join("\n"), {
    cause: failed[0]?.error,
    outcome: failed.every(({ outcome }) => outcome === "timed-out") ? "timed-out" : "failed",
  });
}

/** Its record may be gone by now, and with it the maintenance rule: that is the one of before. */
async function lookAgain(run: Run, before: ServiceState): Promise<ServiceState> {
  const now = await readState(run, before.name).catch(() => before);
  const { maintenance } = await withMaintenance(run, { ...now, record: now.record ?? before.record });
  return { ...now, maintenance };
}

interface Step {
  service: ServiceState;
  run: () => Promise<"succeeded" | "unchanged">;
}

/** undefined: there is nothing to do, only to look. */
function stepsOf(run: Run, states: ServiceState[]): Step[] | undefined {
  switch (run.inputs.mode) {
    case "status":
      return undefined;
    case "stop":
      describePlan(run, states);
      return states.map((service) => ({ service, run: () => stop(run, service) }));
    case "resume": {
      const plans = planResume(run, states);
      describePlan(run, states);
      return plans.map((plan) => ({ service: plan.service, run: () => resume(run, plan) }));
    }
  }
}

async function settled({ service, run }: Step): Promise<Ended> {
  try {
    return { service: service.name, outcome: await run(), error: undefined };
  } catch (error) {
    const outcome: Outcome = error instanceof FailedError ? error.outcome : "failed";
    return { service: service.name, outcome, error };
  }
}
