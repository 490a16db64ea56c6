// Task definitions as other repositories keep them, and the steps that deploy them.
import { exportedDefinitions } from "../../actions/shared/test/valid-definitions/exports.ts";
import { fargateDefinitions } from "../../actions/shared/test/valid-definitions/fargate.ts";
import { otherDefinitions } from "../../actions/shared/test/valid-definitions/other.ts";
import { awslogs, fargate, image, role, web } from "../../actions/shared/test/valid-definitions/parts.ts";

const service = fargate("web", "256", "512");
const { image: _image, ...withoutImage } = web;

/** Those that are no task definitions yet: a step sets the image. */
const unfinished: Record<string, object> = {
  "without an image yet": {
    ...service,
    containerDefinitions: [withoutImage, { name: "worker", essential: false, command: ["npm", "run", "work"] }],
  },
  "an empty image": { ...service, containerDefinitions: [{ ...web, image: "" }] },
  "a placeholder as image": { ...service, containerDefinitions: [{ ...web, image: "<IMAGE1_NAME>" }] },
};

/** Name → what the file holds. */
export const definitions: Record<string, object> = {
  ...fargateDefinitions,
  ...otherDefinitions,
  ...exportedDefinitions,
  ...unfinished,
};

export interface Workflow {
  /** Inputs of the render steps, in their order; the file is added. */
  render: Record<string, string>[];
  deploy: Record<string, string>;
}

const newImage = image("new");
const logOptions = Object.entries(awslogs("/shop/web").options);

/** @param containers names of those that the definition has */
export function workflowsFor(containers: string[]): Record<string, Workflow> {
  const name = containers.includes("web") ? "web" : (containers[0] ?? "");
  const second = containers.find((other) => other !== name);
  const first = { "container-name": name, image: newImage };
  return {
    "an image": { render: [first], deploy: {} },
    variables: {
      render: [{ ...first, "environment-variables": "NODE_ENV=staging\nURL=https://a/?b=c&d==\n\nLOG=info" }],
      deploy: { "wait-for-service-stability": "True" },
    },
    "a log driver": {
      render: [
        {
          ...first,
          "log-configuration-log-driver": "awslogs",
          "log-configuration-options": logOptions.map(([option, value]) => `${option}=${value}`).join("\n"),
        },
      ],
      deploy: {},
    },
    "labels, secrets, files": {
      render: [
        {
          ...first,
          "docker-labels": "a=b\nc=d",
          secrets: "TOKEN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf:key::",
          "env-files": "arn:aws:s3:::shop-config/web.env",
          "execution-role-arn": role("execution"),
        },
      ],
      deploy: {},
    },
    "a command": {
      render: [{ ...first, command: "npm run start:prod -- --port 3000" }],
      deploy: { "desired-count": "2", "force-new-deployment": "true" },
    },
    roles: {
      render: [{ ...first, "task-role-arn": role("task"), "execution-role-arn": role("execution") }],
      deploy: { "wait-for-minutes": "5" },
    },
    "no service": { render: [first], deploy: { service: "", "wait-for-service-stability": "true" } },
    ...(second === undefined
      ? {}
      : {
          "a chain": { render: [first, { "container-name": second, image: image("second") }], deploy: {} },
          "two names": { render: [{ "container-name": `${name},${second}`, image: newImage }], deploy: {} },
        }),
  };
}

/** "definition: workflow" of what ours refuses or does otherwise on purpose → the reason. */
const intended: [RegExp, string][] = [
  [/^without an image yet: (?!a chain|two names)/, "the second container has no image, which ECS refuses"],
  [/^no role, an image of Docker Hub: (?!labels|roles)/, "the new image is in ECR, for which ECS requires a role"],
  [
    /^(FireLens with a file in the image|Splunk .*|log drivers of EC2): a log driver$/,
    "it starts without the options of the one before",
  ],
  [/^(GPUs|a key that ECS learnt since): /, "theirs drops what its SDK does not know"],
  [/^task sizes as numbers: /, "theirs sends numbers, which ECS refuses"],
];

export const reasonToDiffer = (title: string): string | undefined =>
  intended.find(([titles]) => titles.test(title))?.[1];
