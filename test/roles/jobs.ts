// Jobs of this repository and of others, and the roles that each may assume.
import type { Job, Repository } from "./tokens.ts";
import type { RoleName } from "./plan.ts";

export interface Row {
  name: string;
  job: Job;
  production: RoleName[];
  staging: RoleName[];
}

const row = (name: string, job: Job, production: RoleName[], staging: RoleName[]): Row => ({
  name,
  job,
  production,
  staging,
});
const main = "refs/heads/main";
const branch = { ref: "refs/heads/feature" };
const pullRequest = { ref: "refs/pull/7/merge", isPullRequest: true };
const ofMain = (file: string) => `rainbow-seeker/deploy-toolkit/.github/workflows/${file}@${main}`;
const deploy = "deploy-service.yml";
const rollback = "rollback-service.yml";
const emergency = "emergency-service.yml";

export const rows: Row[] = [
  // What the workflows of this repository do, on main.
  row("a build", { workflow: "build.yml" }, ["build"], ["build"]),
  row("a deployment of production", { workflow: deploy, environment: "production" }, ["deploy"], []),
  row("a deployment of staging", { workflow: deploy, environment: "staging" }, [], ["deploy"]),
  row("a rollback of production", { workflow: rollback, environment: "production" }, ["deploy"], []),
  row("a rollback of staging", { workflow: rollback, environment: "staging" }, [], ["deploy"]),
  row("a backup", { workflow: "backup-database.yml" }, ["backup"], ["backup"]),
  row("pruning", { workflow: "prune-backups.yml" }, ["prune"], ["prune"]),
  row("an emergency", { workflow: emergency }, ["emergency"], ["emergency"]),

  // Other jobs of main.
  row("a test", { workflow: "test.yml" }, [], []),
  row("a job of deploy.yml itself", { workflow: "deploy.yml" }, [], []),
  row("the same in the environment", { workflow: "deploy.yml", environment: "production" }, [], []),
  row("the same in that of staging", { workflow: "deploy.yml", environment: "staging" }, [], []),
  row("a job of backup.yml itself", { workflow: "backup.yml" }, [], []),
  row("a job of emergency.yml itself", { workflow: "emergency.yml" }, [], []),
  row("an emergency in the environment", { workflow: emergency, environment: "production" }, [], []),
  row("a build in the environment", { workflow: "build.yml", environment: "production" }, [], []),
  row("a backup in the environment", { workflow: "backup-database.yml", environment: "production" }, [], []),
  row("pruning in the environment", { workflow: "prune-backups.yml", environment: "production" }, [], []),
  row("a deployment without an environment", { workflow: deploy }, [], []),
  row("a deployment of an environment of another name", { workflow: deploy, environment: "production-2" }, [], []),
  row("the same, in capitals", { workflow: deploy, environment: "Production" }, [], []),
  row(
    "an environment that is named like the end of a subject",
    { workflow: "build.yml", environment: `x:ref:${main}` },
    [],
    [],
  ),
  row("a workflow whose name ends like that of a build", { workflow: "my-build.yml" }, [], []),

  // Branches and tags, with their own versions of the workflows or with those of main.
  row("a build of a branch", { workflow: "build.yml", ...branch }, [], ["build"]),
  row("a build of a branch by the workflow of main", { workflow: ofMain("build.yml"), ...branch }, [], ["build"]),
  row("a test of a branch", { workflow: "test.yml", ...branch }, [], []),
  row("production from a branch", { workflow: deploy, ...branch, environment: "production" }, [], []),
  row("staging from a branch", { workflow: deploy, ...branch, environment: "staging" }, [], ["deploy"]),
  row(
    "production from a branch by the workflow of main",
    { workflow: ofMain(deploy), ...branch, environment: "production" },
    [],
    [],
  ),
  row("a rollback from a branch", { workflow: rollback, ...branch, environment: "production" }, [], []),
  row("a backup from a branch", { workflow: "backup-database.yml", ...branch }, [], []),
  row("the same by the workflow of main", { workflow: ofMain("backup-database.yml"), ...branch }, [], []),
  row("pruning from a branch", { workflow: "prune-backups.yml", ...branch }, [], []),
  row("the same by the workflow of main", { workflow: ofMain("prune-backups.yml"), ...branch }, [], []),
  row("an emergency from a branch", { workflow: emergency, ...branch }, [], []),
  row("the same by the workflow of main", { workflow: ofMain(emergency), ...branch }, [], []),
  row("main with the workflow of a branch", { workflow: ofMain("build.yml").replace(main, branch.ref) }, [], ["build"]),
  row(
    "the same for production",
    { workflow: ofMain(deploy).replace(main, branch.ref), environment: "production" },
    [],
    [],
  ),
  row("the same for backups", { workflow: ofMain("backup-database.yml").replace(main, branch.ref) }, [], []),
  row("the same for pruning", { workflow: ofMain("prune-backups.yml").replace(main, branch.ref) }, [], []),
  row("the same for emergencies", { workflow: ofMain(emergency).replace(main, branch.ref) }, [], []),
  row("a branch that begins like main", { workflow: "build.yml", ref: "refs/heads/main-2" }, [], ["build"]),
  row("a build of a tag", { workflow: "build.yml", ref: "refs/tags/v1" }, [], []),
  row("a tag that is named like main", { workflow: "build.yml", ref: `refs/tags/${main}` }, [], []),
  row("production from a tag", { workflow: deploy, ref: "refs/tags/v1", environment: "production" }, [], []),
  row("staging from a tag", { workflow: deploy, ref: "refs/tags/v1", environment: "staging" }, [], []),
  row("staging from a tag by main", { workflow: ofMain(deploy), ref: "refs/tags/v1", environment: "staging" }, [], []),

  // Pull requests. GitHub gives those of forks no token at all, unless a repository is set to do so.
  row("a build in a pull request", { workflow: "build.yml", ...pullRequest }, [], []),
  row("the same by the workflow of main", { workflow: ofMain("build.yml"), ...pullRequest }, [], []),
  row("a pull request to production", { workflow: deploy, ...pullRequest, environment: "production" }, [], []),
  row(
    "the same by the workflow of main",
    { workflow: ofMain(deploy), ...pullRequest, environment: "production" },
    [],
    [],
  ),
  row("a pull request to staging", { workflow: deploy, ...pullRequest, environment: "staging" }, [], []),
  row("the same by the workflow of main", { workflow: ofMain(deploy), ...pullRequest, environment: "staging" }, [], []),
  row("a backup in a pull request", { workflow: ofMain("backup-database.yml"), ...pullRequest }, [], []),
  row("an emergency in a pull request", { workflow: ofMain(emergency), ...pullRequest }, [], []),
  row("pruning in a pull request", { workflow: ofMain("prune-backups.yml"), ...pullRequest }, [], []),
  row("a job of main that a pull request starts (pull_request_target)", { workflow: "label.yml" }, [], []),

  // Other repositories.
  ...otherRepositories(),

  // Workflows of other repositories, called by main.
  row("a build of another toolkit", { workflow: `another/toolkit/.github/workflows/build.yml@${main}` }, [], []),
  row(
    "a deployment of another toolkit",
    { workflow: `another/toolkit/.github/workflows/${deploy}@${main}`, environment: "production" },
    [],
    [],
  ),

  // Tokens that are for others than AWS, and of others than GitHub.
  row("a token for another audience", { workflow: "build.yml", audience: "https://github.com/rainbow-seeker" }, [], []),
  row(
    "the same of a deployment",
    { workflow: deploy, environment: "production", audience: "https://github.com/rainbow-seeker" },
    [],
    [],
  ),
  row("the same of a deployment of staging", { workflow: deploy, environment: "staging", audience: "x" }, [], []),
  row("the same of a backup", { workflow: "backup-database.yml", audience: "x" }, [], []),
  row("the same of pruning", { workflow: "prune-backups.yml", audience: "x" }, [], []),
  row("the same of an emergency", { workflow: emergency, audience: "x" }, [], []),
  row("another issuer", { workflow: "build.yml", issuer: "token.actions.example.ghe.com" }, [], []),
];

/** Each does all that is allowed here, with workflows of its own and with those of this repository. */
function otherRepositories(): Row[] {
  const others: [string, Partial<Repository>][] = [
    ["a fork", { owner: "somebody", id: "1", ownerId: "2" }],
    ["another repository of the owner", { name: "deploy-toolkit-2", id: "1" }],
    ["a repository whose name ends like this one's", { owner: "not-rainbow-seeker", id: "1", ownerId: "2" }],
    ["this repository after it was renamed", { name: "renamed" }],
  ];
  const files = ["build.yml", "backup-database.yml", "prune-backups.yml", emergency];
  return others.flatMap(([name, repository]) => [
    ...files.flatMap((file) => [
      row(`${file} of ${name}`, { repository, workflow: file }, [], []),
      row(`${file} of this repository, called by ${name}`, { repository, workflow: ofMain(file) }, [], []),
    ]),
    ...["production", "staging"].flatMap((environment) => [
      row(`${environment} of ${name}`, { repository, workflow: deploy, environment }, [], []),
      row(
        `${environment} of ${name} by the workflow of this repository`,
        { repository, workflow: ofMain(deploy), environment },
        [],
        [],
      ),
    ]),
  ]);
}

/** A repository of another owner that got the name of this one, after it was given up. */
export const recycled: Partial<Repository> = { id: "1", ownerId: "2" };
