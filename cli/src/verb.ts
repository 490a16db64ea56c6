// What a command is, for those that define one.
import type { InputSource } from "../../actions/shared/src/inputs.ts";
import type { Context } from "./context.ts";

export interface InputDescription {
  description: string;
  required?: boolean;
  default?: string;
}

export interface Verb {
  name: string;
  summary: string;
  inputs: Record<string, InputDescription>;
  /** Input that a word without an option is assigned to. */
  main: string | undefined;
  /** @returns the exit code, unless it throws */
  run: (source: InputSource, context: Context) => Promise<number>;
}
