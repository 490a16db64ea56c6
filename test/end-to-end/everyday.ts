// Everyday use: deploys of single changes, status, logs, stop.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root, serviceUrl, stateDir } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { attempt, run, until } from "../../infra/local/process.ts";
import { abandonedFolders } from "../../infra/local/temporary.ts";
import { plannedChanges } from "../terraform/local-plan.ts";
import { edit, npm, service, status, timed, tryNpm } from "./commands.ts";

async function revisions(): Promise<{ api: number; ml: number }> {
  const [api, ml] = [await service("api"), await service("ml")];
  return { api: api.revision, ml: ml.revision };
}

export async function startsAgain(): Promise<string> {
  const before = await status();
  const time = await timed(async () => {
    assert.match(await npm("start"), /Infrastructure: unchanged/);
  });
  assert.deepEqual(await status(), before, "npm start without changes has changed what is running");
  return time;
}

export async function deploysApiOnly(): Promise<string> {
  const before = await revisions();
  await edit("api/src/features/operations/routes.ts", (text) =>
    text.replace('{ status: "ok" }', '{ status: "ok", edited: true }'),
  );
  const time = await timed(() => npm("start"));
  assert.deepEqual(await revisions(), { ...before, api: before.api + 1 });
  assert.match(
    (await service("api")).version,
    /^[0-9a-f]{40}-dirty-[0-9a-f]{8}$/,
    "the version does not show the uncommitted edit",
  );
  const isEdited = async () =>
    ((await (await fetch(`${serviceUrl}health`)).json()) as { edited?: unknown }).edited === true;
  assert.ok(await until(isEdited, { seconds: 20 }), "the running api does not have the edit");
  // Committing the edit does not change the content: nothing to deploy.
  await run([
    "git",
    "-C",
    root,
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.com",
    "commit",
    "--quiet",
    "--all",
    "--message",
    "Edit api",
  ]);
  const deployed = await revisions();
  await npm("start");
  assert.deepEqual(await revisions(), deployed);
  return time;
}

export async function deploysMlOnly(): Promise<string> {
  const before = await revisions();
  await edit("ml/src/main.ts", (text) => `${text}\n// edited\n`);
  const time = await timed(() => npm("start"));
  // A comment does not change the bundle, but it does change the sources, from which the image tag is computed.
  assert.deepEqual(await revisions(), { ...before, ml: before.ml + 1 });
  return time;
}

export async function appliesInfraOnly(): Promise<string> {
  const before = await revisions();
  const containers = await dataContainers();
  assert.equal(containers.length, 2, "expected one database and one Redis");
  await edit("infra/modules/platform/services.tf", (text) => text.replace('LOG_LEVEL = "info"', 'LOG_LEVEL = "debug"'));
  let output = "";
  const time = await timed(async () => {
    output = await npm("start");
  });
  assert.match(output, /Infrastructure: \d+ added, \d+ changed, \d+ destroyed/);
  assert.deepEqual(await dataContainers(), containers, "the database or Redis was replaced");
  const after = await revisions();
  assert.ok(after.api > before.api, "api still runs with its previous settings");
  assert.equal(after.ml, before.ml);
  return time;
}

/** IDs of the local AWS's database and Redis containers. */
async function dataContainers(): Promise<string[]> {
  const format = '{{.ID}} {{.Label "ministack"}} {{.Label "ministack.instance"}}';
  const instance = `:${new URL(serviceUrl).port}`;
  const lines = (await run(["docker", "ps", "--format", format])).split("\n");
  return lines.filter((line) => / (rds|elasticache) /.test(line) && line.endsWith(instance)).toSorted();
}

/** Container names of the running tasks of a service. */
async function containersOf(name: "api" | "ml"): Promise<string[]> {
  const format = '{{.Names}} {{.Label "com.amazonaws.ecs.task-definition-family"}}';
  const filter = ["--filter", `label=com.amazonaws.ecs.container-name=${name}`];
  const { image } = await service(name);
  const [registry = ""] = image.split("/");
  const lines = (await run(["docker", "ps", ...filter, "--format", `${format} {{.Image}}`])).split("\n");
  return lines.filter((line) => line.includes(registry)).flatMap((line) => line.split(" ", 1));
}

export async function reportsFailure(): Promise<void> {
  const [container = assert.fail("ml has no container")] = await containersOf("ml");
  await run(["docker", "pause", container]);
  try {
    const { code, stdout } = await tryNpm("status", "--json");
    const { services, url, environment } = JSON.parse(stdout) as Awaited<ReturnType<typeof status>>;
    assert.equal(code, 1, "ml does not respond, but the exit code is not 1");
    assert.deepEqual([url, environment], [serviceUrl, "local"]);
    assert.deepEqual(
      services.map(({ name, desired, healthy }) => [name, desired, healthy]),
      [
        ["api", 3, 3],
        ["ml", 1, 0],
      ],
    );
    assert.match((await tryNpm("status")).stdout, /ml +\d+ +not responding +1 +1 +0/);
  } finally {
    await run(["docker", "unpause", container]);
  }
  assert.equal((await tryNpm("status", "--json")).code, 0);
}

export async function logsFollow(): Promise<string> {
  const child = spawn(process.execPath, [join(root, "scripts/run.mjs"), "logs", "api", "--tail", "1"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  try {
    assert.ok(await until(async () => output.includes("\n"), { seconds: 20 }), "no last line");
    const requestId = `logs-${Date.now()}`;
    const time = await timed(async () => {
      await fetch(`${serviceUrl}api/sightings`, { headers: { "x-request-id": requestId } });
      assert.ok(
        await until(async () => output.includes(requestId), { seconds: 20, every: 50 }),
        `the request is not in the log:\n${output}`,
      );
    });
    assert.match(
      output,
      new RegExp(
        `api [0-9a-f]{8} +info +request requestId=${requestId} traceId=\\S+ spanId=\\S+ method=GET path=/api/sightings status=200`,
      ),
    );
    return `a log line is shown after ${time}`;
  } finally {
    child.kill("SIGINT");
    await exited;
  }
}

export async function replacesContainer(): Promise<string> {
  const [killed = assert.fail("api has no container")] = await containersOf("api");
  await run(["docker", "kill", killed]);
  return timed(async () => {
    const isReplaced = async () =>
      (await service("api")).healthy === 3 && !(await containersOf("api")).includes(killed);
    assert.ok(await until(isReplaced, { seconds: 10, every: 100 }), "no new container within 10 s");
  });
}

/** Revisions and counts are the deployments', whatever Terraform made first: docs/decisions/0002. */
export async function plansNothing(): Promise<void> {
  assert.deepEqual(await plannedChanges(), []);
}

export async function stopLeavesNothing(): Promise<string> {
  const instance = `:${new URL(serviceUrl).port}`;
  const time = await timed(() => npm("stop"));
  const containers = await attempt(["docker", "ps", "-a", "--format", '{{.Names}} {{.Label "ministack.instance"}}']);
  assert.ok(!containers.stdout.includes(instance), containers.stdout);
  const processes = (await run(["ps", "-eo", "pid,args"]))
    .split("\n")
    .filter((line) => line.includes(root) && !line.includes("end-to-end/main.ts"));
  assert.deepEqual(processes, []);
  assert.equal(await exists(stateDir), false);
  assert.deepEqual(await abandonedFolders(), []);
  assert.match((await tryNpm("status")).stdout, /is not running/);
  assert.match(await npm("stop"), /Local AWS: not running/);
  return time;
}
