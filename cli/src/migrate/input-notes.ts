// What is to say about the inputs of one step: those that the AWS action did not have, and those that ours refuses.
import { ConfigurationError } from "../../../actions/shared/src/errors.ts";
import type { InputSource } from "../../../actions/shared/src/inputs.ts";
import { nearest } from "../../../actions/shared/src/nearest.ts";
import type { Given, ReplacedAction } from "./replaced-actions.ts";
import { isBefore } from "./reference.ts";

/** Of our action: the descriptions of its inputs, and what reads them. */
export interface OurAction {
  inputs: Record<string, { description: string }>;
  /** @throws ConfigurationError with a line for each input that is not usable */
  readInputs: (source: InputSource) => unknown;
}

export interface InputNote {
  input: string;
  text: string;
}

/**
 * Inputs that the AWS action ignored, with a warning of GitHub: one of ours takes effect now, any other is likely a slip.
 *
 * @param release the release that was used; undefined: unknown, taken for the newest
 */
export function unusedSoFar(
  given: Given,
  action: ReplacedAction,
  ours: OurAction,
  release: [number, number, number] | undefined,
): InputNote[] {
  const theirs = new Map(Object.entries(action.inputs).map(([name, since]) => [name.toLowerCase(), since]));
  const known = Object.entries(ours.inputs);
  return [...given].flatMap(([lower, { name }]): InputNote[] => {
    const since = theirs.get(lower);
    if (since !== undefined && !(release && isBefore(release, since))) return [];
    const own = known.find(([input]) => input.toLowerCase() === lower);
    if (since !== undefined)
      return [{ input: name, text: `${name} had no effect before release ${since} of the AWS action; now it has.` }];
    if (own)
      return [
        {
          input: name,
          text: `${name} is no input of the AWS action, and had no effect; now it has: ${own[1].description}`,
        },
      ];
    const names = [...new Set([...Object.keys(action.inputs), ...known.map(([input]) => input)])];
    return [{ input: name, text: `${name} is an input of neither action, and has no effect${nearest(name, names)}` }];
  });
}

/** What our action would refuse, by its own code. Of an expression only the workflow's run knows the value. */
export function refusedInputs(given: Given, ours: OurAction): InputNote[] {
  const text = (name: string) => given.get(name.toLowerCase())?.text ?? "";
  const isExpression = (name: string) => text(name).includes("${{");
  try {
    // A text without blanks is usable wherever an expression may stand for a name, an image or an ARN.
    ours.readInputs((name) => text(name).replaceAll(/\$\{\{[^]*?\}\}/g, "expression"));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = [...error.message.matchAll(/^ {2}(\S[^:]*): (.*(?:\n {4}.*)*)$/gm)];
    return problems.flatMap(([, inputs = "", problem = ""]) => {
      const names = inputs.split(/, | or /);
      return names.some(isExpression) ? [] : [{ input: names[0] ?? "", text: `${inputs}: ${problem}` }];
    });
  }
}
