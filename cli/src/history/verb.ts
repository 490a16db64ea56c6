import type { Verb } from "../verb.ts";
import { historyInputs } from "./inputs.ts";

export const historyVerb: Verb = {
  name: "history",
  summary:
    "Shows who deployed which commit when and how it ended, what changed since a service was last well, and the four DORA figures. Read-only.",
  inputs: historyInputs,
  main: "service",
  run: async (source, context) => {
    const { showHistory } = await import("./run.ts");
    return showHistory(source, context);
  },
};
