// One file: which references are replaced, what cannot be moved, and the new text. Nothing is written here.
import { adviceFor, type Advice } from "./advice.ts";
import { otherValues, stepsOf, type Step } from "./find-steps.ts";
import { refusedInputs, unusedSoFar, type OurAction } from "./input-notes.ts";
import { isBefore, isCommit, parseReference, releaseOf } from "./reference.ts";
import { needsNode24, replacedActions, type Given, type ReplacedAction } from "./replaced-actions.ts";
import { applied, commentEdits, commentIn, releaseIn, type Edit } from "./version-comment.ts";
import {
  nodesIn,
  positionOf,
  readYaml,
  startOf,
  textOf,
  type YamlAlias,
  type YamlNode,
  type YamlScalar,
} from "./yaml-nodes.ts";

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

export interface Moved {
  line: number;
  column: number;
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

export interface Problem {
  line: number;
  column: number;
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

export function planFile(file: SourceFile, target: Target): FilePlan {
  const { documents } = file;
  const steps = stepsOf(documents);
  const problems: Problem[] = [];
  const problemAt = (node: YamlNode, problem: string, remedy: string) =>
    problems.push({ ...positionOf(file.text, startOf(node)), problem, remedy });
  const uses = steps.flatMap((step) => {
    const action = replacedBy(step.usesText);
    return step.uses && action ? [{ step, uses: step.uses, action }] : [];
  });
  const obstacles = new Map(uses.map((one) => [one, obstacleOf(one, { documents, steps, file, target })] as const));
  const changes = new Map<YamlScalar | YamlAlias, { to: string; edits: Edit[] }>();
  const moved: Moved[] = [];
  for (const one of uses) {
    const node = editedNode(one.uses, steps);
    const obstacle = obstacles.get(one) ?? sharedObstacle(node, obstacles, { steps, file });
    if (obstacle) {
      problemAt(obstacle.node ?? one.uses, obstacle.problem, obstacle.remedy);
      continue;
    }
    const to = `${target.repository}/actions/${one.action.ours}@${target.pin.reference}`;
    changes.set(node, { to, edits: referenceEdits(file.text, node, { to, version: target.pin.version }) });
    moved.push(describe(one, to, { file, target }));
  }
  for (const value of otherValues(documents, steps)) {
    if (!replacedBy(value.text)) continue;
    problemAt(
      value,
      `${value.text.trim()} is a value here, and not the uses of a step`,
      "GitHub evaluates no expressions in uses. Write the reference there, and run the command again.",
    );
  }
  const edits = [...changes.values()].flatMap((change) => change.edits);
  const after = applied(file.text, edits);
  expectOnlyThese(documents, after, new Map([...changes].map(([node, { to }]) => [node, to])));
  return {
    path: file.path,
    before: file.text,
    after,
    edits,
    moved,
    problems,
    advice: adviceFor(steps, (node) => positionOf(file.text, startOf(node)).line),
    staying: steps.flatMap(({ usesText }) => {
      const { name } = parseReference(usesText);
      const isOurs = name.toLowerCase().startsWith(`${target.repository.toLowerCase()}/actions/`);
      return isOurs || stillNeeded.includes(name.toLowerCase()) ? [name] : [];
    }),
  };
}

/** They log in to AWS and ECR, which the actions do not. */
export const stillNeeded = ["aws-actions/configure-aws-credentials", "aws-actions/amazon-ecr-login"];

/** The action that a reference names; GitHub ignores the case. */
const replacedBy = (text: string): ReplacedAction | undefined => {
  const name = parseReference(text).name.toLowerCase();
  return replacedActions.find((action) => action.name === name);
};

interface Use {
  step: Step;
  uses: YamlScalar | YamlAlias;
  action: ReplacedAction;
}

interface Obstacle {
  /** undefined: the `uses` itself. */
  node?: YamlNode;
  problem: string;
  remedy: string;
}

function obstacleOf(
  { step, uses, action }: Use,
  { documents, steps, file, target }: { documents: YamlNode[]; steps: Step[]; file: SourceFile; target: Target },
): Obstacle | undefined {
  if (file.locked) return file.locked;
  const { name, version } = parseReference(step.usesText);
  const again = "and run the command again.";
  if (version === undefined || version === "")
    return {
      problem: `${name} has no version, which GitHub refuses`,
      remedy: `Write @v2 behind it, for example, ${again}`,
    };
  if (/[\s$]/.test(version))
    return {
      problem: `${step.usesText} has an expression, or a blank, in uses, which GitHub refuses`,
      remedy: `Write the version itself, ${again}`,
    };
  const elsewhere = uses.kind === "scalar" ? otherAlias(uses, documents, steps) : undefined;
  if (elsewhere)
    return {
      problem: `its anchor &${uses.kind === "scalar" ? uses.anchor : ""} is also used in line ${positionOf(file.text, elsewhere.span.start).line}, not as the uses of a step`,
      remedy: `Write the value out there, ${again}`,
    };
  const [refused] = refusedInputs(givenTo(step), target.ours[action.ours]);
  if (!refused) return undefined;
  const input = givenTo(step).get(refused.input.toLowerCase());
  return {
    ...(input ? { node: input.node } : {}),
    problem: `the action ${action.ours} would refuse this step: ${refused.text}`,
    remedy: `Change the input, ${again}`,
  };
}

/** An alias of a value that is no `uses` of a step, so that the value must stay. */
function otherAlias(scalar: YamlScalar, documents: YamlNode[], steps: Step[]): YamlAlias | undefined {
  const asUses = new Set<YamlNode | undefined>(steps.map(({ uses }) => uses));
  for (const node of nodesIn(documents))
    if (node.kind === "alias" && node.target === scalar && !asUses.has(node)) return node;
  return undefined;
}

/** An alias of another step's `uses` changes with it; of any other value, it is replaced itself. */
function editedNode(uses: YamlScalar | YamlAlias, steps: Step[]): YamlScalar | YamlAlias {
  if (uses.kind === "scalar") return uses;
  const origin = steps.find((step) => step.uses === uses.target)?.uses;
  return origin ?? uses;
}

/** Steps that share a reference are moved together, or not at all. */
function sharedObstacle(
  node: YamlNode,
  obstacles: Map<Use, Obstacle | undefined>,
  { steps, file }: { steps: Step[]; file: SourceFile },
): Obstacle | undefined {
  const other = [...obstacles].find(([one, obstacle]) => obstacle && editedNode(one.uses, steps) === node)?.[0];
  if (!other) return undefined;
  return {
    problem: `it shares its reference with the step in line ${positionOf(file.text, startOf(other.uses)).line}, which cannot be moved`,
    remedy: "Change that step, and run the command again.",
  };
}

function referenceEdits(
  text: string,
  node: YamlScalar | YamlAlias,
  { to, version }: { to: string; version: string | undefined },
): Edit[] {
  const from = (textOf(node) ?? "").trim();
  const wasCommit = isCommit(parseReference(from).version ?? "");
  const { at, rest } = behind(text, node);
  if (node.kind === "alias" || node.style !== "block")
    return [{ ...node.span, text: to }, ...commentEdits({ at, rest, wasCommit, version })];
  const start = text.indexOf(from, at + rest.length);
  // Behind the > or | of a block, a comment is only changed: in what follows, it would be text.
  const edits = commentIn(rest).comment === "" ? [] : commentEdits({ at, rest, wasCommit, version });
  return [{ start, end: start + from.length, text: to }, ...edits];
}

/** What stands behind a value on its line: of a block, behind its > or |. */
function behind(text: string, node: YamlScalar | YamlAlias): { at: number; rest: string } {
  const { start, end } = node.span;
  const style = node.kind === "alias" ? "plain" : node.style;
  const header = style === "block" ? (/^[>|][-+\d]*/.exec(text.slice(start, start + 4))?.[0].length ?? 0) : 0;
  const at = style === "block" ? start + header : style === "quoted" ? end + 1 : end;
  return { at, rest: /^[^\r\n]*/.exec(text.slice(at))?.[0] ?? "" };
}

const givenTo = (step: Step): Given => new Map(step.inputs.map((input) => [input.name.toLowerCase(), input]));

function describe(
  { step, uses, action }: Use,
  to: string,
  { file, target }: { file: SourceFile; target: Target },
): Moved {
  const given = givenTo(step);
  const { version = "" } = parseReference(step.usesText);
  const { rest } = behind(file.text, uses);
  const release = releaseOf(isCommit(version) ? releaseIn(commentIn(rest).comment) : version);
  const notes = unusedSoFar(given, action, target.ours[action.ours], release);
  return {
    ...positionOf(file.text, startOf(uses)),
    step: step.name ?? step.id,
    from: step.usesText,
    to,
    action,
    given,
    places: step.places,
    changes: [
      ...action.differences.filter(({ concerns }) => concerns(given)).map(({ text }) => text),
      ...(release && isBefore(release, action.node24Since) ? [needsNode24] : []),
    ],
    notes: notes.map(({ text }) => text),
  };
}

/** A guard, whatever the text looks like: read again, it differs in the replaced values and in nothing else. */
function expectOnlyThese(documents: YamlNode[], after: string, changed: Map<YamlNode, string>): void {
  const shape = (nodes: YamlNode[], values = new Map<YamlNode, string>()) =>
    [...nodesIn(nodes)].map((node) => {
      const value = values.get(node);
      if (node.kind === "scalar")
        return `=${value === undefined ? node.text : node.text.replace(node.text.trim(), () => value)}`;
      if (node.kind === "alias") return value === undefined ? "*" : `=${value}`;
      return `${node.kind} ${node.kind === "list" ? node.items.length : node.entries.length}`;
    });
  const expected = shape(documents, changed);
  const found = shape(readYaml(after));
  if (expected.length !== found.length || expected.some((one, index) => one !== found[index]))
    throw new Error("the new text would not be the old one with other references; nothing was written");
}
