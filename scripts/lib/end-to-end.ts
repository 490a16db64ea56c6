// The main job as a user runs it, then a change that breaks api at its start: it must not replace what runs.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { demonstratePrediction, demonstrateSighting } from "../../infra/local/demonstration.ts";
import { removeContainers, runningProcess, stopMinistack } from "../../infra/local/ministack.ts";
import { awsClient, root, serviceUrl, stateDir } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";
import { readStatus, type Status } from "../../infra/local/status.ts";
import { runDeployWorkflow } from "../../infra/local/workflow.ts";
import type { Counts } from "./checks.ts";

type Note = (text: string) => void;

/** What was not running before is taken down afterwards; a developer's own environment stays, with this tree deployed. */
export async function endToEndCheck(note: Note): Promise<Counts> {
  const ranBefore = (await runningProcess()) !== undefined;
  try {
    const steps = [started, answers, brokenIsRefused, stillAnswers, secretsStaySecret];
    for (const step of steps) await step(note);
    return { passed: steps.length, failed: 0 };
  } finally {
    if (!ranBefore) {
      await stopMinistack();
      await removeContainers();
    }
  }
}

async function started(note: Note): Promise<void> {
  note("npm start");
  const onLine = (line: string) => /^\[\s*\d/.test(line) && line.endsWith(" s") && note(line.replaceAll(/\s+/g, " "));
  const output = await run([process.execPath, join(root, "scripts/commands/start.ts")], { cwd: root, onLine });
  for (const said of ["chance of a rainbow", "recorded", "read back", serviceUrl, "Next:"]) assert.ok(output.includes(said), `npm start does not say "${said}"`);
}

async function json(path: string): Promise<any> {
  const response = await fetch(`${serviceUrl}${path}`);
  assert.equal(response.status, 200, `${path} answers ${response.status}`);
  return response.json();
}

async function answers(note: Note): Promise<void> {
  note("health, version, prediction, sighting through the load balancer");
  const { services } = await status();
  assert.deepEqual(services.map(({ name, desired, healthy }) => [name, desired, healthy]), [["api", 3, 3], ["ml", 1, 1]]);
  assert.equal((await json("health")).status, "ok");
  assert.equal((await json("version")).commit, services[0]!.version);
  assert.equal((await json("ready")).checks.ml.version, services[1]!.version);
  await demonstratePrediction();
  await demonstrateSighting();
}

const status = async (): Promise<Status> => (await readStatus()) ?? assert.fail("the local AWS has gone away");

let before: Status;

async function brokenIsRefused(note: Note): Promise<void> {
  note("a change that breaks api at its start");
  before = await status();
  const broken = 'console.error("the flux capacitor is missing");\nprocess.exitCode = 42;\n';
  const deployment = runDeployWorkflow({ bin: await pythonEnvironment(note), node: process.execPath, note, edit: (folder) => writeFile(join(folder, "api/src/main.ts"), broken) });
  const problem = await deployment.then(() => assert.fail("the broken api was deployed"), (error: unknown) => error);
  assert.ok(problem instanceof Problem, String(problem));
  for (const said of ["rainbow-seeker-api-local", "container api exited with code 42", "the flux capacitor is missing", "What runs now"]) {
    assert.ok(problem.message.includes(said), `the failed deployment does not say "${said}":\n${problem.message}`);
  }
}

async function stillAnswers(note: Note): Promise<void> {
  note("what ran before still runs");
  const after = await status();
  assert.equal(after.services[0]!.version, before.services[0]!.version);
  assert.equal((await json("version")).commit, before.services[0]!.version);
}

/** The values that Terraform generated: in no log of ours, no state, no image, no process list. */
async function secretsStaySecret(note: Note): Promise<void> {
  note("no secret in logs, state, images, process list");
  const ssm = new SSMClient(awsClient);
  const names = ["db-password", "jwt-secret", "redis-auth-token"].map((name) => `/rainbow-seeker/local/${name}`);
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: names, WithDecryption: true }));
  assert.equal(Parameters.length, 3);
  const files = ["workflow.log", "terraform.log", "terraform.tfstate"].map((name) => readFile(join(stateDir, name), "utf8"));
  const images = (await status()).services.map(({ image }) => run(["docker", "history", "--no-trunc", image]));
  const texts = await Promise.all([...files, ...images, run(["ps", "-eo", "args"])]);
  for (const { Name, Value } of Parameters) {
    assert.ok(Value!.length >= 32, `${Name} is too short to be a secret`);
    assert.ok(!texts.some((text) => text.includes(Value!)), `${Name} can be read where it must not be`);
  }
}
