// What the runbooks say to do when GitHub is down, word for word: the blocks of their pages are run by a shell, with the
// names of the local AWS in the place of production's.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeImage } from "../../infra/local/base-images.ts";
import { awsEnvironment, port, root, serviceUrl } from "../../infra/local/paths.ts";
import { run, until } from "../../infra/local/process.ts";
import { withTemporaryFolder } from "../../infra/local/temporary.ts";
import { edit, runningVersion, service, status, timed } from "./commands.ts";

/** The block of a page that has a line beginning like this. */
async function block(page: string, line: string): Promise<string> {
  const text = await readFile(join(root, "docs", page), "utf8");
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, script = ""]) => script);
  const found = blocks.filter((script) => script.split("\n").some((one) => one.startsWith(line)));
  assert.equal(found.length, 1, `docs/${page} has ${found.length} blocks with the line ${line}`);
  return found[0] as string;
}

const onLocalAws = (script: string): string =>
  script
    .replaceAll("npx github:rainbow-seeker/deploy-toolkit", "./bin/rainbow-deploy")
    .replaceAll(/\brainbow-seeker-(?:cluster|api|ml|migrate|backup|restore)\b/g, "$&-local")
    .replaceAll("https://rainbow.example.com/", serviceUrl)
    // As infra/local/workflow.ts has them for the workflow.
    .replaceAll(
      "build-push --context",
      `build-push --registry localhost:${port} --build-args BASE_IMAGE=${nodeImage} --network host --context`,
    )
    // It reports the last failure by its exit code too, which stops nobody who pastes a block.
    .replaceAll(/^(?:\.\/bin\/rainbow-deploy explain .*)$/gm, "$& || [ $? -eq 1 ]")
    // Steps of the other way, by GitHub.
    .replaceAll(/^gh .*\n/gm, "");

/** Runs blocks one after the other in one shell, whose files stay out of the checkout. */
const shell = (scripts: string[]): Promise<string> =>
  withTemporaryFolder("runbook-", (folder) => {
    const inFolder = (script: string) => script.replaceAll(/(?<=> |\s)(?=(?:api|ml|deployed)\.json\b)/g, `${folder}/`);
    return run(["bash", "-euo", "pipefail", "-c", scripts.map(onLocalAws).map(inFolder).join("\n")], {
      cwd: root,
      env: { ...process.env, ...awsEnvironment, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` },
    });
  });

const answers = (version: string) => until(async () => (await runningVersion()) === version, { seconds: 60 });

let before = "";

export async function deploys(): Promise<string> {
  before = (await service("api")).version;
  await edit("api/src/version.ts", (text) => `${text}\n// Deployed without GitHub.\n`);
  const duration = await timed(async () =>
    shell([
      await block("deploy-runbook.md", "./bin/rainbow-deploy build-push --context api"),
      await block("deploy-runbook.md", "./bin/rainbow-deploy deploy rainbow-seeker-ml"),
    ]),
  );
  const after = await service("api");
  assert.notEqual(after.version, before);
  assert.ok(await answers(after.version), `${await runningVersion()} responds instead of ${after.version}`);
  return `the deployment took ${duration}`;
}

export async function rollsBack(): Promise<string> {
  const deployed = (await service("api")).version;
  const plan = await shell([
    await block("rollback-runbook.md", "npx github:rainbow-seeker/deploy-toolkit explain"),
    await block(
      "rollback-runbook.md",
      "npx github:rainbow-seeker/deploy-toolkit rollback rainbow-seeker-api --cluster rainbow-seeker-cluster --dry-run",
    ),
  ]);
  assert.match(plan, /rainbow-seeker-api-local:\d+ → rainbow-seeker-api-local:\d+/);
  assert.equal((await service("api")).version, deployed, "the dry run has changed the service");
  const duration = await timed(async () =>
    shell([
      await block(
        "rollback-runbook.md",
        "npx github:rainbow-seeker/deploy-toolkit rollback rainbow-seeker-api --cluster rainbow-seeker-cluster --reason",
      ),
      await block("rollback-runbook.md", "curl -fsS"),
    ]),
  );
  assert.equal((await service("api")).version, before);
  assert.ok(await answers(before), `${await runningVersion()} responds instead of ${before}`);
  return `the rollback took ${duration}`;
}

export async function endsEmergency(): Promise<string> {
  const desired = async () => (await status()).services.map((one) => one.desired);
  const counts = await desired();
  const page = "emergency-runbook.md";
  await shell([
    await block(page, "export AWS_REGION"),
    await block(page, "npx github:rainbow-seeker/deploy-toolkit db-backup protect"),
    await block(page, "npx github:rainbow-seeker/deploy-toolkit explain"),
  ]);
  assert.deepEqual(await desired(), [0, 0]);
  assert.equal((await fetch(`${serviceUrl}api/sightings`)).status, 503);
  const duration = await timed(async () =>
    shell([await block(page, "npx github:rainbow-seeker/deploy-toolkit db-backup release")]),
  );
  assert.deepEqual(await desired(), counts);
  assert.equal((await fetch(`${serviceUrl}api/sightings`)).status, 200);
  return `the services responded again after ${duration}`;
}
