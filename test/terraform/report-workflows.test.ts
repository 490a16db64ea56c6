// What backup.yml and pull-request.yml keep on GitHub, run by act against GitHub's API as a script: one issue about a
// nightly backup, opened, updated and closed, and one comment of a pull request. Of the jobs that need AWS, only the steps
// are replaced.
import assert from "node:assert/strict";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { ScriptedGithub } from "../../actions/github-report/test/scripted-github.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { ActRepository, changedJobs, write } from "../lib/act.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

/** The same inputs, outputs and conditions, with jobs that do nothing. */
const idle = (text: string) => changedJobs(text, (_name, job) => ({ ...job, steps: [{ run: "true" }] }));
/** In the place of the call of backup-database.yml: a job, because act runs nothing after a call that has failed. */
const backup = {
  needs: ["environment", "image"],
  "runs-on": "ubuntu-latest",
  outputs: { "error-code": "${{ steps.first.outputs.error-code }}" },
  steps: [
    {
      id: "first",
      env: { CODE: "${{ vars.BACKUP_CODE }}" },
      run: 'echo "error-code=$CODE" >>"$GITHUB_OUTPUT"\n[ -z "$CODE" ]',
    },
  ],
};

let github: ScriptedGithub;
let repository: ActRepository;
let runs = 0;

beforeAll(async () => {
  const bin = await pythonEnvironment(() => {});
  github = await ScriptedGithub.start();
  repository = new ActRepository(makeTestFolder("report-workflows-"), { bin, actions: ["github-report", "notify"] });
  repository.addWorkflow("resolve-environment.yml");
  for (const file of ["build.yml", "prune-backups.yml", "terraform.yml"]) repository.addWorkflow(file, idle);
  repository.addWorkflow("backup.yml", (text) =>
    // Which act does not know.
    changedJobs(text.replace(/^ {2}queue: max\n/m, ""), (name, job) => (name === "backup" ? backup : job)),
  );
  // Node is on the PATH; a machine need not reach what setup-node downloads.
  repository.addWorkflow("pull-request.yml", (text) =>
    text.replace(/ {6}- uses: actions\/setup-node@.*\n {8}with:\n(?: {10}.*\n)+/, ""),
  );
  await repository.init();
});
afterAll(() => github.stop());
afterEach(() => assert.deepEqual(github.problems, []));

/** Runs a workflow of the toolkit as one of the repository itself. */
async function runWorkflow(file: string, event: string, payload: object, variables: Record<string, string> = {}) {
  runs += 1;
  repository.useWorkflow(file);
  await repository.commit(`run ${runs}`);
  const environment = { GITHUB_API_URL: github.url, GITHUB_RUN_ID: String(runs) };
  return repository.act({
    event,
    file,
    payload,
    variables,
    environment,
    secrets: { GITHUB_TOKEN: "a-token-of-the-job" },
  });
}

/** The night of production. */
const night = (code: string) =>
  runWorkflow(
    "backup.yml",
    "schedule",
    { schedule: "0 2 * * *", repository: { default_branch: "main" } },
    { AWS_BUILD_ROLE: "arn", AWS_BACKUP_ROLE: "arn", BACKUP_CODE: code },
  );

it(
  "a nightly backup that fails opens one issue, updates it, and the next good one closes it",
  { timeout: 120_000 },
  async () => {
    const first = await night("LOCKED");
    expect(first.code, first.text).toBe(1);
    expect(github.issues).toMatchObject([{ state: "open", title: "The backup of production failed" }]);
    expect(github.issues[0]?.body).toContain("| Database | failure LOCKED |");
    await night("DISK_FULL");
    expect(github.issues).toHaveLength(1);
    expect(github.issues[0]?.body).toMatch(/failure DISK_FULL[^]*Reported 2 times/);
    const good = await night("");
    expect(good.code, good.text).toBe(0);
    expect(github.issues).toMatchObject([{ state: "closed", state_reason: "completed" }]);
  },
);

it("a pull request has one comment, which says what the newest commit changes", { timeout: 120_000 }, async () => {
  const pullRequest = (change: string) => {
    const report = JSON.stringify({ scripts: { changes: `echo '${change} by @somebody'` } });
    write(repository.repository, "package.json", report);
    const own = { full_name: "rainbow-seeker/deploy-toolkit" };
    return runWorkflow("pull-request.yml", "pull_request", {
      pull_request: { number: 7, user: { login: "octocat" }, head: { sha: "0123456", repo: own } },
      repository: own,
    });
  };
  const first = await pullRequest("The image api is built anew.");
  expect(first.code, first.text).toBe(0);
  expect(github.comments).toHaveLength(1);
  expect(github.comments[0]).toMatchObject({ issue: 7, body: expect.stringContaining("The image api is built anew.") });
  expect(github.comments[0]?.body).toContain("Nothing in infra/ changes.");
  // Nobody is notified by what a pull request says.
  expect(github.comments[0]?.body).not.toContain("@somebody");
  await pullRequest("No image is built.");
  expect(github.comments).toHaveLength(1);
  expect(github.comments[0]?.body).toContain("No image is built.");
  expect(github.comments[0]?.body).not.toContain("The image api");
});
