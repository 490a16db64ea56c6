import type { Verb } from "../verb.ts";
import { doctorInputs } from "./inputs.ts";

export const doctorVerb: Verb = {
  name: "doctor",
  summary:
    "Checks what a deployment depends on: login, environment, variables, permissions, services, images, runners, pins, time limits, clock, region. Read-only.",
  inputs: doctorInputs,
  main: "service",
  run: async (source, context) => {
    const { doctor } = await import("./run.ts");
    return doctor(source, context);
  },
};
