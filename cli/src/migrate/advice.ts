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

const copies = /^(?!aws-actions\/)[^./][^/]*\/[^/]*amazon-ecs-(?:render|deploy)-task-definition$/;
const pushes = /\bdocker\s+(?:buildx\s+build\s[^]*--push|push)\b/;

/** Scripts that do what an action does. */
const scripts: [RegExp, string][] = [
  [
    /\baws\s+ecs\s+describe-task-definition\b/,
    "render-task-definition reads the revision that a service runs (service, cluster), or a family, itself.",
  ],
  [
    /\baws\s+ecs\s+wait\s+services-stable\b/,
    "deploy with wait-for-service-stability: true reports the outcome of this deployment, and the reason of a failure.",
  ],
];

export function adviceFor(all: Step[], lineOf: (node: YamlNode) => number): Advice[] {
  const steps = all.map((step) => ({ ...step, action: parseReference(step.usesText).name.toLowerCase() }));
  const jobsWithLogin = new Set(steps.filter(({ action }) => action === login).map(({ job }) => job));
  const rendered = new Set(steps.filter(({ action }) => action === render).map(({ job, id }) => `${job} ${id}`));
  return steps.flatMap(({ node, job, run, action, inputs }): Advice[] => {
    const advise = (text: string) => [{ line: lineOf(node), text }];
    if (copies.test(action))
      return advise(`${action} may be a copy of the AWS action, with changes of its own: it is not rewritten.`);
    if (jobsWithLogin.has(job) && (action === "docker/build-push-action" || pushes.test(run)))
      return advise(
        "build-push builds, pushes and outputs the digest in one step, logs in to ECR itself, and builds nothing if " +
          "nothing has changed.",
      );
    const script = scripts.find(([pattern]) => pattern.test(run));
    if (script) return advise(script[1]);
    const definition = inputs.find(({ name }) => name.toLowerCase() === "task-definition")?.text ?? "";
    const [, source] = /steps\.([\w-]+)\.outputs\.task-definition\b/.exec(definition) ?? [];
    return action === render && source !== undefined && rendered.has(`${job} ${source}`)
      ? advise("One render step is enough for several containers: images (lines container=image), or containers.")
      : [];
  });
}
