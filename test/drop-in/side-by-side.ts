// Workflows that were written for the AWS actions, run with them and with ours: what ECS is asked to register and to
// update must be the same. Their code comes from their repositories, at the releases in `replaced`.
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { ScriptedAws } from "../../actions/shared/test/scripted-aws.ts";
import { root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runDist } from "../lib/run-bundle.ts";
import { definitions, reasonToDiffer, workflowsFor, type Workflow } from "./corpus.ts";

const replaced = {
  render: { repository: "aws-actions/amazon-ecs-render-task-definition", commit: "138c24f" },
  deploy: { repository: "aws-actions/amazon-ecs-deploy-task-definition", commit: "c465972" },
};

interface Actions {
  /** Folders of dist. */
  render: string;
  deploy: string;
}

const ours: Actions = {
  render: join(root, "actions/render-task-definition/dist"),
  deploy: join(root, "actions/deploy/dist"),
};

/** `AWS_ACTIONS`: a folder with their checkouts, for a machine that does not reach GitHub. */
async function theirs(folder: string): Promise<Actions> {
  const given = process.env["AWS_ACTIONS"];
  if (given) return { render: join(given, "render/dist"), deploy: join(given, "deploy/dist") };
  for (const [name, { repository, commit }] of Object.entries(replaced)) {
    const target = join(folder, name);
    await run(["git", "clone", "--quiet", `https://github.com/${repository}`, target], {
      remedy: "Set AWS_ACTIONS to a folder with checkouts of both actions, named render and deploy.",
    });
    await run(["git", "-C", target, "checkout", "--quiet", commit]);
  }
  return { render: join(folder, "render/dist"), deploy: join(folder, "deploy/dist") };
}

interface Asked {
  /** What ECS was asked for; undefined: a step refused. */
  calls: { registered: unknown; updated: unknown } | undefined;
  text: string;
}

/** The service runs another revision, so that there is something to deploy. */
const running = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:41";

async function runWorkflow(actions: Actions, definition: unknown, { render, deploy }: Workflow): Promise<Asked> {
  const folder = mkdtempSync(join(tmpdir(), "drop-in-"));
  const arn = running.replace(/41$/, "42");
  const service = (taskDefinition: string) => ({
    serviceName: "shop",
    serviceArn: "arn:aws:ecs:eu-west-1:123456789012:service/shop/shop",
    status: "ACTIVE",
    taskDefinition,
    desiredCount: 1,
    runningCount: 1,
    pendingCount: 0,
    events: [],
    deployments: [
      {
        id: "ecs-svc/1",
        status: "PRIMARY",
        taskDefinition,
        desiredCount: 1,
        runningCount: 1,
        pendingCount: 0,
        rolloutState: "COMPLETED",
      },
    ],
  });
  let current = running;
  const aws = await ScriptedAws.start({
    "ecs:DescribeServices": () => ({ services: [service(current)], failures: [] }),
    "ecs:DescribeTaskDefinition": () => ({
      taskDefinition: {
        taskDefinitionArn: running,
        family: "shop",
        containerDefinitions: [{ name: "before", image: "before" }],
      },
    }),
    "ecs:RegisterTaskDefinition": (input) => ({ taskDefinition: { ...input, taskDefinitionArn: arn } }),
    "ecs:UpdateService": ({ taskDefinition }) => {
      current = taskDefinition;
      return { service: service(current) };
    },
    "ecs:ListServiceDeployments": () => ({ serviceDeployments: [] }),
    "ecs:ListTasks": () => ({ taskArns: [] }),
    "ecs:TagResource": () => ({}),
    "ecr:DescribeImages": () => ({ imageDetails: [{}] }),
    "logs:DescribeLogGroups": ({ logGroupNamePrefix }) => ({ logGroups: [{ logGroupName: logGroupNamePrefix }] }),
  });
  try {
    const environment = { AWS_ENDPOINT_URL: aws.url, GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder };
    let file = join(folder, "task-definition.json");
    writeFileSync(file, JSON.stringify(definition, null, 2));
    let text = "";
    for (const inputs of render) {
      const step = await runDist(actions.render, { inputs: { "task-definition": file, ...inputs }, environment });
      text += step.text;
      if (step.code !== 0) return { calls: undefined, text };
      file = step.outputs["task-definition"] ?? "";
    }
    const inputs = { service: "shop", cluster: "shop", "task-definition": file, preflight: "false", ...deploy };
    const step = await runDist(actions.deploy, { inputs, environment });
    text += step.text;
    if (step.code !== 0) return { calls: undefined, text };
    const inputOf = (action: string) => aws.calls.find((call) => call.action === action)?.input as unknown;
    return {
      calls: { registered: inputOf("ecs:RegisterTaskDefinition"), updated: inputOf("ecs:UpdateService") },
      text,
    };
  } finally {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** They drop what is empty, we keep an empty text as a value of a variable or tag: neither is compared. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.map(comparable).filter((entry) => entry !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (typeof value !== "object" || value === null) return value === "" || value === null ? undefined : value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = comparable(inner);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Also of an answer of describe-task-definition. */
function containersOf(definition: object): string[] {
  const { taskDefinition, containerDefinitions = [] } = definition as {
    taskDefinition?: object;
    containerDefinitions?: { name: string }[];
  };
  return taskDefinition ? containersOf(taskDefinition) : containerDefinitions.flatMap((one) => one?.name ?? []);
}

const errorOf = (text: string): string => text.split("\n").find((line) => line.startsWith("::error")) ?? text;

export async function sideBySideCheck(note: (text: string) => void): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "aws-actions-"));
  try {
    const peers = await theirs(folder);
    const differences: string[] = [];
    let passed = 0;
    for (const [name, definition] of Object.entries(definitions)) {
      for (const [way, workflow] of Object.entries(workflowsFor(containersOf(definition)))) {
        const title = `${name}: ${way}`;
        note(title);
        const [their, our] = await Promise.all([
          runWorkflow(peers, definition, workflow),
          runWorkflow(ours, definition, workflow),
        ]);
        if (isDeepStrictEqual(comparable(their.calls), comparable(our.calls)) === (reasonToDiffer(title) === undefined))
          passed += 1;
        else if (!our.calls) differences.push(`${title}: theirs deploys, ours refuses: ${errorOf(our.text)}`);
        else if (!their.calls) {
          passed += 1;
          note(`${title}: only ours deploys; theirs: ${errorOf(their.text)}`);
        } else
          differences.push(
            `${title}:\n  theirs ${JSON.stringify(comparable(their.calls))}\n  ours   ${JSON.stringify(comparable(our.calls))}`,
          );
      }
    }
    for (const difference of differences) console.log(difference);
    return { passed, failed: differences.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
