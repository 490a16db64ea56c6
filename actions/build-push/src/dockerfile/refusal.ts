// What the Dockerfile says that cannot be understood: refused with its place, never read as if it were not there.
import { ConfigurationError } from "../../../shared/src/errors.ts";
import { oneLine } from "../../../shared/src/printable.ts";

/** @param line number of the line in the Dockerfile, from 1 */
export const at = (line: number, problem: string): string => `Dockerfile, line ${line}: ${problem}`;

export const refused = (line: number, problem: string): ConfigurationError => new ConfigurationError(at(line, problem));

/** A part of the Dockerfile in a message; it may have any length. */
export const quoted = (text: string): string => oneLine(text, 120);
