// The two actions that are replaced: what their action.yml has, and what is different here. The tests compare inputs and
// outputs with the recorded action.yml of both releases, and the differences with docs/coming-from-the-aws-actions.md.
import type { StepInput } from "./find-steps.ts";

export interface ReplacedAction {
  name: string;
  /** Folder in actions/. */
  ours: "deploy" | "render-task-definition";
  /** Input → the first release whose action.yml has it (tags of the repository). */
  inputs: Record<string, string>;
  /** The first release on Node 24: who used an older one may have a runner that is too old for ours. */
  node24Since: string;
  /** Inputs that ours accepts, and which have no effect. */
  notNeeded: string[];
  outputs: string[];
  /** Those of ours besides. */
  moreOutputs: string[];
  differences: Difference[];
}

export interface Difference {
  /** In docs/coming-from-the-aws-actions.md the same. */
  text: string;
  concerns: (given: Given) => boolean;
}

/** The inputs of a step, by their name in lower case. */
export type Given = ReadonlyMap<string, StepInput>;

const has =
  (...names: string[]) =>
  (given: Given): boolean =>
    names.some((name) => given.has(name));
const isTrue = (given: Given, name: string): boolean => given.get(name)?.text.trim().toLowerCase() === "true";
/** Whether an input may be true: an expression is only known when the workflow runs. */
const mayBeTrue = (given: Given, name: string): boolean =>
  isTrue(given, name) || (given.get(name)?.text.includes("${{") ?? false);

/** https://github.com/aws-actions/amazon-ecs-deploy-task-definition/blob/c465972ecbd160473f22e683363b422a5412a3de/action.yml */
const deploy: ReplacedAction = {
  name: "aws-actions/amazon-ecs-deploy-task-definition",
  ours: "deploy",
  inputs: {
    "task-definition": "1.0.0",
    service: "1.0.0",
    cluster: "1.0.0",
    "wait-for-service-stability": "1.0.0",
    "codedeploy-appspec": "1.0.1",
    "codedeploy-application": "1.0.1",
    "codedeploy-deployment-group": "1.0.1",
    "wait-for-minutes": "1.1.0",
    "force-new-deployment": "1.4.0",
    "codedeploy-deployment-description": "1.4.8",
    "desired-count": "1.5.0",
    "codedeploy-deployment-config": "1.6.0",
    "run-task": "2.0.0",
    "run-task-assign-public-IP": "2.0.0",
    "run-task-container-overrides": "2.0.0",
    "run-task-launch-type": "2.0.0",
    "run-task-security-groups": "2.0.0",
    "run-task-started-by": "2.0.0",
    "run-task-subnets": "2.0.0",
    "wait-for-task-stopped": "2.0.0",
    "enable-ecs-managed-tags": "2.1.0",
    "propagate-tags": "2.1.0",
    "run-task-tags": "2.1.0",
    "run-task-capacity-provider-strategy": "2.2.0",
    "run-task-managed-ebs-volume": "2.3.0",
    "run-task-managed-ebs-volume-name": "2.3.0",
    "service-managed-ebs-volume": "2.3.0",
    "service-managed-ebs-volume-name": "2.3.0",
    "keep-null-value-keys": "2.4.0",
    "max-retries": "2.6.0",
    "wait-max-delay-seconds": "2.6.1",
  },
  node24Since: "2.6.1",
  notNeeded: ["keep-null-value-keys", "max-retries", "wait-max-delay-seconds"],
  outputs: ["task-definition-arn", "codedeploy-deployment-id", "run-task-arn"],
  moreOutputs: [
    "previous-task-definition-arn",
    "deployment-id",
    "outcome",
    "duration",
    "services",
    "stopped",
    "unverified",
    "explanation",
  ],
  differences: [
    {
      text:
        "An unchanged task definition is not registered again, and a service that already runs it, with the same " +
        "images by digest, is not deployed again, unless `force-new-deployment: true`.",
      concerns: (given) => !isTrue(given, "force-new-deployment"),
    },
    {
      text:
        "With `wait-for-service-stability`, a deployment that fails, or that ECS rolls back, fails the step as soon as " +
        "ECS decides it, with the container, its exit code and its last log lines.",
      concerns: (given) => has("service")(given) && mayBeTrue(given, "wait-for-service-stability"),
    },
    {
      text:
        "EBS volumes, managed tags and the propagation of tags stay as the service has them if their inputs are not " +
        "given.",
      concerns: (given) =>
        has("service")(given) &&
        !["service-managed-ebs-volume", "enable-ecs-managed-tags", "propagate-tags"].every((name) => given.has(name)),
    },
    {
      text:
        "A task definition that ECS would reject, or interpret differently from how it is written, is rejected before " +
        "any API call.",
      concerns: () => true,
    },
    {
      text:
        "`keep-null-value-keys`, `max-retries` and `wait-max-delay-seconds` are accepted and not needed: an empty value " +
        "of a variable, tag, label or log option is kept, and so is an empty argument of a command; calls are retried " +
        "until the time limit, and ECS is asked at least every seven seconds.",
      concerns: has("keep-null-value-keys", "max-retries", "wait-max-delay-seconds"),
    },
  ],
};

/** https://github.com/aws-actions/amazon-ecs-render-task-definition/blob/138c24f321fdbdf7edee4a685519d253cae2cdea/action.yml */
const render: ReplacedAction = {
  name: "aws-actions/amazon-ecs-render-task-definition",
  ours: "render-task-definition",
  inputs: {
    "task-definition": "1.0.0",
    "container-name": "1.0.0",
    image: "1.0.0",
    "environment-variables": "1.1.0",
    "docker-labels": "1.2.0",
    "log-configuration-log-driver": "1.2.0",
    "log-configuration-options": "1.2.0",
    command: "1.3.0",
    "env-files": "1.4.0",
    "task-definition-arn": "1.5.0",
    "task-definition-family": "1.5.0",
    "task-definition-revision": "1.5.0",
    secrets: "1.6.0",
    "task-role-arn": "1.9.0",
    "execution-role-arn": "1.9.0",
  },
  node24Since: "1.8.4",
  notNeeded: [],
  outputs: ["task-definition"],
  moreOutputs: ["changed", "explanation"],
  differences: [
    {
      text:
        '`command` keeps a quoted word together, blanks included (`sh -c "a && b"`, `--name="a b"`). Otherwise a line ' +
        "is split as before: backslashes, apostrophes and quotes within a word stay. Several spaces in a row count as " +
        "one.",
      concerns: has("command"),
    },
    {
      text: "`environment-variables` keep the blanks at the end of a value, with a line in the log.",
      concerns: has("environment-variables"),
    },
    {
      text: "Log options and labels keep everything after the first `=`.",
      concerns: has("log-configuration-options", "docker-labels"),
    },
    {
      text: "Another log driver starts without the options of the one before.",
      concerns: has("log-configuration-log-driver"),
    },
    { text: "A variable that becomes a secret leaves the environment.", concerns: has("secrets") },
    {
      text:
        "A task definition that ECS would reject, or interpret differently from how it is written, is rejected before " +
        "any API call.",
      concerns: () => true,
    },
  ],
};

/** Also a difference, for who used a release before `node24Since`. */
export const needsNode24 = "Both run on Node 24: runners of your own need version 2.327 or newer.";

export const replacedActions: readonly ReplacedAction[] = [deploy, render];
