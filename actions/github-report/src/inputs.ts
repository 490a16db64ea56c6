import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import type { Run } from "./run.ts";

interface Common {
  id: string;
  body: string;
  owner: string;
  name: string;
  author: string;
  token: string;
}

export interface IssueInputs extends Common {
  kind: "issue";
  state: "open" | "closed";
  title: string;
  label: string;
}

export interface CommentInputs extends Common {
  kind: "comment";
  pullRequest: number;
}

export type Inputs = IssueInputs | CommentInputs;

/** @throws ConfigurationError with every problem of the inputs */
export function readInputs(source: InputSource, run: Pick<Run, "repository" | "pullRequest">): Inputs {
  const read = new InputReader(source);
  const kind = read.required("kind", "issue, or comment");
  if (!["", "issue", "comment"].includes(kind)) read.problem(`kind: must be issue or comment, not "${kind}"`);
  const state = read.choice("state", ["open", "closed"] as const, "open");
  const common = {
    id: readId(read),
    body: read.optional("body") ?? "",
    ...readRepository(read, run),
    author: read.optional("author") ?? "github-actions[bot]",
    token: read.required("token", "${{ github.token }}"),
  };
  const isClosing = kind === "issue" && state === "closed";
  if (common.body === "" && !isClosing) read.problem("body: is required, except to close an issue");
  const title = read.optional("title") ?? "";
  if (kind === "issue" && !isClosing && title === "")
    read.problem('title: is required for an open issue, for example "Backup of production failed"');
  const label = read.optional("label") ?? "automatic-report";
  // Lists of issues are asked for with commas between labels.
  if (label.includes(",") || label.length > 50)
    read.problem("label: must be one label of at most 50 characters, without a comma");
  const pullRequest = readPullRequest(read, kind, run);
  read.finish();
  return kind === "comment" ? { kind, ...common, pullRequest } : { kind: "issue", ...common, state, title, label };
}

function readId(read: InputReader): string {
  const id = read.required("id", "backup-production");
  if (id !== "" && !/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/.test(id))
    read.problem(`id: must be 1 to 60 lower-case letters, digits and hyphens, not "${id}"`);
  return id;
}

function readRepository(read: InputReader, run: Pick<Run, "repository">): { owner: string; name: string } {
  const repository = read.optional("repository") ?? run.repository;
  const [, owner = "", name = ""] = /^([\w-]+)\/([\w.-]+)$/.exec(repository) ?? [];
  if (owner === "") read.problem(`repository: must be OWNER/NAME, not "${repository}"`);
  return { owner, name };
}

function readPullRequest(read: InputReader, kind: string, run: Pick<Run, "pullRequest">): number {
  const given = read.optional("pull-request");
  if (given !== undefined && !/^[1-9]\d{0,9}$/.test(given))
    read.problem(`pull-request: must be the number of a pull request, not "${given}"`);
  const number = given === undefined ? run.pullRequest : Number(given);
  if (kind === "comment" && number === undefined)
    read.problem("pull-request: is required, because the event of this run is not about a pull request");
  return number ?? 0;
}
