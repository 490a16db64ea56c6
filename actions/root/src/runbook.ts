// A release as a runbook, once the definition is rendered: deploy, smoke-test, and back when that fails.
import type { DeployResult } from "../../deploy/src/dependencies.ts";
import { main as deploy } from "../../deploy/src/main.ts";
import { readInputs as readRollback } from "../../rollback/src/inputs.ts";
import { main as rollback } from "../../rollback/src/main.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { isCredentialsExpired } from "../../shared/src/aws.ts";
import { commandLine } from "../../shared/src/command-line.ts";
import { onlyRevision } from "../../shared/src/ecs/deployment/same-revision.ts";
import { longerSession } from "../../shared/src/ecs/deployment/left-running.ts";
import { FailedError, messageOf } from "../../shared/src/errors.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import { main as smokeTest } from "../../smoke-test/src/main.ts";
import type { Definitions, Dependencies } from "./dependencies.ts";
import type { Inputs } from "./inputs.ts";
import type { Released } from "./summary.ts";

export { writeSummary } from "./summary.ts";

/** From the rendered definitions to a live, verified service. */
export async function release(
  inputs: Inputs,
  dependencies: Dependencies & { missing: MissingPermissions },
  released: Released,
  { path, migration }: Definitions,
): Promise<void> {
  const { timeline, deployed } = released;
  // What is known of a deployment is needed also when it fails.
  const setOutputs = (outputs: Record<string, string | number>) => {
    const { "task-definition-arn": taskDefinitionArn, "previous-task-definition-arn": previousTaskDefinitionArn } =
      outputs as Record<string, string>;
    if (taskDefinitionArn) deployed.taskDefinitionArn = taskDefinitionArn;
    if (previousTaskDefinitionArn) deployed.previousTaskDefinitionArn = previousTaskDefinitionArn;
    dependencies.setOutputs(outputs);
  };
  const settings = inputs.deploy(path, migration);
  try {
    const { outcome, isStopped } = await timeline.phase("Deploy", () =>
      deploy(settings, { ...dependencies, setOutputs }),
    );
    if (settings.plan) {
      released.isPlan = true;
      return;
    }
    deployed.outcome = outcome;
    // Its test would fail, and what is deployed may be the fix.
    if (isStopped)
      dependencies.log("no smoke test: an emergency keeps the service at 0 (rainbow-deploy service-control)");
    else if (inputs.smokeTest) {
      const smokeTestInputs = inputs.smokeTest(deployed.taskDefinitionArn ?? "");
      await timeline.phase("Smoke test", () =>
        smokeTest(smokeTestInputs, { ...dependencies, ecs: () => dependencies.ecs }),
      );
      released.isVerified = true;
    }
  } catch (error) {
    // A rollback would be refused as well; the message has the commands.
    if (isCredentialsExpired(error)) throw deployed.outcome === undefined ? error : unmarked(inputs, error, deployed);
    if (!(error instanceof FailedError) || !isOurs(inputs, error, deployed)) throw error;
    if (deployed.taskDefinitionArn === deployed.previousTaskDefinitionArn) throw notRolledBack(inputs, error, deployed);
    throw await timeline.phase("Rollback", () =>
      rollBack(inputs, dependencies, { error, to: deployed.previousTaskDefinitionArn ?? "" }),
    );
  }
}

/** The smoke test needs credentials only at its end, when it has passed. */
function unmarked({ cluster, service }: Inputs, error: unknown, { taskDefinitionArn = "" }: Partial<DeployResult>) {
  const revision = shortName(taskDefinitionArn);
  const see = commandLine("explain", { cluster, service });
  return new FailedError(
    `${service} runs ${revision}, which passed the smoke test, but is not marked as verified, because the AWS credentials have expired. Nothing was rolled back. Run the job again to mark it. To see what runs: ${see}\n${longerSession}`,
    { cause: error instanceof Error && error.cause instanceof Error ? error.cause : error },
  );
}

/** Whether this run put a revision live that has not been rolled back. */
function isOurs(
  { rollbackOnFailure }: Inputs,
  error: FailedError,
  { outcome, taskDefinitionArn, previousTaskDefinitionArn }: Partial<DeployResult>,
): boolean {
  const wasDeployed = taskDefinitionArn !== undefined && previousTaskDefinitionArn !== undefined;
  const stillThere = outcome === "succeeded" || error.outcome === "failed" || error.outcome === "timed-out";
  return rollbackOnFailure && wasDeployed && stillThere && outcome !== "unchanged";
}

/** The revision that ran before was deployed again, for what its tags name by now. */
const notRolledBack = (
  { service }: Inputs,
  error: FailedError,
  { taskDefinitionArn = "" }: Partial<DeployResult>,
): FailedError =>
  new FailedError(`${error.message}\n\n${service} was not rolled back, because ${onlyRevision(taskDefinitionArn)}`, {
    cause: error,
    outcome: error.outcome,
  });

/** @returns the error that the release ends with. @throws another one when the rollback fails too. */
async function rollBack(
  { cluster, service }: Inputs,
  dependencies: Dependencies,
  { error, to }: { error: FailedError; to: string },
): Promise<FailedError> {
  const [first = "", second = ""] = messageOf(error).split("\n");
  const reason = first.endsWith(":") ? `${first} ${second.trim()}` : first;
  dependencies.log(`${reason}\nRolling back to ${shortName(to)}.`);
  const given: Record<string, string> = { cluster, service, to, reason };
  // The outputs stay those of the deployment; only its outcome is another now.
  try {
    await rollback(
      readRollback((name) => given[name] ?? ""),
      { ...dependencies, setOutputs: () => undefined },
    );
  } catch (cause) {
    if (isCredentialsExpired(cause)) {
      const again = commandLine("rollback", { cluster, service, to: shortName(to) });
      throw new FailedError(
        `${error.message}\n\n${service} was not rolled back, because the AWS credentials have expired. To roll it back, with valid credentials: ${again}\n${longerSession}`,
        { cause, outcome: "failed" },
      );
    }
    throw new FailedError(
      `${error.message}\n\nThe rollback to ${shortName(to)} did not succeed either:\n${messageOf(cause)}`,
      { cause, outcome: "failed" },
    );
  }
  dependencies.setOutputs({ outcome: "rolled-back" });
  return new FailedError(`${error.message}\n\n${service} was rolled back to ${shortName(to)}.`, {
    cause: error,
    outcome: "rolled-back",
  });
}
