// One deployment against a scripted ECS, with inputs and answers of the test's.
import { simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { runDeploy, type DeployRun } from "./run-deploy.ts";

export const stable: EcsScenario = { steps: [{ at: 2, running: 3, state: "COMPLETED" }] };
let last: DeployRun | undefined;

/** After each test. */
export const stopLast = async (): Promise<void> => last?.aws.stop();

export async function deploy(
  scenario: EcsScenario,
  inputs: Record<string, string> = {},
  more: (handlers: Handlers) => Handlers = () => ({}),
): Promise<DeployRun & { clock: ReturnType<typeof simulatedClock> }> {
  await last?.aws.stop();
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario);
  const run = await runDeploy({ ...ecs.handlers, ...more(ecs.handlers) }, inputs, clock);
  last = run;
  return { ...run, clock };
}

/** A run of the test's own, stopped like those of `deploy`. */
export function stopWith(run: DeployRun): void {
  last = run;
}
