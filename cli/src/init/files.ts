// All files that init writes.
import type { Answers, Pins } from "./answers.ts";
import { dockerIgnore, terraformIgnore } from "./ignore.ts";
import { githubFile, mainFile, networkFile, versionsFile } from "./terraform.ts";
import { deployWorkflow, rollbackWorkflow } from "./workflows.ts";

export interface File {
  path: string;
  text: string;
  /** One that exists is left as it is: it is its author's list. */
  isKept?: true;
}

/** @param command with which all of them can be written again */
export function filesOf(answers: Answers, pins: Pins, command: string): File[] {
  const { folder } = answers;
  const network = networkFile(answers);
  return [
    { path: ".dockerignore", text: dockerIgnore(answers), isKept: true },
    { path: ".github/workflows/deploy.yml", text: deployWorkflow(answers, pins) },
    { path: ".github/workflows/rollback.yml", text: rollbackWorkflow(answers, pins) },
    { path: `${folder}/.gitignore`, text: terraformIgnore },
    { path: `${folder}/versions.tf`, text: versionsFile(answers) },
    { path: `${folder}/main.tf`, text: mainFile(answers) },
    ...(network === undefined ? [] : [{ path: `${folder}/network.tf`, text: network }]),
    { path: `${folder}/github.tf`, text: githubFile(answers, command) },
  ];
}
