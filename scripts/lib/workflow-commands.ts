// npm run rollback, backup and emergency: the same workflows as on GitHub, on the local AWS.
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { ExportedTree } from "../../infra/local/export.ts";
import { requireRunning } from "../../infra/local/ministack.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { readStatus, statusTable } from "../../infra/local/status.ts";
import {
  runBackupWorkflow,
  runEmergencyWorkflow,
  runRollbackWorkflow,
  type WorkflowRun,
} from "../../infra/local/workflow.ts";

type Inputs = Record<string, string>;

interface WorkflowCommand {
  /** .github/workflows/<name>.yml */
  name: "rollback" | "backup" | "emergency";
  usage: string;
  /** The input that is the first word, its values, and which one it is without a word. */
  first: { input: string; values: string[]; default: string };
  options: NonNullable<ParseArgsConfig["options"]>;
  run: (run: WorkflowRun, inputs: Inputs) => Promise<ExportedTree>;
  /** Whether it changes what `npm run status` shows. */
  showsStatus: boolean;
}

export const rollback: WorkflowCommand = {
  name: "rollback",
  usage: "npm run rollback [-- api|ml|all] [-- --to REVISION|COMMIT] [--dry-run] [--force] [--reason TEXT]",
  first: { input: "service", values: ["all", "api", "ml"], default: "all" },
  options: {
    to: { type: "string", default: "last-healthy" },
    "dry-run": { type: "boolean", default: false },
    force: { type: "boolean", default: false },
    reason: { type: "string", default: "npm run rollback" },
  },
  run: runRollbackWorkflow,
  showsStatus: true,
};

export const backup: WorkflowCommand = {
  name: "backup",
  usage:
    "npm run backup [-- verify] [-- restore --to-database NAME --confirm NAME] [--backup ID] [--before TIME]\n" +
    "npm run backup -- copy-back --from-database NAME --tables TABLE,… --confirm NAME [--dry-run]\n" +
    "npm run backup -- swap --from-database NAME --confirm NAME",
  first: { input: "mode", values: ["backup", "verify", "restore", "copy-back", "swap"], default: "backup" },
  options: {
    backup: { type: "string" },
    before: { type: "string" },
    "to-database": { type: "string" },
    confirm: { type: "string" },
    "from-database": { type: "string" },
    tables: { type: "string" },
    "dry-run": { type: "boolean" },
  },
  run: runBackupWorkflow,
  showsStatus: false,
};

export const emergency: WorkflowCommand = {
  name: "emergency",
  usage:
    "npm run emergency [-- status]\n" +
    "npm run emergency -- stop --reason TEXT\n" +
    "npm run emergency -- protect|release|resume --reason TEXT --confirm DATABASE",
  first: { input: "step", values: ["status", "stop", "protect", "release", "resume"], default: "status" },
  options: { reason: { type: "string" }, confirm: { type: "string" }, "desired-count": { type: "string" } },
  run: runEmergencyWorkflow,
  showsStatus: true,
};

/** The inputs of the workflow. */
export function readInputs({ first, options, usage }: WorkflowCommand, args: string[]): Inputs {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const [word = first.default, ...rest] = positionals;
    if (!first.values.includes(word) || rest.length > 0)
      throw new Error(`The ${first.input} must be ${first.values.join(", ")}, not ${positionals.join(" ")}.`);
    const given = Object.entries(values).map(([name, value]) => [name, String(value)]);
    return { [first.input]: word, ...Object.fromEntries(given) };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}

export function runWorkflowCommand(command: WorkflowCommand): Promise<void> {
  return runExclusively(`npm run ${command.name}`, async () => {
    const inputs = readInputs(command, process.argv.slice(2));
    await requireRunning();
    const progress = new Progress(1);
    const dryRun = inputs["dry-run"] === "true" ? ", dry run" : "";
    await progress.step(`Workflow ${command.name}.yml: ${inputs[command.first.input]}${dryRun}`, async (note) => {
      await command.run({ bin: await pythonEnvironment(note), node: process.execPath, note }, inputs);
      return "done";
    });
    const status = command.showsStatus ? await readStatus() : undefined;
    console.log(status ? `\n${statusTable(status)}` : `total time: ${progress.elapsed}`);
  });
}
