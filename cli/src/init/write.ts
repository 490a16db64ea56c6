// What becomes of each file: nothing that differs is overwritten unless that is asked for.
import { unifiedDiff } from "../unified-diff.ts";
import type { ReadFile } from "./detect.ts";
import type { File } from "./files.ts";

export type State = "new" | "unchanged" | "kept" | "differs";

export interface PlannedFile extends File {
  state: State;
  before: string | undefined;
}

export const plan = (files: File[], read: ReadFile): Promise<PlannedFile[]> =>
  Promise.all(
    files.map(async (file) => {
      const before = await read(file.path);
      return { ...file, before, state: stateOf(file, before) };
    }),
  );

function stateOf({ text, isKept }: File, before: string | undefined): State {
  if (before === undefined) return "new";
  if (before === text) return "unchanged";
  return isKept ? "kept" : "differs";
}

export const differences = (files: PlannedFile[], states: State[]): string[] =>
  files.filter(({ state }) => states.includes(state)).map(({ path, before, text }) => unifiedDiff(path, before, text));

/** What .dockerignore lacks of what keeps the image from being built again for no reason. */
export function missingIn({ text, before = "" }: PlannedFile): string[] {
  const present = new Set(before.split(/\r?\n/).map((line) => line.trim().replaceAll(/^\/|\/$/g, "")));
  return text.split("\n").filter((line) => line !== "" && !present.has(line));
}
