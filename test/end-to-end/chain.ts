// A push on its whole way: staging with its performance check, production with its bake time. Both environments are made
// from the local one's Terraform, on one local AWS, and deploy.yml runs as it is.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { bridgeGateway, ensureEngine } from "../../infra/local/engine.ts";
import { ensureMinistack, terraformState } from "../../infra/local/ministack.ts";
import { awsClient, endpoint, stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { until } from "../../infra/local/process.ts";
import { applyTerraform } from "../../infra/local/terraform.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";
import { edit, timed } from "./commands.ts";

const suffixes = { production: "", staging: "-staging" };
type Environment = keyof typeof suffixes;

const note = (text: string) => console.log(`· ${text}`);
const urlOf = (environment: Environment) => `${endpoint}/_alb/rainbow-seeker-alb${suffixes[environment]}/`;

/** The platform of the local environment, twice, with the names of staging and of production. */
async function makeBothEnvironments(): Promise<void> {
  await edit("infra/environments/local/main.tf", (text) => {
    const [platform = assert.fail("there is no module platform")] =
      /^module "platform" \{\n.*?^\}\n/ms.exec(text) ?? [];
    const both = (Object.keys(suffixes) as Environment[]).map((environment) =>
      platform
        .replace('module "platform"', `module "${environment}"`)
        .replace('environment = "local"', `environment = "${environment}"`)
        .replace("rainbow-seeker-ml-alb-local", `rainbow-seeker-ml-alb${suffixes[environment]}`),
    );
    return text.replace(platform, both.join("\n"));
  });
  await edit("infra/environments/local/outputs.tf", (text) =>
    text.replace("module.platform", "{ production = module.production, staging = module.staging }"),
  );
  // The local AWS has neither TLS to its databases nor parameters that are encrypted: only the local environment may
  // do without.
  await edit("infra/modules/platform/variables.tf", (text) =>
    text.replaceAll('var.environment == "local"', "var.environment != null"),
  );
}

const programs = { bin: "", node: process.execPath, note };
let variables: Record<string, string> = {};

export async function starts(): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  await makeBothEnvironments();
  programs.bin = await pythonEnvironment(note);
  await ensureEngine(note);
  await ensureBaseImages(note);
  const gateway = await bridgeGateway();
  await ensureMinistack({ bin: programs.bin, gateway, note });
  note(`Infrastructure: ${await applyTerraform({ terraform: await terraformBinary(note), gateway, note })}`);
  const { outputs } = JSON.parse(await readFile(terraformState, "utf8")) as {
    outputs: { platform: { value: Record<Environment, { deployment: { variables: Record<string, string> } }> } };
  };
  const { production, staging } = outputs.platform.value;
  variables = {
    // As Terraform names them for the repository; but the load balancers have other URLs here.
    ...production.deployment.variables,
    ...staging.deployment.variables,
    SERVICE_URL: urlOf("production"),
    STAGING_SERVICE_URL: urlOf("staging"),
    DEPLOY_ENVIRONMENT: "production",
    BAKE_MINUTES: "1",
    // How fast this machine is beside other work is not the question.
    PERFORMANCE_MAX_MS: "60000",
  };
}

const log = join(stateDir, "workflow.log");
const logged = () => readFile(log, "utf8").catch(() => "");
/** Where the newest run begins in the log. */
let begin = 0;

async function push(more: Record<string, string> = {}): Promise<void> {
  begin = (await logged()).length;
  await runDeployWorkflow(programs, { ...variables, ...more });
}

interface Running {
  api: { revision: number; image: string };
  ml: { revision: number; image: string };
  /** What api says through the load balancer. */
  version: string;
}

async function running(environment: Environment): Promise<Running> {
  const ecs = new ECSClient(awsClient);
  const read = async (name: "api" | "ml") => {
    const { services: [service] = [] } = await ecs.send(
      new DescribeServicesCommand({
        cluster: `rainbow-seeker-cluster${suffixes[environment]}`,
        services: [`rainbow-seeker-${name}${suffixes[environment]}`],
      }),
    );
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }),
    );
    return { revision: taskDefinition?.revision ?? 0, image: taskDefinition?.containerDefinitions?.[0]?.image ?? "" };
  };
  const response = await fetch(`${urlOf(environment)}version`);
  return {
    api: await read("api"),
    ml: await read("ml"),
    version: response.ok ? ((await response.json()) as { commit: string }).commit : "",
  };
}

/** The steps of the newest run, each after the job that it belongs to, as act names them. */
async function steps(): Promise<string[]> {
  const lines = (await logged()).slice(begin).matchAll(/^\[(.+?)\s*\] ⭐ Run Main (.+)$/gm);
  return [...lines].map(([, job = "", step = ""]) => `${job}: ${step}`);
}

const isBaking = (step: string) => /Deploy\b.*: Bake time/.test(step);

const editApi = (comment: string) => edit("api/src/version.ts", (text) => `${text}\n// ${comment}\n`);
const editMl = (comment: string) => edit("ml/src/main.ts", (text) => `${text}\n// ${comment}\n`);

export async function pushes(): Promise<string> {
  const duration = await timed(() => push());
  const [staging, production] = [await running("staging"), await running("production")];
  assert.match(production.api.image, /\/rainbow-seeker-api@sha256:/);
  // What was measured in staging is what production has, byte for byte.
  assert.deepEqual(
    [staging.api.image, staging.ml.image, staging.version],
    [production.api.image, production.ml.image, production.version],
  );
  assert.notEqual(production.version, "");
  const all = await steps();
  const measured = all.findIndex((step) => /Staging.*: Performance check/.test(step));
  const deployed = all.findIndex((step) => step.endsWith(": Deploy rainbow-seeker-api"));
  assert.ok(measured > 0 && deployed > measured && all.findIndex(isBaking) > deployed, all.join("\n"));
  return `${duration}, with one minute of bake time`;
}

export async function staysInStaging(): Promise<void> {
  const before = [await running("staging"), await running("production")];
  await editApi("Too slow for a limit that nothing meets.");
  await assert.rejects(push({ PERFORMANCE_MAX_MS: "1" }), /percentile|response time|1 ms/i);
  assert.deepEqual([await running("staging"), await running("production")], before);
}

export async function goesBack(): Promise<string> {
  const before = await running("production");
  await editMl("With an alarm in the bake time.");
  // Of the load balancer's own metrics, which the local AWS does not have: nothing but this test changes its state.
  const alarm = "rainbow-seeker-elb-5xx";
  const cloudWatch = new CloudWatchClient(awsClient);
  const { MetricAlarms: [found] = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm] }));
  assert.ok(found, `there is no alarm ${alarm}`);
  const rings = until(
    async () => {
      // What rang before it is watched is ignored.
      if (!/\| watching alarms/.test((await logged()).slice(begin))) return false;
      await cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName: alarm, StateValue: "ALARM", StateReason: "5xx in the bake time" }),
      );
      return true;
    },
    { seconds: 900, every: 500 },
  );
  const duration = await timed(() => assert.rejects(push(), new RegExp(alarm)));
  assert.ok(await rings, "the bake time did not begin");
  const after = await running("production");
  assert.deepEqual(
    [after.api.image, after.ml.image, after.version],
    [before.api.image, before.ml.image, before.version],
  );
  // Staging has had it: what stopped production was no test.
  assert.notEqual((await running("staging")).ml.image, before.ml.image);
  return duration;
}
