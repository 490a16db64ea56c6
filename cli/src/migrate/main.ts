// Rewrites workflows that use the AWS actions so that they use ours: only the references, and the version in the
// comments behind them.
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import { findFiles } from "./find-files.ts";
import type { OurAction } from "./input-notes.ts";
import type { MigrateInputs } from "./inputs.ts";
import type { Statement } from "./permissions.ts";
import { choosePin } from "./pin.ts";
import { planFile } from "./plan-file.ts";
import type { ReplacedAction } from "./replaced-actions.ts";
import { replaceFiles, type Files } from "./replace-files.ts";
import { reportJson, reportText, summarize } from "./report.ts";

export interface Dependencies {
  /** The current folder. */
  folder: string;
  /** OWNER/REPO of this toolkit. */
  repository: string;
  /** The commit of this toolkit; undefined: not known. */
  commit: () => Promise<string | undefined>;
  /** Where repositories are: https://github.com, or a GitHub Enterprise Server. */
  serverUrl: string;
  ours: Record<ReplacedAction["ours"], OurAction>;
  policies: Record<string, Statement[]>;
  run: RunProcess;
  log: (line: string) => void;
  setOutputs: (outputs: Record<string, unknown>) => void;
  json: boolean;
  files?: Files;
}

/** @returns exit code 0 if there is nothing left to move, 1 if something could not be moved */
export async function main(inputs: MigrateInputs, on: Dependencies): Promise<number> {
  const files = await findFiles(on.folder, inputs.files);
  const repository = inputs.repository ?? on.repository;
  const url = `${on.serverUrl}/${repository}`;
  const drafts = files.map((file) => planFile(file, { repository, ours: on.ours, pin: anyPin }));
  const isNeeded = drafts.some(({ moved }) => moved.length > 0);
  const pin = isNeeded ? await choosePin(inputs.pin, { ...on, url }) : anyPin;
  const plans = files.map((file) => ({ ...planFile(file, { repository, ours: on.ours, pin }), target: file.target }));
  const changed = plans.filter(({ before, after }) => before !== after);
  if (!inputs.dryRun)
    await replaceFiles(
      changed.map(({ path, target, after }) => ({ path, target, text: after })),
      on.files,
    );
  const summary = summarize(plans, { ...inputs, repository, url, pin, policies: on.policies });
  on.setOutputs(reportJson(summary));
  if (!on.json) on.log(reportText(summary));
  return plans.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

/** To find out whether there is anything to move, before a commit is looked up for it. */
const anyPin = { reference: "v1", version: undefined };
