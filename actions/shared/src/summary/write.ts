// The summary of a step: a file of the runner to which each section is added.
import { AsyncLocalStorage } from "node:async_hooks";
import { appendFile, stat } from "node:fs/promises";
import { raw } from "./markup.ts";
import { renderSection, type Section } from "./section.ts";

/** Bytes. GitHub refuses a summary of more than 1 MiB (1,048,576 bytes) as a whole. */
const limit = 900_000;

const holding = new AsyncLocalStorage<Section[]>();

/** Adds a section to the summary of the step; outside of a runner there is none. */
export async function appendSummary(section: Section): Promise<void> {
  const held = holding.getStore();
  if (held) return void held.push(section);
  const file = process.env["GITHUB_STEP_SUMMARY"];
  if (!file) return;
  const used = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  await appendFile(file, fitted(section, limit - used));
}

const tooLong = raw("The rest is left out, because a summary may have 1 MiB at most. The log has all of it.");

/** The whole section, or what fits of it: as many of its parts as there is space for, the headings of others, its own. */
function fitted(section: Section, space: number): string {
  const { parts = [] } = section;
  const attempts = [
    section,
    ...parts.map((_, index): Section => {
      const whole = parts.length - 1 - index;
      const others = parts.slice(whole).map((part) => ({ status: part.status, title: part.title, content: [] }));
      return { ...section, parts: [...parts.slice(0, whole), ...others], end: tooLong };
    }),
    { status: section.status, title: section.title, content: [tooLong] },
  ];
  for (const attempt of attempts) {
    const text = `${renderSection(attempt).markup}\n\n`;
    if (Buffer.byteLength(text) <= space) return text;
  }
  return "";
}

/** Runs work whose sections go into `sections` instead of the summary, for an action that is made of others. */
export const holdSections = <T>(sections: Section[], work: () => Promise<T>): Promise<T> => holding.run(sections, work);
