// What `terraform test -json` says about each mutant.
import type { State } from "../infrastructure/system.ts";

/**
 * - survived: every run passed.
 * - killed: an assertion failed, or a refusal that a test expects did not come.
 * - guarded: one of our own validations or preconditions refused it.
 * - refused: Terraform or the provider's schema refused it, so that it could never be applied.
 */
export type Outcome = "survived" | "killed" | "guarded" | "refused";

export interface Verdict {
  outcome: Outcome;
  /** What was said first. */
  message: string;
}

/** What is expected of an environment does not notice it in the part that it reaches, and nothing else differs. */
export const settled: Verdict = { outcome: "survived", message: "nothing else differs" };

interface Diagnostic {
  severity: string;
  summary: string;
  detail: string;
  range?: { filename: string };
}

interface Message {
  type: string;
  "@testfile"?: string;
  diagnostic?: Diagnostic;
  test_file?: { path: string; progress: string; status?: string };
  test_state?: State;
}

export interface Result {
  /** By the ID of the candidate. */
  verdicts: Map<string, Verdict>;
  /** Errors that belong to no test: the whole run was refused when Terraform loaded the files. */
  unassigned: Diagnostic[];
  /** What each has applied first, if `terraform test` was asked to show it. */
  states: Map<string, State>;
}

const guards =
  /^(Invalid value for variable|Resource (pre|post)condition failed|Module output value precondition failed|Check block assertion failed)/;
const assertions = /^(Test assertion failed|Missing expected failure)/;

export function readOutcomes(output: string): Result {
  const diagnostics = new Map<string, Diagnostic[]>();
  const verdicts = new Map<string, Verdict>();
  const states = new Map<string, State>();
  const unassigned: Diagnostic[] = [];
  for (const line of output.split("\n")) {
    if (!line.startsWith("{")) continue;
    const message = JSON.parse(line) as Message;
    const { diagnostic, test_file: file, test_state: state } = message;
    const id = idOf(message["@testfile"]);
    if (id !== undefined && state && !states.has(id))
      states.set(id, { root_module: state.root_module, outputs: state.outputs ?? {} });
    if (diagnostic?.severity === "error") {
      if (id === undefined) unassigned.push(diagnostic);
      else diagnostics.set(id, [...(diagnostics.get(id) ?? []), diagnostic]);
    }
    if (id !== undefined && file?.progress === "complete")
      verdicts.set(id, { outcome: file.status === "pass" ? "survived" : "refused", message: "" });
  }
  for (const [id, found] of diagnostics) verdicts.set(id, verdictOf(found));
  return { verdicts, unassigned, states };
}

/** m17 of tests/m17.tftest.hcl. */
const idOf = (path: string | undefined): string | undefined => /([^/]+)\.tftest\.hcl$/.exec(path ?? "")?.[1];

function verdictOf(diagnostics: Diagnostic[]): Verdict {
  const message = (found: Diagnostic) => `${found.summary} ${found.detail}`.replaceAll(/\s+/g, " ").trim();
  const asserted = diagnostics.find(
    ({ summary, range }) => assertions.test(summary) || range?.filename.endsWith(".tftest.hcl"),
  );
  if (asserted) return { outcome: "killed", message: message(asserted) };
  const guarded = diagnostics.find(({ summary }) => guards.test(summary));
  if (guarded) return { outcome: "guarded", message: message(guarded) };
  return { outcome: "refused", message: message(diagnostics[0] as Diagnostic) };
}

/** The candidates in whose copies Terraform found errors when it loaded the files. */
export function idsIn(diagnostics: Diagnostic[]): Map<string, Verdict> {
  return new Map(
    diagnostics.flatMap((diagnostic) => {
      const id = /(?:^|\/)m\/([^/]+)\//.exec(diagnostic.range?.filename ?? "")?.[1];
      return id === undefined ? [] : [[id, verdictOf([diagnostic])] as const];
    }),
  );
}

/** The values that the provider says it takes, for a text that it does not. */
export function allowedValues(message: string): string[] {
  const listed = /one of:? \[([^\]]*)\]/.exec(message)?.[1] ?? "";
  return [...listed.matchAll(/"([^"]*)"/g)].map(([, value = ""]) => value);
}
