// Why a step cannot be moved, and what to do about it.
import { refusedInputs } from "./input-notes.ts";
import type { Target, Use, Workflow } from "./model.ts";
import { parseReference } from "./reference.ts";
import type { YamlAlias, YamlNode } from "./yaml-nodes.ts";

export interface Obstacle {
  /** Where it is; undefined: the `uses` itself. */
  node?: YamlNode;
  problem: string;
  remedy: string;
}

const again = "and run the command again.";

/** The obstacles of the steps that have one. Steps that share a reference are moved together, or not at all. */
export function obstaclesOf(uses: Use[], workflow: Workflow, target: Target): Map<Use, Obstacle> {
  const obstacles = new Map<Use, Obstacle>();
  const stuck = new Map<YamlNode, Use>();
  for (const use of uses) {
    const obstacle = obstacleOf(use, workflow, target);
    if (!obstacle) continue;
    obstacles.set(use, obstacle);
    if (!stuck.has(use.edited)) stuck.set(use.edited, use);
  }
  for (const use of uses) {
    const other = stuck.get(use.edited);
    if (other && !obstacles.has(use))
      obstacles.set(use, {
        problem: `it shares its reference with the step in line ${workflow.position(other.uses).line}, which cannot be moved`,
        remedy: "Change that step, and run the command again.",
      });
  }
  return obstacles;
}

function obstacleOf({ step, uses, action, given }: Use, workflow: Workflow, target: Target): Obstacle | undefined {
  if (workflow.file.locked) return workflow.file.locked;
  const { name, version } = parseReference(step.usesText);
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
  const alias = otherAlias(uses, workflow);
  if (alias)
    return {
      problem: `its anchor is also used in line ${workflow.position(alias).line}, not as the uses of a step`,
      remedy: `Write the value out there, ${again}`,
    };
  const [refused] = refusedInputs(given, target.ours[action.ours]);
  if (!refused) return undefined;
  const input = given.get(refused.input.toLowerCase());
  return {
    ...(input ? { node: input.node } : {}),
    problem: `the action ${action.ours} would refuse this step: ${refused.text}`,
    remedy: `Change the input, ${again}`,
  };
}

/** An alias of a value that is no `uses` of a step, so that the value must stay. */
function otherAlias(uses: YamlNode, { nodes, steps }: Workflow): YamlAlias | undefined {
  if (uses.kind !== "scalar" || uses.anchor === undefined) return undefined;
  const asUses = new Set<YamlNode | undefined>(steps.map((step) => step.uses));
  return nodes.find((node): node is YamlAlias => node.kind === "alias" && node.target === uses && !asUses.has(node));
}
