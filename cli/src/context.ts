// Where a verb's log lines and outputs go: lines to standard output or, with --json, one object to standard output and
// the lines to standard error.
import { jsonLine, printable } from "../../actions/shared/src/printable.ts";
import type { Log } from "../../actions/shared/src/report.ts";

export interface Context {
  json: boolean;
  log: Log;
  setOutputs: (outputs: Record<string, unknown>) => void;
  /** Prints the outputs with --json, once. */
  finish: () => void;
  /** Cleanup on Ctrl-C, while there is anything to clean up. */
  interrupted?: () => Promise<void>;
}

export function makeContext(json: boolean): Context {
  const outputs: Record<string, unknown> = {};
  let isFinished = false;
  return {
    json,
    log: (line) => (json ? console.error(printable(line)) : console.log(printable(line))),
    setOutputs: (more) => void Object.assign(outputs, more),
    finish: () => {
      if (json && !isFinished) {
        const entries = Object.entries(outputs).map(([name, value]) => [name, parsed(value)]);
        console.log(jsonLine(Object.fromEntries(entries)));
      }
      isFinished = true;
    },
  };
}

/** Parses outputs that contain JSON, so that they are embedded as objects. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
