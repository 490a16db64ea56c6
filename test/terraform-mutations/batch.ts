// Runs one test file against many candidates, in one process of Terraform.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../infra/local/problem.ts";
import { attempt } from "../../infra/local/process.ts";
import { broken } from "../infrastructure/expectations/all.ts";
import { System, type Resource, type State } from "../infrastructure/system.ts";
import { systemTest, type Environment } from "../infrastructure/system-test.ts";
import { idsIn, readOutcomes, type Result, type Verdict } from "./outcomes.ts";
import { startProvider, type Provider } from "../lib/terraform-provider.ts";
import { infra, type Target } from "./targets.ts";
import { writeWorkspace, type Candidate } from "./workspace.ts";

export interface Lane {
  terraform: string;
  program: string;
  /** Overwritten by each batch. */
  folder: string;
  provider?: Provider;
  /** Those whose identifiers are made to differ: empty until they are known. */
  resources: Resource[];
}

export async function runBatch(
  lane: Lane,
  target: Target,
  candidates: readonly Candidate[],
): Promise<Map<string, Verdict>> {
  if (candidates.length === 0) return new Map();
  const { verdicts, unassigned, states, crashed } = await runOnce(lane, target, candidates);
  if (target.environment) judge(target.environment, verdicts, states);
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

/** A mutant that was applied is killed by whatever is expected of the environment and does not hold. */
function judge(environment: Environment, verdicts: Map<string, Verdict>, states: Map<string, State>): void {
  for (const [id, { outcome }] of verdicts) {
    const state = states.get(id);
    if (outcome !== "survived" || !state) continue;
    const [first] = broken(new System(environment, state));
    if (first !== undefined) verdicts.set(id, { outcome: "killed", message: first });
  }
}

/** An environment without any change. */
export async function applySystem(lane: Lane, environment: Environment): Promise<State> {
  const target = { environment, folder: `environments/${environment}`, file: "" };
  const { states, crashed, unassigned, verdicts } = await runOnce(lane, target, [{ id: "unchanged" }]);
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

async function runOnce(
  lane: Lane,
  target: Target,
  candidates: readonly Candidate[],
): Promise<Result & { crashed: string }> {
  const { environment } = target;
  const test = environment
    ? systemTest(lane.resources)
    : readFileSync(join(infra, target.folder, "tests", target.file), "utf8");
  writeWorkspace(lane.folder, { target, test }, candidates);
  lane.provider ??= await startProvider(lane.program);
  const options = {
    cwd: lane.folder,
    env: { ...lane.provider.env, TF_DATA_DIR: join(lane.folder, ".terraform"), CHECKPOINT_DISABLE: "1" },
    timeout: 900_000,
  };
  const init = await attempt([lane.terraform, "init", "-input=false", "-backend=false", "-json"], options);
  if (init.code !== 0) return { ...readOutcomes(init.stdout), crashed: init.stdout + init.stderr };
  const command = [lane.terraform, "test", "-json", ...(environment ? ["-verbose"] : [])];
  const result = await attempt(command, options);
  const outcomes = readOutcomes(result.stdout);
  if (result.stdout.includes('"test_summary"')) return { ...outcomes, crashed: "" };
  // A mutant can crash the provider, whose next runs would then fail for every other.
  lane.provider.stop();
  delete lane.provider;
  return { ...outcomes, verdicts: new Map(), crashed: result.stdout.slice(-2000) + result.stderr };
}
