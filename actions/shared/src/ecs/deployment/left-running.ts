// A deployment that this step can no longer follow, because its credentials have ended: ECS continues it.
import { isCredentialsExpired } from "../../aws.ts";
import { commandLine } from "../../command-line.ts";
import { FailedError } from "../../errors.ts";
import { shortName } from "../task-definition/task-definition.ts";

export interface LeftDeployment {
  cluster: string;
  service: string;
  deploymentId: string;
  /** Of the revision that is being deployed. */
  arn: string;
  previousArn: string;
  /** `CodeDeploy`: the ID is one of CodeDeploy, which has commands of its own. */
  kind: "deployment" | "rollback" | "CodeDeploy";
  /** An image of the revision is named by a tag: whoever deploys it again watches only if the image is the same. */
  isTagged?: boolean;
}

/** "gh run rerun 123 --failed --repo owner/name"; undefined outside of a runner. */
export function rerunCommand(): string | undefined {
  const { GITHUB_RUN_ID: id, GITHUB_REPOSITORY: repository } = process.env;
  return id && repository ? `gh run rerun ${id} --failed --repo ${repository}` : undefined;
}

export const longerSession =
  "The session must outlast the job: role-duration-seconds of the login step, and max_session_duration of the role.";

/** The commands that go on, with credentials that are valid. */
export function waysOn(left: LeftDeployment): string[] {
  const { cluster, service, arn, previousArn, kind, deploymentId, isTagged = false } = left;
  const target = { cluster, service };
  const rerun = rerunCommand();
  if (kind === "CodeDeploy")
    return [
      `To see what has become of it, with valid credentials: aws deploy get-deployment --deployment-id ${deploymentId}`,
      `To roll it back: aws deploy stop-deployment --deployment-id ${deploymentId} --auto-rollback-enabled`,
      ...(rerun === undefined ? [] : [`To run the job again, when it has ended: ${rerun}`]),
    ];
  const watch = commandLine("deploy", {
    ...target,
    "task-definition": shortName(arn),
    "wait-for-service-stability": "true",
  });
  return [
    `To watch it again${isTagged ? " (or start it again, if a tag may name another image)" : ""}, with valid credentials: ${watch}`,
    `To see what has become of it: ${commandLine("explain", target)}`,
    ...(kind === "rollback" || previousArn === "" || previousArn === arn
      ? []
      : [`To roll it back: ${commandLine("rollback", { ...target, to: shortName(previousArn) })}`]),
    ...(rerun === undefined ? [] : [`To run the job again, which continues where this one stopped: ${rerun}`]),
  ];
}

/** @returns the failure of the step, or undefined if the error is another one. */
export function leftRunning(error: unknown, left: LeftDeployment): FailedError | undefined {
  if (!isCredentialsExpired(error)) return undefined;
  const [revision, { service }] = [shortName(left.arn), left];
  const what =
    left.kind === "rollback"
      ? `the rollback of ${service} to ${revision}`
      : `the deployment of ${revision} to ${service}`;
  const by = left.kind === "CodeDeploy" ? "CodeDeploy" : "ECS";
  const back = left.kind === "rollback" ? "" : ", and nothing was rolled back";
  return new FailedError(
    [
      `The AWS credentials have expired before ${what} finished. ${by} continues it (${left.deploymentId}); whether it succeeds is unknown${back}.`,
      ...waysOn(left),
      longerSession,
    ].join("\n"),
    { cause: error instanceof Error && error.cause instanceof Error ? error.cause : error },
  );
}
