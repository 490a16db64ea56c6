// Runs one test file against many candidates, in one process of Terraform.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Problem } from "../../infra/local/problem.ts";
import { attempt } from "../../infra/local/process.ts";
import { broken } from "../infrastructure/expectations/all.ts";
import { System, type Resource, type State } from "../infrastructure/system.ts";
import { systemTest, type Environment } from "../infrastructure/system-test.ts";
import { idsIn, readOutcomes, settled, type Result, type Verdict } from "./outcomes.ts";
import { startProvider, type Provider } from "../lib/terraform-provider.ts";
import { infra, type Target } from "./targets.ts";
import { frozenWorkspace, outputsIn, showOutputs, thawed, type Applied } from "./frozen.ts";
import { computedIn, computedValues } from "./pinned.ts";
import { writeWorkspace, type Candidate, type Workspace } from "./workspace.ts";

export interface Lane {
  terraform: string;
  program: string;
  /** Overwritten by each batch. */
  folder: string;
  provider?: Provider;
  /** Those whose identifiers are made to differ: empty until they are known. */
  resources: Resource[];
  /** Environments without any change, for what is frozen where a change does not reach. */
  applied?: ReadonlyMap<Environment, Applied>;
}

export async function runBatch(
  lane: Lane,
  target: Target,
  candidates: readonly Candidate[],
): Promise<Map<string, Verdict>> {
  if (candidates.length === 0) return new Map();
  const { verdicts, unassigned, states, crashed } = await runOnce(lane, workspaceOf(lane, target), candidates);
  judge(lane, target, verdicts, states, candidates);
  // What cannot be loaded is known by the files that Terraform names; the others are run without it.
  for (const [id, verdict] of idsIn(unassigned)) verdicts.set(id, verdict);
  const rest = candidates.filter(({ id }) => !verdicts.has(id));
  if (rest.length === 0) return verdicts;
  if (rest.length === 1 && candidates.length === 1)
    return verdicts.set((rest[0] as Candidate).id, { outcome: "refused", message: crashed || "no result" });
  const middle = Math.ceil(rest.length / 2);
  const parts = rest.length < candidates.length ? [rest] : [rest.slice(0, middle), rest.slice(middle)];
  for (const part of parts) for (const [id, verdict] of await runBatch(lane, target, part)) verdicts.set(id, verdict);
  return verdicts;
}

function workspaceOf(lane: Lane, target: Target): Workspace {
  const { folder, file, environment, isFrozen } = target;
  if (!environment) {
    const test = readFileSync(join(infra, folder, "tests", file), "utf8");
    return { target, testOf: () => test };
  }
  const applied = isFrozen && lane.applied?.get(environment);
  if (applied) return frozenWorkspace({ ...target, environment }, lane.resources, applied);
  const test = systemTest(lane.resources);
  return { target, testOf: () => test };
}

/** A mutant that was applied is killed by whatever is expected of the environment and does not hold. */
function judge(
  lane: Lane,
  { environment, isFrozen }: Target,
  verdicts: Map<string, Verdict>,
  states: Map<string, State>,
  candidates: readonly Candidate[],
): void {
  if (!environment) return;
  const applied = isFrozen && lane.applied?.get(environment);
  for (const { id, live, mutant } of candidates) {
    const state = states.get(id);
    if (verdicts.get(id)?.outcome !== "survived" || !state) continue;
    const found = live && applied ? thawed(environment, state, live, applied) : state;
    const problem =
      (found && broken(new System(environment, found))[0]) ?? (applied && !mutant && differs(found, applied));
    if (problem) verdicts.set(id, { outcome: "killed", message: problem });
    else if (found && applied) verdicts.set(id, settled);
  }
}

/** Without a change, what is frozen in parts has to be what the whole is. */
function differs(found: State | undefined, { resources, unstable }: Applied): string | undefined {
  if (!found) return "An output differs.";
  return differences(found.root_module.resources ?? [], resources).find((name) => !unstable.has(name));
}

/** As `ADDRESS NAME`, of resources in the same order. */
const differences = (some: readonly Resource[], others: readonly Resource[]): string[] =>
  some.flatMap(({ address, values }, index) =>
    Object.keys(values)
      .filter((name) => !isDeepStrictEqual(values[name], others[index]?.values[name]))
      .map((name) => `${address} ${name}`),
  );

/** An environment without any change. */
export async function applySystem(
  lane: Lane,
  environment: Environment,
  workspace: Partial<Workspace> = {},
): Promise<State> {
  const target = { environment, folder: `environments/${environment}`, file: "" };
  const { states, crashed, unassigned, verdicts } = await runOnce(
    lane,
    { ...workspaceOf(lane, target), ...workspace },
    [{ id: "unchanged" }],
  );
  const state = states.get("unchanged");
  if (state && verdicts.get("unchanged")?.outcome === "survived") return state;
  throw new Problem(
    `infra/environments/${environment} cannot be applied with a mocked provider: ${crashed}` +
      [...unassigned.map(({ summary, detail }) => `${summary} ${detail}`), verdicts.get("unchanged")?.message].join(
        "\n",
      ),
    'Run its own tests: npm test -- "terraform"',
  );
}

/**
 * The resources of production, whose identifiers are made to differ in all that follows. Those of the other environments
 * have the same addresses.
 */
export async function discover(lane: Lane): Promise<void> {
  lane.resources.push(...new System("production", await applySystem(lane, "production")).resources);
}

/** An environment to freeze parts of, in which nothing is random. */
export async function applyToFreeze(lane: Lane, environment: Environment): Promise<Applied> {
  const { resources } = new System(environment, await applySystem(lane, environment));
  const pinned = computedValues(resources, await computedAttributes(lane));
  const test = systemTest(lane.resources, pinned);
  const adapt = (copy: string) => showOutputs(copy, environment);
  const state = await applySystem(lane, environment, { testOf: () => test, adapt });
  const again = new System(environment, state).resources;
  const unstable = new Set(differences(resources, again));
  return { resources: again, outputs: outputsIn(state), pinned, unstable };
}

const optionsFor = (lane: Lane, provider: Provider) => ({
  cwd: lane.folder,
  env: { ...provider.env, TF_DATA_DIR: join(lane.folder, ".terraform"), CHECKPOINT_DISABLE: "1" },
  timeout: 900_000,
});

/** Names of the attributes that the provider may compute, by type: `aws_lb`, `data.aws_lb`. */
async function computedAttributes(lane: Lane): Promise<Map<string, Set<string>>> {
  const options = optionsFor(lane, (lane.provider ??= await startProvider(lane.program)));
  const { stdout } = await attempt([lane.terraform, "providers", "schema", "-json"], options);
  return computedIn(stdout);
}

async function runOnce(
  lane: Lane,
  workspace: Workspace,
  candidates: readonly Candidate[],
): Promise<Result & { crashed: string }> {
  writeWorkspace(lane.folder, workspace, candidates);
  lane.provider ??= await startProvider(lane.program);
  const options = optionsFor(lane, lane.provider);
  const init = await attempt([lane.terraform, "init", "-input=false", "-backend=false", "-json"], options);
  if (init.code !== 0) return { ...readOutcomes(init.stdout), crashed: init.stdout + init.stderr };
  const verbose = workspace.target.environment ? ["-verbose"] : [];
  const result = await attempt([lane.terraform, "test", "-json", ...verbose], options);
  const outcomes = readOutcomes(result.stdout);
  // A mutant can crash the provider, whose next runs would then fail for every other.
  const isWithoutProvider = result.stdout.includes("Failed to obtain provider schema");
  if (result.stdout.includes('"test_summary"') && !isWithoutProvider) return { ...outcomes, crashed: "" };
  lane.provider.stop();
  delete lane.provider;
  return { ...outcomes, verdicts: new Map(), crashed: result.stdout.slice(-2000) + result.stderr };
}
