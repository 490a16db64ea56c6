import { InputReader, type InputSource } from "../../../actions/shared/src/inputs.ts";
import { isCommit } from "./reference.ts";

export interface MigrateInputs {
  files: string[];
  dryRun: boolean;
  /** A commit or a tag; undefined: the commit of this toolkit. */
  pin: string | undefined;
  /** OWNER/REPO; undefined: that of this toolkit. */
  repository: string | undefined;
}

export const migrateInputs = {
  files: {
    description:
      "Files to change, relative to the current folder. Default: the workflows in .github/workflows, and every " +
      "composite action (action.yml) of the repository in the current folder.",
  },
  "dry-run": { description: "Shows the diff, and changes nothing.", default: "false" },
  pin: {
    description:
      "Version of the toolkit in the new references: a whole commit, or a tag such as v1. Default: the commit that this " +
      "command is from, with its release in a comment, if it is one and GitHub can be reached.",
  },
  repository: {
    description:
      "OWNER/REPO of a copy of the toolkit, for example on GitHub Enterprise Server. Default: the toolkit's own.",
  },
};

export function readInputs(source: InputSource): MigrateInputs {
  const read = new InputReader(source);
  const inputs = {
    files: read.lines("files"),
    dryRun: read.boolean("dry-run", false),
    pin: read.optional("pin"),
    repository: read.optional("repository"),
  };
  if (inputs.pin !== undefined && !isCommit(inputs.pin) && !/^v\d+(?:\.\d+){0,2}$/.test(inputs.pin))
    read.problem(
      `pin: must be a whole commit (40 digits), since GitHub takes no shortened one, or a tag such as v1, not "${inputs.pin}"`,
    );
  // The characters that GitHub allows in both names.
  if (inputs.repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(inputs.repository))
    read.problem(`repository: must be OWNER/REPO, not "${inputs.repository}"`);
  read.finish();
  return inputs;
}
