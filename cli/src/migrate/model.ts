// What the parts of the command pass on.
import type { Advice } from "./advice.ts";
import type { Edit } from "./edits.ts";
import type { Step } from "./find-steps.ts";
import type { OurAction } from "./input-notes.ts";
import type { Given, ReplacedAction } from "./replaced-actions.ts";
import type { Position, YamlAlias, YamlNode, YamlScalar } from "./yaml-nodes.ts";

export interface Target {
  /** OWNER/REPO of the toolkit. */
  repository: string;
  pin: Pin;
  ours: Record<ReplacedAction["ours"], OurAction>;
}

export interface Pin {
  /** A commit or a tag. */
  reference: string;
  /** For the comment behind a commit; undefined: not known, or the reference itself. */
  version: string | undefined;
}

export interface SourceFile {
  /** As messages name it. */
  path: string;
  text: string;
  /** What `text` says. */
  documents: YamlNode[];
  /** Why it cannot be written, and what to do; undefined: it can. */
  locked: { problem: string; remedy: string } | undefined;
}

export interface Moved extends Position {
  step: string | undefined;
  from: string;
  to: string;
  action: ReplacedAction;
  given: Given;
  /** In how many places the step is, by aliases. */
  places: number;
  /** What changes for this step. */
  changes: string[];
  notes: string[];
}

export interface Problem extends Position {
  problem: string;
  remedy: string;
}

export interface FilePlan {
  path: string;
  before: string;
  after: string;
  edits: Edit[];
  moved: Moved[];
  problems: Problem[];
  advice: Advice[];
  /** References that stay: the toolkit's own, and the actions of AWS that are still needed. */
  staying: string[];
}

/** A file as it was read. */
export interface Workflow {
  file: SourceFile;
  /** Every node of the text. */
  nodes: YamlNode[];
  steps: Step[];
  position: (node: YamlNode) => Position;
}

/** A step with one of the AWS actions. */
export interface Use {
  step: Step;
  uses: YamlScalar | YamlAlias;
  /** What is replaced: of an alias, the `uses` of another step that it stands for, if it is one. */
  edited: YamlScalar | YamlAlias;
  action: ReplacedAction;
  given: Given;
}
