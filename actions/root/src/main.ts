// Images in, a live and verified service out, or the service as it was: render, deploy, smoke-test, and back when that fails.
import type { Tools as DeployTools } from "../../deploy/src/tools.ts";
import { main as deploy, type Deployed } from "../../deploy/src/main.ts";
import { main as render, type Tools as RenderTools } from "../../render-task-definition/src/main.ts";
import { readInputs as readRollback } from "../../rollback/src/inputs.ts";
import { main as rollback } from "../../rollback/src/main.ts";
import { shortName } from "../../shared/src/ecs/task-definition.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import { appendSummary } from "../../shared/src/report.ts";
import { main as smokeTest, type Tools as SmokeTestTools } from "../../smoke-test/src/main.ts";
import type { Inputs } from "./inputs.ts";
import { Timeline } from "../../shared/src/timeline.ts";

export interface Tools
  extends
    Omit<DeployTools, "setOutputs">,
    Pick<RenderTools, "folder">,
    Pick<SmokeTestTools, "run" | "send" | "annotate"> {
  setOutputs: (outputs: Record<string, string | number | boolean>) => void;
}

export async function main(inputs: Inputs, tools: Tools): Promise<void> {
  const timeline = new Timeline(tools.clock);
  try {
    await release(inputs, tools, timeline);
  } finally {
    await appendSummary(timeline.markdown(inputs.service));
  }
}

async function release(inputs: Inputs, tools: Tools, timeline: Timeline): Promise<void> {
  const stores = { ssm: () => tools.ssm(), secretsManager: () => tools.secretsManager() };
  const { path, migration } = await timeline.phase("Render", async () => ({
    path: (await render(inputs.render, { ...tools, ...stores })).path,
    migration: inputs.renderMigration && (await render(inputs.renderMigration, { ...tools, ...stores })).path,
  }));
  let deployed: Partial<Deployed> = {};
  // What is known of a deployment is needed also when it fails.
  const setOutputs = (outputs: Record<string, string | number>) => {
    const { "task-definition-arn": taskDefinitionArn, "previous-task-definition-arn": previousTaskDefinitionArn } =
      outputs as Record<string, string>;
    deployed = {
      ...deployed,
      ...(taskDefinitionArn ? { taskDefinitionArn } : {}),
      ...(previousTaskDefinitionArn ? { previousTaskDefinitionArn } : {}),
    };
    tools.setOutputs(outputs);
  };
  const settings = inputs.deploy(path, migration);
  try {
    const { outcome } = await timeline.phase("Deploy", () => deploy(settings, { ...tools, setOutputs }));
    if (settings.plan) return;
    deployed.outcome = outcome;
    if (inputs.smokeTest)
      await timeline.phase("Smoke test", () =>
        smokeTest(inputs.smokeTest!(deployed.taskDefinitionArn!), { ...tools, ecs: () => tools.ecs }),
      );
  } catch (error) {
    if (!(error instanceof FailedError) || !isOurs(inputs, error, deployed)) throw error;
    await timeline.phase("Rollback", () => goBack(inputs, tools, { error, to: deployed.previousTaskDefinitionArn! }));
  }
}

/** Whether there is something that we have put live and nobody has taken back. */
function isOurs(
  { rollbackOnFailure }: Inputs,
  error: FailedError,
  { outcome, taskDefinitionArn, previousTaskDefinitionArn }: Partial<Deployed>,
): boolean {
  const wasDeployed =
    taskDefinitionArn !== undefined &&
    previousTaskDefinitionArn !== undefined &&
    taskDefinitionArn !== previousTaskDefinitionArn;
  const stillThere = outcome === "succeeded" || error.outcome === "failed" || error.outcome === "timed-out";
  return rollbackOnFailure && wasDeployed && stillThere && outcome !== "unchanged";
}

async function goBack(
  { cluster, service }: Inputs,
  tools: Tools,
  { error, to }: { error: FailedError; to: string },
): Promise<never> {
  const reason = messageOf(error).split("\n")[0]!;
  tools.log(`${reason}\nGoing back to ${shortName(to)}.`);
  const given: Record<string, string> = { cluster, service, to, reason };
  // The outputs stay those of the deployment; only its outcome is another now.
  try {
    await rollback(
      readRollback((name) => given[name] ?? ""),
      { ...tools, setOutputs: () => undefined },
    );
  } catch (cause) {
    throw new FailedError(
      `${error.message}\n\nThe rollback to ${shortName(to)} did not succeed either:\n${messageOf(cause)}`,
      { cause, outcome: "failed" },
    );
  }
  tools.setOutputs({ outcome: "rolled-back" });
  throw new FailedError(`${error.message}\n\n${service} was rolled back to ${shortName(to)}.`, {
    cause: error,
    outcome: "rolled-back",
  });
}
