// rollback as its entry file runs it, against a scripted ECS and by the clock of the test.
import { clients } from "../../shared/src/clients.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

let last: ScriptedAws | undefined;

/** After each test. */
export const stopLast = async (): Promise<void> => last?.stop();

export interface RollbackRun {
  aws: ScriptedAws;
  outputs: Record<string, any>;
  /** Warnings are lines, too. */
  lines: string[];
  warnings: string[];
  summary: string;
  error: Error | undefined;
}

export async function rollback(
  scenario: EcsScenario,
  inputs: Record<string, string> = {},
  more: Handlers = {},
): Promise<RollbackRun> {
  await last?.stop();
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario);
  const aws = await ScriptedAws.start({ ...ecs.handlers, ...more });
  last = aws;
  const given: Record<string, string> = { service: "api", ...inputs };
  const outputs: Record<string, any> = {};
  const lines: string[] = [];
  const warnings: string[] = [];
  const { error, summary } = await withStepSummary(() =>
    main(
      readInputs((name) => given[name] ?? ""),
      {
        ...clients(aws.client),
        clock,
        log: (line) => lines.push(line),
        annotate: (_level, _title, message) => {
          warnings.push(message);
          lines.push(message);
        },
        setOutputs: (all) => Object.assign(outputs, all),
      },
    ),
  );
  return { aws, outputs, lines, warnings, summary, error };
}
