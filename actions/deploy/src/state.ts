// What a run passes to the post step of a cancelled job, through the runner's state.
import * as core from "@actions/core";
import type { StartedDeployment } from "./dependencies.ts";

/** dist/post.js runs the same bundle after a cancelled job. */
export const isPost = process.env["TOOLKIT_STEP"] === "post";

/** The deployments that an interrupted run had started. */
export const loadState = (): StartedDeployment[] => JSON.parse(core.getState("started") || "[]") as StartedDeployment[];

/** Runs the work; the post step gets the deployments that it has started, unless it finishes by itself. */
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
