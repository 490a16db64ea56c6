// Workflows as GitHub reads them, as far as a login to AWS depends on it.
import { parseDocument } from "../../../actions/shared/src/document.ts";
import { isObject } from "../../../actions/shared/src/fields.ts";

export interface StepDocument {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
}

export interface JobDocument {
  uses?: string;
  with?: Record<string, unknown>;
  steps?: StepDocument[];
  env?: Record<string, unknown>;
  environment?: string | { name?: string };
  "runs-on"?: unknown;
  "timeout-minutes"?: unknown;
}

interface Trigger {
  inputs?: Record<string, { default?: unknown } | null>;
}

export interface WorkflowDocument {
  on?: { workflow_call?: Trigger | null; workflow_dispatch?: Trigger | null };
  env?: Record<string, unknown>;
  jobs: Record<string, JobDocument>;
}

/** By text: a reusable workflow is read again for each of its callers. */
const parsed = new Map<string, WorkflowDocument | undefined>();

/** undefined: not a workflow, or one that nobody can read. */
export function parseWorkflow(text: string): WorkflowDocument | undefined {
  if (!parsed.has(text)) parsed.set(text, parse(text));
  return parsed.get(text);
}

function parse(text: string): WorkflowDocument | undefined {
  try {
    const document = parseDocument(text);
    return isObject(document) && isObject(document["jobs"]) ? (document as unknown as WorkflowDocument) : undefined;
  } catch {
    return undefined;
  }
}

/** A `uses:` with the comment behind it. */
export interface Use {
  /** File and line, for messages. */
  where: string;
  /** owner/name, with the path of the action or workflow in it */
  path: string;
  repository: string;
  ref: string;
  /** For example v6.2.3. */
  comment: string | undefined;
}

/** References to other repositories; those to the own one have no ref. */
export function usesIn(file: string, text: string): Use[] {
  return text.split("\n").flatMap((line, index) => {
    const [, path = "", ref = "", comment] =
      /^\s*(?:-\s*)?uses:\s*["']?([\w.-]+\/[^\s@"']+)@([^\s"'#]+)["']?\s*(?:#\s*(\S+))?/.exec(line) ?? [];
    if (path === "") return [];
    const repository = path.split("/").slice(0, 2).join("/");
    return [{ where: `${file}:${index + 1}`, path, repository, ref, comment }];
  });
}
