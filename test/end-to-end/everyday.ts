// What a developer does twenty times a day.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root, serviceUrl, stateDir } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { attempt, run, until } from "../../infra/local/process.ts";
import { abandonedFolders } from "../../infra/local/temporary.ts";
import { edit, npm, service, status, timed, tryNpm } from "./commands.ts";

const revisions = async () =>
  Object.fromEntries((await status()).services.map(({ name, revision }) => [name, revision]));

export async function startsAgain(): Promise<string> {
  const before = await status();
  const time = await timed(async () => {
    assert.match(await npm("start"), /Infrastructure: unchanged/);
  });
  assert.deepEqual(await status(), before, "a start with nothing changed changes what runs");
  return time;
}

export async function apiAlone(): Promise<string> {
  const before = await revisions();
  await edit("api/src/features/operations/routes.ts", (text) =>
    text.replace('{ status: "ok" }', '{ status: "ok", edited: true }'),
  );
  const time = await timed(() => npm("start"));
  assert.deepEqual(await revisions(), { api: before["api"]! + 1, ml: before["ml"] });
  assert.match(
    (await service("api")).version,
    /^[0-9a-f]{40}-dirty-[0-9a-f]{8}$/,
    "an edit that is not committed says so",
  );
  const answer = async () =>
    ((await (await fetch(`${serviceUrl}health`)).json()) as { edited?: unknown }).edited === true;
  assert.ok(await until(answer, { seconds: 20 }), "what runs is not what was edited");
  // Committed afterwards it is the same content: nothing to deploy.
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

export async function mlAlone(): Promise<string> {
  const before = await revisions();
  await edit("ml/src/main.ts", (text) => `${text}\n// edited\n`);
  const time = await timed(() => npm("start"));
  // A comment leaves the bundle as it is, but the sources are what is built: they are deployed.
  assert.deepEqual(await revisions(), { api: before["api"], ml: before["ml"]! + 1 });
  return time;
}

export async function infraAlone(): Promise<string> {
  const before = await revisions();
  const others = async () =>
    (
      await run(["docker", "ps", "-q", "--filter", "label=ministack=rds", "--filter", "label=ministack=elasticache"])
    ).trim();
  const databases = await others();
  await edit("infra/modules/platform/services.tf", (text) => text.replace('LOG_LEVEL = "info"', 'LOG_LEVEL = "debug"'));
  let said = "";
  const time = await timed(async () => {
    said = await npm("start");
  });
  assert.match(said, /Infrastructure: \d+ added, \d+ changed, \d+ destroyed/);
  assert.equal(await others(), databases, "the database or Redis was replaced");
  const after = await revisions();
  assert.ok(after["api"]! > before["api"]!, "api still runs with its settings of before");
  assert.equal(after["ml"], before["ml"]);
  return time;
}

/** Container names of the running tasks of a service. */
async function containersOf(name: "api" | "ml"): Promise<string[]> {
  const format = '{{.Names}} {{.Label "com.amazonaws.ecs.task-definition-family"}}';
  const mine = ["--filter", `label=com.amazonaws.ecs.container-name=${name}`];
  const { image } = await service(name);
  const repository = image.split("@")[0]!;
  const listed = await run(["docker", "ps", ...mine, "--format", `${format} {{.Image}}`]);
  return listed
    .split("\n")
    .filter((line) => line.includes(repository.split("/")[0]!))
    .map((line) => line.split(" ")[0]!);
}

export async function statusOfHalf(): Promise<void> {
  const [container] = await containersOf("ml");
  await run(["docker", "pause", container!]);
  try {
    const { code, stdout } = await tryNpm("status", "--json");
    const { services, url, environment } = JSON.parse(stdout) as Awaited<ReturnType<typeof status>>;
    assert.equal(code, 1, "something does not answer and the exit code is not 1");
    assert.deepEqual([url, environment], [serviceUrl, "local"]);
    assert.deepEqual(
      services.map(({ name, desired, healthy }) => [name, desired, healthy]),
      [
        ["api", 3, 3],
        ["ml", 1, 0],
      ],
    );
    assert.match((await tryNpm("status")).stdout, /ml +\d+ +does not answer +1 +1 +0/);
  } finally {
    await run(["docker", "unpause", container!]);
  }
  assert.equal((await tryNpm("status", "--json")).code, 0);
}

export async function logsFollow(): Promise<string> {
  const child = spawn(process.execPath, [join(root, "scripts/run.mjs"), "logs", "api", "--tail", "1"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let said = "";
  child.stdout!.on("data", (chunk: Buffer) => (said += chunk.toString()));
  try {
    assert.ok(await until(async () => said.includes("\n"), { seconds: 20 }), "no last line");
    const requestId = `logs-${Date.now()}`;
    const time = await timed(async () => {
      await fetch(`${serviceUrl}api/sightings`, { headers: { "x-request-id": requestId } });
      assert.ok(
        await until(async () => said.includes(requestId), { seconds: 20, every: 50 }),
        `the request is not in the log:\n${said}`,
      );
    });
    assert.match(
      said,
      new RegExp(`api [0-9a-f]{8} +info +request requestId=${requestId} method=GET path=/api/sightings status=200`),
    );
    return `a line is there after ${time}`;
  } finally {
    child.kill("SIGINT");
    await exited;
  }
}

export async function replacesContainer(): Promise<string> {
  const before = await containersOf("api");
  await run(["docker", "kill", before[0]!]);
  return timed(async () => {
    const replaced = async () =>
      (await service("api")).healthy === 3 && !(await containersOf("api")).includes(before[0]!);
    assert.ok(await until(replaced, { seconds: 10, every: 100 }), "no new container within 10 s");
  });
}

export async function stopLeavesNothing(): Promise<string> {
  const mine = `:${new URL(serviceUrl).port}`;
  const time = await timed(() => npm("stop"));
  const containers = await attempt(["docker", "ps", "-a", "--format", '{{.Names}} {{.Label "ministack.instance"}}']);
  assert.ok(!containers.stdout.includes(mine), containers.stdout);
  const processes = (await run(["ps", "-eo", "pid,args"]))
    .split("\n")
    .filter((line) => line.includes(root) && !line.includes("end-to-end/main.ts"));
  assert.deepEqual(processes, []);
  assert.equal(await exists(stateDir), false);
  assert.deepEqual(await abandonedFolders(), []);
  assert.match((await tryNpm("status")).stdout, /does not run/);
  assert.match(await npm("stop"), /did not run/);
  return time;
}
