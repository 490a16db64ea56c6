import type { Log } from "../../../actions/shared/src/report.ts";
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import type { Pins } from "./answers.ts";
import type { ReadFile } from "./detect.ts";

export interface Dependencies {
  /** A file of the service's repository, by its path there. */
  read: ReadFile;
  write: (path: string, text: string) => Promise<void>;
  /** Of the service's repository. */
  folder: string;
  run: RunProcess;
  /** Of the environment. */
  region: string | undefined;
  toolkit: { repository: string; commit: () => Promise<string | undefined>; pins: () => Promise<Pins> };
  /** Asks somebody at the terminal; an empty answer is the default. undefined: there is nobody. */
  ask: ((question: string, fallback: string) => Promise<string>) | undefined;
  log: Log;
  setOutputs: (outputs: Record<string, unknown>) => void;
}
