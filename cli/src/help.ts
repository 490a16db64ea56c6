// Help texts, from the descriptions in the actions' action.yml.
import type { Verb } from "./verb.ts";

export function generalHelp(verbs: Verb[]): string {
  const width = Math.max(...verbs.map(({ name }) => name.length));
  return [
    "rainbow-deploy: deploys to Amazon ECS, explains failures, and rolls back.",
    "",
    "  rainbow-deploy COMMAND [SERVICE] [--option value …]",
    "",
    ...verbs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "  rainbow-deploy help COMMAND   its options; they are the inputs of the action of the same name",
    "  --json                        one object on standard output, everything else on standard error",
    "",
    "AWS region, credentials and endpoints are configured as for the AWS CLI (AWS_REGION, AWS_PROFILE, …).",
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 rolled back, 4 timed out, 130 cancelled.",
  ].join("\n");
}

export function verbHelp({ name, summary, inputs, main }: Verb): string {
  const options = Object.entries(inputs).map(([input, { description, required, default: fallback }]) => {
    const notes = [required ? "required" : "", fallback ? `default: ${fallback}` : ""].filter(Boolean).join("; ");
    return [
      `  --${input}${notes ? `  (${notes})` : ""}`,
      ...wrapped(description.replaceAll("`", "")).map((line) => `      ${line}`),
    ].join("\n");
  });
  return [
    `rainbow-deploy ${name}${main ? ` [${main.toUpperCase()}]` : ""} [--option value …]`,
    "",
    summary,
    "",
    ...options,
  ].join("\n");
}

/** Wraps text into lines of at most 100 characters. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
