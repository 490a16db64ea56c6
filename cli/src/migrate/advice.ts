// What could be simpler with this toolkit. Advice only: it is no drop-in replacement, so nothing is rewritten.
import type { Step } from "./find-steps.ts";
import { parseReference } from "./reference.ts";
import type { YamlNode } from "./yaml-nodes.ts";

export interface Advice {
  line: number;
  text: string;
}

const render = "aws-actions/amazon-ecs-render-task-definition";
const login = "aws-actions/amazon-ecr-login";

export function adviceFor(steps: Step[], lineOf: (node: YamlNode) => number): Advice[] {
  const nameOf = (step: Step) => parseReference(step.usesText).name.toLowerCase();
  const isIn = (step: Step, other: Step) => step.job === other.job;
  const logins = steps.filter((step) => nameOf(step) === login);
  return steps.flatMap((step): Advice[] => {
    const line = lineOf(step.node);
    const copied = /^(?!aws-actions\/)[^/]+\/[^@]*amazon-ecs-(?:render|deploy)-task-definition$/i.exec(
      parseReference(step.usesText).name,
    );
    if (copied)
      return [
        { line, text: `${copied[0]} may be a copy of the AWS action, with changes of its own: it is not rewritten.` },
      ];
    const builds =
      nameOf(step) === "docker/build-push-action" || /\bdocker\s+(?:buildx\s+build\s[^]*--push|push)\b/.test(step.run);
    if (builds && logins.some((one) => isIn(one, step)))
      return [
        {
          line,
          text:
            "build-push builds, pushes and outputs the digest in one step, logs in to ECR itself, and builds nothing " +
            "if nothing has changed.",
        },
      ];
    if (/\baws\s+ecs\s+describe-task-definition\b/.test(step.run))
      return [
        {
          line,
          text: "render-task-definition reads the revision that a service runs (service, cluster), or a family, itself.",
        },
      ];
    if (/\baws\s+ecs\s+wait\s+services-stable\b/.test(step.run))
      return [
        {
          line,
          text: "deploy with wait-for-service-stability: true reports the outcome of this deployment, and the reason of a failure.",
        },
      ];
    const source = /steps\.([\w-]+)\.outputs\.task-definition\b/.exec(
      step.inputs.find(({ name }) => name.toLowerCase() === "task-definition")?.text ?? "",
    )?.[1];
    const isChained = steps.some((other) => other.id === source && isIn(other, step) && nameOf(other) === render);
    return nameOf(step) === render && source !== undefined && isChained
      ? [
          {
            line,
            text: "One render step is enough for several containers: images (lines container=image), or containers.",
          },
        ]
      : [];
  });
}
