// What a run hands to the step after a cancelled job, through the runner's state.
import * as core from "@actions/core";
import type { StartedDeployment } from "./dependencies.ts";

/** dist/post.js runs the same bundle after a cancelled job. */
export const isPost = process.env["TOOLKIT_STEP"] === "post";

/** What a run that was cut off had begun. */
export const loadState = (): StartedDeployment[] => JSON.parse(core.getState("started") || "[]") as StartedDeployment[];

/** Runs the work; what it has begun is known to the step after it, unless it comes to its own end. */
export async function trackStarted<T>(work: (remember: (one: StartedDeployment) => void) => Promise<T>): Promise<T> {
  const started: StartedDeployment[] = [];
  try {
    return await work((one) => {
      started.push(one);
      core.saveState("started", JSON.stringify(started));
    });
  } finally {
    core.saveState("started", "[]");
  }
}
