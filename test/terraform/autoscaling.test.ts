// The way of a service with autoscaling, from the first apply to the next: Terraform with the real provider, and deploy,
// on one scripted account, whose Application Auto Scaling moves the desired count into what is registered, as on AWS.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runDeploy } from "../../actions/deploy/test/run-deploy.ts";
import { simulatedClock, ScriptedAws, type Handlers } from "../../actions/shared/test/scripted-aws.ts";
import { ScriptedAutoscaling } from "../../actions/shared/test/scripted-autoscaling.ts";
import { ScriptedEcs } from "../../actions/shared/test/scripted-ecs.ts";
import { root } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

const prefix = "arn:aws:ecs:ap-northeast-1:123456789012";
const cluster = `${prefix}:cluster/rainbow-seeker-cluster`;
const resource = "service/rainbow-seeker-cluster/api";

/** One service and its task definition, log group and autoscaling. */
class Account {
  service: any;
  /** Desired counts other than 0 that the service had, in order. */
  readonly counts: number[] = [];
  readonly autoscaling = new ScriptedAutoscaling({}, (_resource, { MinCapacity, MaxCapacity }) =>
    this.setCount(Math.min(MaxCapacity, Math.max(MinCapacity, this.service.desiredCount))),
  );
  private definition: any;
  private logGroup: any;
  private readonly policies: any[] = [];

  setCount(count: number): void {
    if (count !== this.service.desiredCount) this.counts.push(count);
    this.service.desiredCount = count;
  }

  readonly handlers: Handlers = {
    ...this.autoscaling.handlers,
    "application-autoscaling:PutScalingPolicy": (input) => {
      this.policies.push({
        ...input,
        PolicyARN: `arn:aws:autoscaling:x:1:scalingPolicy:${input.PolicyName}`,
        CreationTime: 0,
      });
      return { PolicyARN: `arn:aws:autoscaling:x:1:scalingPolicy:${input.PolicyName}` };
    },
    "application-autoscaling:DescribeScalingPolicies": ({ PolicyNames }) => ({
      ScalingPolicies: this.policies.filter(({ PolicyName }) => PolicyNames?.includes(PolicyName) ?? true),
    }),
    "application-autoscaling:ListTagsForResource": () => ({ Tags: {} }),
    "logs:CreateLogGroup": ({ logGroupName }) => {
      const arn = `arn:aws:logs:ap-northeast-1:123456789012:log-group:${logGroupName}`;
      this.logGroup = { logGroupName, arn: `${arn}:*`, logGroupArn: arn, logGroupClass: "STANDARD" };
      return {};
    },
    "logs:PutRetentionPolicy": ({ retentionInDays }) => {
      this.logGroup.retentionInDays = retentionInDays;
      return {};
    },
    "logs:DescribeLogGroups": () => ({ logGroups: [this.logGroup] }),
    "logs:ListTagsForResource": () => ({ tags: {} }),
    "ecs:RegisterTaskDefinition": (input) => {
      const taskDefinitionArn = `${prefix}:task-definition/api:1`;
      this.definition = { ...input, revision: 1, status: "ACTIVE", taskDefinitionArn };
      return { taskDefinition: this.definition };
    },
    "ecs:DescribeTaskDefinition": () => ({ taskDefinition: this.definition, tags: [] }),
    "ecs:CreateService": ({ cluster: _cluster, ...input }) => {
      const serviceArn = `${prefix}:service/rainbow-seeker-cluster/api`;
      const deployments = [{ id: "ecs-svc/1", status: "PRIMARY", rolloutState: "COMPLETED", ...input }];
      this.service = { ...input, status: "ACTIVE", clusterArn: cluster, serviceArn, deployments, events: [] };
      return { service: this.service };
    },
    "ecs:DescribeServices": () => ({ services: this.service ? [this.service] : [], failures: [] }),
    "ecs:ListTagsForResource": () => ({ tags: this.service.tags }),
  };
}

const account = new Account();
let aws: ScriptedAws;
let folder: string;
let terraform: string[];
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  aws = await ScriptedAws.start(account.handlers);
  folder = makeTestFolder("autoscaling-");
  // Terraform takes modules of another folder for a package, out of which a module cannot refer to its neighbours.
  for (const name of ["service", "task"])
    cpSync(join(root, "infra/modules", name), join(folder, "modules", name), { recursive: true });
  const module = {
    source: "./modules/service",
    name: "api",
    cluster_arn: cluster,
    cluster_name: "rainbow-seeker-cluster",
    image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:none-yet",
    initial_count: 3,
    autoscaling: "${var.autoscaling}",
    container: { name: "api", ports: [3000] },
    execution_role: { create: false, arn: "arn:aws:iam::123456789012:role/execution" },
    subnet_ids: ["subnet-1"],
    security_group_id: "sg-1",
  };
  const provider = {
    aws: {
      region: "ap-northeast-1",
      access_key: "test",
      secret_key: "test",
      skip_credentials_validation: true,
      skip_metadata_api_check: true,
      skip_requesting_account_id: true,
    },
  };
  const variable = {
    autoscaling: {
      type: "object({ min = number, max = number, cpu_percent = number })",
      default: { min: 3, max: 12, cpu_percent: 60 },
    },
  };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ variable, provider, module: { api: module } }));
  terraform = [await terraformBinary(() => {})];
  env = {
    ...process.env,
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    AWS_ENDPOINT_URL: aws.url,
  };
  await run([...terraform, "init", "-input=false", "-no-color"], { cwd: folder, env });
});

afterAll(() => aws.stop());

/** What a plan or an apply changes, as "ACTION ADDRESS". */
async function changesOf(command: "plan" | "apply", variables: Record<string, unknown> = {}): Promise<string[]> {
  const options = Object.entries(variables).map(([name, value]) => `-var=${name}=${JSON.stringify(value)}`);
  if (command === "apply") options.push("-auto-approve");
  const output = await run([...terraform, command, "-input=false", "-json", ...options], { cwd: folder, env });
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { type: string; change?: { action: string; resource: { addr: string } } })
    .flatMap(({ type, change }) =>
      type === "planned_change" && change ? `${change.action} ${change.resource.addr}` : [],
    )
    .toSorted();
}

/** A deployment of another image, of the service as it is. */
async function deploy(): Promise<void> {
  const clock = simulatedClock();
  const { desiredCount, tags } = account.service;
  const ecs = new ScriptedEcs(() => clock.now(), {
    steps: [{ at: 2, running: 3, state: "COMPLETED" }],
    service: { desiredCount, tags },
  });
  const update: Handlers[string] = (input, call) => {
    account.setCount(input.desiredCount ?? account.service.desiredCount);
    return ecs.handlers["ecs:UpdateService"]?.(input, call);
  };
  const handlers = { ...ecs.handlers, ...account.autoscaling.handlers, "ecs:UpdateService": update };
  const deployment = await runDeploy(handlers, { cluster: "rainbow-seeker-cluster" }, clock);
  await deployment.aws.stop();
  expect(deployment.error).toBeUndefined();
  expect(deployment.outputs["outcome"]).toBe("succeeded");
}

const target = "module.api.aws_appautoscaling_target.this[0]";

test("autoscaling begins with the first deployment, and no apply undoes it", { timeout: 240_000 }, async () => {
  // The first apply: nothing is started, although autoscaling has a minimum of 3.
  expect(await changesOf("apply")).toContain(`create ${target}`);
  expect(account.service.desiredCount).toBe(0);
  expect(account.counts).toEqual([]);
  expect(account.autoscaling.targets[resource]).toEqual({ MinCapacity: 0, MaxCapacity: 12 });

  // The first deployment starts three tasks, and autoscaling.
  await deploy();
  expect(account.counts).toEqual([3]);
  expect(account.autoscaling.targets[resource]).toEqual({ MinCapacity: 3, MaxCapacity: 12 });

  // From then on the count is autoscaling's, and the range Terraform's.
  account.setCount(8);
  expect(await changesOf("plan")).toEqual([]);
  const narrower = { autoscaling: { min: 2, max: 6, cpu_percent: 60 } };
  expect(await changesOf("plan", narrower)).toEqual([`update ${target}`, "update module.api.aws_ecs_service.this"]);

  // Somebody stops the service: an apply starts nothing.
  account.setCount(0);
  expect(await changesOf("apply")).toEqual([`update ${target}`]);
  expect(account.autoscaling.targets[resource]).toEqual({ MinCapacity: 0, MaxCapacity: 12 });
  expect(account.counts).toEqual([3, 8, 0]);
});
