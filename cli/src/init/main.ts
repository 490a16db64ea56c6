// Writes what a repository with a Dockerfile needs to be deployed: workflows, .dockerignore, Terraform.
import { InputReader, type InputSource } from "../../../actions/shared/src/inputs.ts";
import { commandOf } from "./command.ts";
import { completeInputs } from "./complete.ts";
import type { Dependencies } from "./dependencies.ts";
import { detect } from "./detect.ts";
import { filesOf } from "./files.ts";
import { readAnswers } from "./inputs.ts";
import { formatSteps, nextSteps } from "./next.ts";
import { differences, missingIn, plan, type PlannedFile } from "./write.ts";

/** @returns exit code 1 if files differ, and nothing was written */
export async function main(source: InputSource, dependencies: Dependencies): Promise<number> {
  const { log, setOutputs, toolkit, write } = dependencies;
  const path = source("dockerfile").trim();
  const dockerfile = await dependencies.read(path);
  const detected = await detect(dependencies.read, dockerfile ?? "");
  const { language = "language unknown", framework = language, port } = detected;
  log(`${path}: ${framework}, ${port === undefined ? "port unknown" : `port ${port}`}`);

  const complete = await completeInputs(source, detected, dependencies);
  const read = new InputReader(complete);
  if (dockerfile === undefined)
    read.problem(`dockerfile: there is no ${path}. Run init at the top of the repository, or name the Dockerfile`);
  const answers = readAnswers(read, toolkit.repository, detected.ignored);
  const isDryRun = read.boolean("dry-run", false);
  const isForced = read.boolean("force", false);
  read.finish();

  const command = commandOf(toolkit.repository, complete);
  const files = await plan(filesOf(answers, await toolkit.pins(), command), dependencies.read);
  for (const line of report(files, { isDryRun, isForced })) log(line);
  const steps = nextSteps(answers, files);
  setOutputs({
    files: files.map((file) => ({ path: file.path, state: file.state })),
    next: steps.flatMap(({ commands }) => commands),
  });
  if (isDryRun) return 0;
  if (!isForced && files.some(({ state }) => state === "differs")) {
    log("Nothing was written, because files differ. --force overwrites them.");
    return 1;
  }
  for (const file of files) if (file.state === "new" || file.state === "differs") await write(file.path, file.text);
  log(`\n${formatSteps(steps)}`);
  return 0;
}

function report(files: PlannedFile[], options: { isDryRun: boolean; isForced: boolean }): string[] {
  const { isDryRun, isForced } = options;
  const overwritten = isDryRun ? "would be overwritten" : "overwritten";
  const words = {
    new: isDryRun ? "would be new" : "new",
    unchanged: "unchanged",
    kept: "exists, and is kept",
    differs: isForced ? overwritten : "differs",
  };
  return [
    ...differences(files, isDryRun ? ["new", "differs"] : ["differs"]).map((text) => `${text}\n`),
    ...files.flatMap((file) => {
      const missing = file.state === "kept" ? missingIn(file) : [];
      return [
        `  ${file.path}: ${words[file.state]}`,
        ...(missing.length > 0 ? [`    it lacks ${missing.join(", ")}: a change there builds the image again`] : []),
      ];
    }),
  ];
}
