// One file: which references are replaced, what cannot be moved, and the new text. Nothing is written here.
import { adviceFor } from "./advice.ts";
import { applied, behind, commentIn, referenceEdits, releaseIn, type Edit } from "./edits.ts";
import { otherValues, stepsOf } from "./find-steps.ts";
import { unusedSoFar } from "./input-notes.ts";
import type { FilePlan, Moved, Problem, SourceFile, Target, Use, Workflow } from "./model.ts";
import { obstaclesOf } from "./obstacles.ts";
import { isBefore, isCommit, parseReference, releaseOf } from "./reference.ts";
import { needsNode24, replacedActions, type ReplacedAction } from "./replaced-actions.ts";
import { nodesIn, positionsIn, readYaml, startOf, type YamlNode } from "./yaml-nodes.ts";

export function planFile(file: SourceFile, target: Target): FilePlan {
  const workflow = readWorkflow(file);
  const uses = usesIn(workflow);
  const obstacles = obstaclesOf(uses, workflow, target);
  const problems = [...obstacles].map(([use, { node = use.uses, problem, remedy }]) => ({
    ...workflow.position(node),
    problem,
    remedy,
  }));
  const movable = uses.filter((use) => !obstacles.has(use));
  const changes = new Map<YamlNode, string>(movable.map(({ edited, action }) => [edited, referenceTo(action, target)]));
  const edits = editsFor(movable, file.text, target);
  const after = applied(file.text, edits);
  expectOnlyThese(workflow.nodes, after, changes);
  return {
    path: file.path,
    before: file.text,
    after,
    edits,
    moved: movable.map((use) => describe(use, workflow, target)),
    problems: [...problems, ...problemsOfValues(workflow)],
    advice: adviceFor(workflow.steps, (node) => workflow.position(node).line),
    staying: stayingIn(workflow, target),
  };
}

function readWorkflow(file: SourceFile): Workflow {
  const position = positionsIn(file.text);
  return {
    file,
    nodes: nodesIn(file.documents),
    steps: stepsOf(file.documents),
    position: (node) => position(startOf(node)),
  };
}

function usesIn({ steps }: Workflow): Use[] {
  const values = new Set<YamlNode | undefined>(steps.map((step) => step.uses));
  return steps.flatMap((step): Use[] => {
    const { uses } = step;
    const action = replacedBy(step.usesText);
    if (!uses || !action) return [];
    const target = uses.kind === "alias" && uses.target.kind === "scalar" ? uses.target : uses;
    const given = new Map(step.inputs.map((input) => [input.name.toLowerCase(), input]));
    return [{ step, uses, edited: values.has(target) ? target : uses, action, given }];
  });
}

/** The action that a reference names; GitHub ignores the case. */
const replacedBy = (text: string): ReplacedAction | undefined => {
  const name = parseReference(text).name.toLowerCase();
  return replacedActions.find((action) => action.name === name);
};

const referenceTo = (action: ReplacedAction, { repository, pin }: Target): string =>
  `${repository}/actions/${action.ours}@${pin.reference}`;

/** Of references that steps share, once. */
function editsFor(movable: Use[], text: string, target: Target): Edit[] {
  const actions = new Map(movable.map(({ edited, action }) => [edited, action]));
  return [...actions].flatMap(([node, action]) =>
    referenceEdits(text, node, { to: referenceTo(action, target), version: target.pin.version }),
  );
}

function problemsOfValues({ nodes, steps, position }: Workflow): Problem[] {
  return otherValues(nodes, steps)
    .filter(({ text }) => replacedBy(text) !== undefined)
    .map((value) => ({
      ...position(value),
      problem: `${value.text.trim()} is a value here, and not the uses of a step`,
      remedy: "GitHub evaluates no expressions in uses. Write the reference there, and run the command again.",
    }));
}

function stayingIn({ steps }: Workflow, { repository }: Target): string[] {
  const ours = `${repository}/actions/`.toLowerCase();
  const names = steps.map(({ usesText }) => parseReference(usesText).name);
  return names.filter((name) => name.toLowerCase().startsWith(ours) || stillNeeded.includes(name.toLowerCase()));
}

/** They log in to AWS and ECR, which the actions do not. */
export const stillNeeded = ["aws-actions/configure-aws-credentials", "aws-actions/amazon-ecr-login"];

function describe({ step, uses, action, given }: Use, { file, position }: Workflow, target: Target): Moved {
  const { version = "" } = parseReference(step.usesText);
  const { comment } = commentIn(behind(file.text, uses).rest);
  const release = releaseOf(isCommit(version) ? releaseIn(comment) : version);
  const notes = unusedSoFar(given, action, target.ours[action.ours], release);
  return {
    ...position(uses),
    step: step.name ?? step.id,
    from: step.usesText,
    to: referenceTo(action, target),
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
function expectOnlyThese(nodes: YamlNode[], after: string, changed: Map<YamlNode, string>): void {
  const expected = nodes.map((node) => shapeOf(node, changed.get(node)));
  const found = nodesIn(readYaml(after)).map((node) => shapeOf(node));
  if (expected.length !== found.length || expected.some((one, index) => one !== found[index]))
    throw new Error("the new text would not be the old one with other references; nothing was written");
}

function shapeOf(node: YamlNode, value?: string): string {
  if (node.kind === "scalar")
    return `=${value === undefined ? node.text : node.text.replace(node.text.trim(), () => value)}`;
  if (node.kind === "alias") return value === undefined ? "*" : `=${value}`;
  return `${node.kind} ${node.kind === "list" ? node.items.length : node.entries.length}`;
}
