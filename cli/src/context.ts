// Where a verb's words and outputs go: lines for people; with --json one object on standard output, and the lines on standard error.
import type { Log } from "../../actions/shared/src/report.ts";

export interface Context {
  json: boolean;
  log: Log;
  setOutputs: (outputs: Record<string, unknown>) => void;
  /** Prints the outputs, once. */
  finish: () => void;
  /** What Ctrl-C asks for, while there is something. */
  interrupted?: () => Promise<void>;
}

export function makeContext(json: boolean): Context {
  const outputs: Record<string, unknown> = {};
  let finished = false;
  return {
    json,
    log: (line) => (json ? console.error(line) : console.log(line)),
    setOutputs: (more) => void Object.assign(outputs, more),
    finish: () => {
      if (json && !finished)
        console.log(
          JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, parsed(value)]))),
        );
      finished = true;
    },
  };
}

/** Outputs that hold JSON become a part of it. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
