// The steps of a workflow or a composite action, also those that are there by alias.
import {
  entriesOf,
  itemsOf,
  resolved,
  textOf,
  valueOf,
  type YamlAlias,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "./yaml-nodes.ts";

export interface Step {
  /** The mapping, once, however many aliases stand for it. */
  node: YamlMap;
  /** Of the jobs that it is in, the first; undefined: a composite action. */
  job: string | undefined;
  id: string | undefined;
  name: string | undefined;
  /** The value of `uses` as it stands there. */
  uses: YamlScalar | YamlAlias | undefined;
  usesText: string;
  run: string;
  /** Name and value as they are written. */
  inputs: StepInput[];
  /** In how many places it is. */
  places: number;
}

export interface StepInput {
  name: string;
  text: string;
  node: YamlNode;
}

export function stepsOf(documents: YamlNode[]): Step[] {
  const steps = new Map<YamlMap, Step>();
  const add = (list: YamlNode | undefined, job: string | undefined) => {
    for (const item of itemsOf(list)) {
      const node = resolved(item);
      if (node.kind !== "map") continue;
      const known = steps.get(node);
      if (known) known.places += 1;
      else steps.set(node, toStep(node, job));
    }
  };
  for (const document of documents) {
    for (const job of entriesOf(valueOf(document, "jobs"))) add(valueOf(job.value, "steps"), job.name);
    add(valueOf(valueOf(document, "runs"), "steps"), undefined);
  }
  return [...steps.values()];
}

function toStep(node: YamlMap, job: string | undefined): Step {
  const uses = valueOf(node, "uses");
  return {
    node,
    job,
    id: textOf(valueOf(node, "id")),
    name: textOf(valueOf(node, "name")),
    uses: uses?.kind === "scalar" || uses?.kind === "alias" ? uses : undefined,
    usesText: (textOf(uses) ?? "").trim(),
    run: textOf(valueOf(node, "run")) ?? "",
    inputs: entriesOf(valueOf(node, "with")).map(({ name, value }) => ({
      name,
      text: textOf(value) ?? "",
      node: value,
    })),
    places: 1,
  };
}

/** Names and scripts mention actions without using them. */
const onlyText = new Set(["name", "run", "description", "run-name"]);

/** Scalars that are no `uses` of a step: values, with the key that they belong to. */
export function otherValues(nodes: YamlNode[], steps: Step[]): YamlScalar[] {
  const skipped = new Set<YamlNode | undefined>(steps.map(({ uses }) => uses));
  for (const node of nodes)
    if (node.kind === "map")
      for (const { key, value } of node.entries) {
        skipped.add(key);
        if (onlyText.has(textOf(key) ?? "")) skipped.add(value);
      }
  return nodes.filter((node): node is YamlScalar => node.kind === "scalar" && !skipped.has(node));
}
