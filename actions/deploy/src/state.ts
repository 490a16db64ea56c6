// What a run hands to the step after a cancelled job, through the runner's state.
import * as core from "@actions/core";
import type { Begun } from "./tools.ts";

/** dist/post.js runs the same bundle after a cancelled job. */
export const isPost = process.env["TOOLKIT_STEP"] === "post";

/** What a run that was cut off had begun. */
export const leftBehind = (): Begun[] => JSON.parse(core.getState("begun") || "[]") as Begun[];

/** Runs the work; what it has begun is known to the step after it, unless it comes to its own end. */
export async function remembering<T>(work: (remember: (one: Begun) => void) => Promise<T>): Promise<T> {
  const begun: Begun[] = [];
  try {
    return await work((one) => {
      begun.push(one);
      core.saveState("begun", JSON.stringify(begun));
    });
  } finally {
    core.saveState("begun", "[]");
  }
}
