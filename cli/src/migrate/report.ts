// What is reported: one object for programs, and the same as text.
import { unifiedDiff } from "../unified-diff.ts";
import type { MigrateInputs } from "./inputs.ts";
import { statementsToAdd, type Statement } from "./permissions.ts";
import type { FilePlan, Moved, Pin } from "./model.ts";
import { stillNeeded } from "./plan-file.ts";

export interface Summary {
  plans: FilePlan[];
  isDryRun: boolean;
  pin: Pin;
  repository: string;
  /** Of the repository. */
  url: string;
  moved: (Moved & { path: string })[];
  statements: Statement[];
  diff: string;
}

export function summarize(
  plans: FilePlan[],
  options: Pick<MigrateInputs, "dryRun"> & {
    repository: string;
    url: string;
    pin: Pin;
    policies: Record<string, Statement[]>;
  },
): Summary {
  const moved = plans.flatMap((plan) => plan.moved.map((one) => ({ ...one, path: plan.path })));
  return {
    plans,
    isDryRun: options.dryRun,
    pin: options.pin,
    repository: options.repository,
    url: options.url,
    moved,
    statements: statementsToAdd(moved, options.policies),
    diff: plans.map(({ path, before, after }) => unifiedDiff(path, before, after)).join(""),
  };
}

export function reportJson({ plans, isDryRun, pin, moved, statements, diff }: Summary): Record<string, unknown> {
  return {
    changed: !isDryRun && diff !== "",
    "dry-run": isDryRun,
    pin: moved.length > 0 ? { reference: pin.reference, version: pin.version ?? null } : null,
    files: plans.map((plan) => ({
      path: plan.path,
      moved: plan.moved.map(({ line, column, step, from, to, places, changes, notes, action, given }) => ({
        line,
        column,
        step: step ?? null,
        from,
        to,
        places,
        changes,
        notes,
        "not-needed-inputs": action.notNeeded.filter((name) => given.has(name)),
      })),
      problems: plan.problems,
      advice: plan.advice,
      staying: plan.staying,
    })),
    permissions: statements,
    diff,
  };
}

export function reportText(summary: Summary): string {
  const { plans, isDryRun, moved, diff } = summary;
  const sections = [
    ...(isDryRun && diff !== "" ? [diff.trimEnd()] : []),
    headline(summary),
    ...behaviour(moved),
    ...section(
      "Check these inputs:",
      moved.flatMap((one) => one.notes.map((note) => `${placeOf(one)}  ${note}`)),
    ),
    ...section(
      "Not moved:",
      plans.flatMap(({ path, problems }) =>
        problems.map(({ line, column, problem, remedy }) => `${path}:${line}:${column}  ${problem}. ${remedy}`),
      ),
    ),
    ...permissions(summary),
    ...staying(plans),
    ...section(
      "Could be simpler, if you like:",
      plans.flatMap(({ path, advice }) => advice.map(({ line, text }) => `${path}:${line}  ${text}`)),
    ),
  ];
  return sections.join("\n\n");
}

function headline({ plans, isDryRun, moved, repository, pin }: Summary): string {
  if (moved.length === 0) {
    const done = plans.reduce(
      (sum, plan) => sum + plan.staying.filter((name) => !stillNeeded.includes(name)).length,
      0,
    );
    const looked = `${count(plans.length, "file")} looked at`;
    if (plans.some(({ problems }) => problems.length > 0)) return `Nothing was moved: ${looked}.`;
    return `Nothing to move: ${looked}${done > 0 ? `, ${count(done, "step")} with ${repository} already` : ""}.`;
  }
  const files = new Set(moved.map(({ path }) => path)).size;
  const version = pin.version ? ` (${pin.version})` : "";
  const verb = isDryRun ? "Would move" : "Moved";
  const lines = moved.map((one) => {
    const places = one.places > 1 ? `, in ${one.places} places by aliases` : "";
    return `  ${placeOf(one)}  ${one.from} → ${one.action.ours}${one.step ? `  (${one.step}${places})` : places.replace(/^, /, "  ")}`;
  });
  return [
    `${verb} ${count(moved.length, "step")} in ${count(files, "file")} to ${repository}@${pin.reference}${version}:`,
    ...lines,
  ].join("\n");
}

/** Each difference once, with the places that it concerns. */
function behaviour(moved: Summary["moved"]): string[] {
  if (moved.length === 0) return [];
  const concerned = new Map<string, Summary["moved"]>();
  for (const one of moved)
    for (const change of one.changes) concerned.set(change, [...(concerned.get(change) ?? []), one]);
  const lines = [...concerned].map(([text, steps]) => `${text.replaceAll("`", "")}\n    ${placesOf(steps)}`);
  const outputs = [...new Set(moved.map(({ action }) => action))].map(
    ({ ours, moreOutputs }) => `${ours} has more outputs: ${moreOutputs.join(", ")}.`,
  );
  return section("Inputs, defaults and outputs keep their meaning. What changes:", [...lines, ...outputs]);
}

function permissions({ moved, statements, url, pin }: Summary): string[] {
  if (moved.length === 0 || statements.length === 0) return [];
  return [
    [
      "The role of the jobs is enough as it is. These statements let the steps say more (replace the names in capitals):",
      ...statements.map(
        (statement, index) => `  ${JSON.stringify(statement)}${index + 1 < statements.length ? "," : ""}`,
      ),
      `  What each is for: ${url}/blob/${pin.reference}/docs/coming-from-the-aws-actions.md#permissions`,
    ].join("\n"),
  ];
}

function staying(plans: FilePlan[]): string[] {
  const counts = new Map<string, number>();
  for (const name of plans.filter(({ moved }) => moved.length > 0).flatMap((plan) => plan.staying))
    if (stillNeeded.includes(name.toLowerCase())) counts.set(name, (counts.get(name) ?? 0) + 1);
  return section(
    "Stay as they are, and are still needed:",
    [...counts].map(([name, number]) => `${name} (${count(number, "step")})`),
  );
}

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [[title, ...lines.map((line) => `  ${line}`)].join("\n")];

const placeOf = ({ path, line }: { path: string; line: number }): string => `${path}:${line}`;

/** `path:1, 2; other:3` */
function placesOf(steps: Summary["moved"]): string {
  const lines = new Map<string, number[]>();
  for (const { path, line } of steps) lines.set(path, [...(lines.get(path) ?? []), line]);
  return [...lines].map(([path, numbers]) => `${path}:${numbers.join(", ")}`).join("; ");
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
