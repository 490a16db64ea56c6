// What the programs themselves say of the commands in the runbooks: their options. recorded-options.json is written by
// record-options.ts, from the installed programs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./commands.ts";

/** Program → its version, and for each command its options. */
export type Recorded = Record<string, { version: string; commands: Record<string, string[]> }>;

export const recordedFile = join(import.meta.dirname, "recorded-options.json");

/** Programs that are recorded, with the words that name one of their commands. */
export const commandOf: Record<string, (words: string[]) => string[]> = {
  // `aws ecs wait services-stable`
  aws: (words) => words.slice(1, words[2] === "wait" ? 4 : 3),
  // `gh api PATH` and `gh pr create`
  gh: (words) => words.slice(1, words[1] === "api" ? 2 : 3),
  terraform: (words) => words.filter((word, index) => index > 0 && !word.startsWith("-")).slice(0, 1),
};

/** What does not exist; no more is known of values than that an option has one. */
export function unknownIn({ words }: Command, recorded: Recorded): string[] {
  const [program = ""] = words;
  const path = commandOf[program]?.(words).join(" ") ?? "";
  const options = recorded[program]?.commands[path];
  if (options === undefined) return [`${program} ${path} is not recorded: node scripts/lib/runbooks/record-options.ts`];
  const given = words.slice(1).flatMap((word) => /^(--?[A-Za-z][\w-]*)/.exec(word)?.[1] ?? []);
  return given.filter((option) => !options.includes(option)).map((option) => `${program} ${path} has no ${option}`);
}

export const readRecorded = (): Recorded => JSON.parse(readFileSync(recordedFile, "utf8")) as Recorded;
