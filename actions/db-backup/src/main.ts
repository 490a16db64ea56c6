import { failureSection, isKnown, markExplained } from "../../shared/src/summary/failure.ts";
import type { Section } from "../../shared/src/summary/section.ts";
import { appendSummary, holdSections } from "../../shared/src/summary/write.ts";
import { describeLastGood } from "./storage/catalog.ts";
import { BackupError } from "./errors.ts";
import type { Common, Inputs, Work } from "./input-types.ts";
import { shownInputs } from "./shown-inputs.ts";
import { failedSummary } from "./summary.ts";
import { openStore, type Dependencies } from "./dependencies.ts";
import { runHere } from "./work-here.ts";
import { runInTask } from "./work-in-task.ts";

export async function main(inputs: Inputs, dependencies: Dependencies): Promise<void> {
  const { work, remote } = inputs;
  const sections: Section[] = [];
  try {
    await holdSections(sections, () => (remote ? runInTask(work, remote, dependencies) : runHere(work, dependencies)));
  } catch (error) {
    const explained = "place" in work.inputs ? await withLastGood(error, work.inputs, dependencies) : error;
    if (explained instanceof BackupError) dependencies.setOutputs({ "error-code": explained.code });
    if (isKnown(explained)) sections.push(failureOf(work, explained));
    throw explained;
  } finally {
    for (const section of sections) await appendSummary({ ...section, end: shownInputs(inputs) });
  }
}

function failureOf(work: Work, error: Error): Section {
  const subject = subjectOf(work);
  markExplained(error);
  return error instanceof BackupError ? failedSummary(subject, error) : failureSection(subject, error);
}

const subjectOf = ({ inputs }: Work): string =>
  "place" in inputs ? inputs.place.database : "instance" in inputs ? inputs.instance : inputs.connection.database;

/** Adds the last good backup to the message: the first question after a failure. */
async function withLastGood(error: unknown, inputs: Common, dependencies: Dependencies): Promise<unknown> {
  if (!(error instanceof BackupError)) return error;
  error.lastGood = await describeLastGood(openStore(inputs, dependencies), inputs.place, dependencies.clock.now());
  return error;
}
