// rollback as its entry file runs it, against a scripted ECS and by the clock of the test.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clients } from "../../shared/src/clients.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

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
  const file = join(makeTestFolder("rollback-test-"), "summary");
  writeFileSync(file, "");
  const before = process.env["GITHUB_STEP_SUMMARY"];
  process.env["GITHUB_STEP_SUMMARY"] = file;
  const error = await errorOf(() =>
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
  if (before === undefined) delete process.env["GITHUB_STEP_SUMMARY"];
  else process.env["GITHUB_STEP_SUMMARY"] = before;
  return { aws, outputs, lines, warnings, summary: readFileSync(file, "utf8"), error };
}
