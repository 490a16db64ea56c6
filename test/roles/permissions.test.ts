// What the roles may do with backups, and what a job can reach with all the roles that it may assume: the policies that
// Terraform makes for production and staging. The local AWS does not evaluate these conditions.
import { describe, expect, it } from "vitest";
import { isAllowed, type Policy, type Request } from "../../actions/shared/src/iam.ts";
import { rows } from "./jobs.ts";
import { roleNames, type RoleName } from "./plan.ts";
import { environments, forms, planOf, rolesFor, type Environment } from "./trust.ts";

const suffixOf = (environment: Environment): string => (environment === "production" ? "" : "-staging");

/** Requests about the resources of an environment. */
function requestsOf(environment: Environment) {
  const suffix = suffixOf(environment);
  const bucket = `arn:aws:s3:::rainbow-seeker-backups${suffix}`;
  const folder = `${bucket}/database/shiojiri_rainbow`;
  const dump = `${folder}/2026/01/31/backup_20260131T020000Z_1-1/data.dump`;
  const put = (resource: string, context: Request["context"] = {}): Request => ({
    action: "s3:PutObject",
    resource,
    context: { "s3:ObjectCreationOperation": "true", ...context },
  });
  const ecs = "arn:aws:ecs:ap-northeast-1:123456789012";
  const cluster = `${ecs}:cluster/rainbow-seeker-cluster${suffix}`;
  const runTask = (family: string, where: string | undefined): Request => ({
    action: "ecs:RunTask",
    resource: `${ecs}:task-definition/rainbow-seeker-${family}${suffix}:7`,
    context: { "ecs:cluster": where },
  });
  const passRole = (name: string, service = "ecs-tasks.amazonaws.com"): Request => ({
    action: "iam:PassRole",
    resource: `arn:aws:iam::123456789012:role/${name}${suffix}`,
    context: { "iam:PassedToService": service },
  });
  const onDump = (action: string): Request => ({ action, resource: dump });
  const onBucket = (action: string): Request => ({ action, resource: bucket });
  return {
    "create an object": put(dump, { "s3:if-none-match": "*" }),
    "begin or fill a multipart upload": put(dump, { "s3:ObjectCreationOperation": "false" }),
    "overwrite an object": put(dump),
    "overwrite an object that was read": put(dump, { "s3:if-match": '"etag"' }),
    "renew the lock": put(`${folder}/lock.json`, { "s3:if-match": '"etag"' }),
    "overwrite the lock unread": put(`${folder}/lock.json`),
    "create an object outside of database/": put(`${bucket}/else`, { "s3:if-none-match": "*" }),
    "read a dump": onDump("s3:GetObject"),
    "read a manifest": { action: "s3:GetObject", resource: dump.replace("data.dump", "manifest.json") },
    "list backups": onBucket("s3:ListBucket"),
    "delete an object": onDump("s3:DeleteObject"),
    "delete a version": onDump("s3:DeleteObjectVersion"),
    "tag an object": onDump("s3:PutObjectTagging"),
    "end the retention of an object": onDump("s3:PutObjectRetention"),
    "end a legal hold": onDump("s3:PutObjectLegalHold"),
    "change the lifecycle": onBucket("s3:PutLifecycleConfiguration"),
    "suspend versioning": onBucket("s3:PutBucketVersioning"),
    "change the policy of the bucket": onBucket("s3:PutBucketPolicy"),
    "delete the bucket": onBucket("s3:DeleteBucket"),
    "run a backup task": runTask("backup", cluster),
    "run a restore task": runTask("restore", cluster),
    "run a migration": runTask("migrate", cluster),
    "run a backup task in another cluster": runTask("backup", `${cluster}-2`),
    "run a backup task in no cluster that is named": runTask("backup", undefined),
    "give the role of backup tasks to a task": passRole("ecsBackupTaskRole"),
    "give the role of backup tasks to Lambda": passRole("ecsBackupTaskRole", "lambda.amazonaws.com"),
    "give the role of services to a task": passRole("ecsTaskRole"),
  } satisfies Record<string, Request>;
}

type What = keyof ReturnType<typeof requestsOf>;

function can(policies: Policy[], environment: Environment): What[] {
  const requests = requestsOf(environment);
  return (Object.keys(requests) as What[]).filter((name) => isAllowed(policies, requests[name]));
}

const ofTask: What[] = [
  "create an object",
  "begin or fill a multipart upload",
  "renew the lock",
  "read a dump",
  "read a manifest",
  "list backups",
];
const ofRoles: Record<RoleName, What[]> = {
  build: [],
  deploy: ["run a migration", "give the role of services to a task"],
  backup: [
    "read a manifest",
    "list backups",
    "run a backup task",
    "run a restore task",
    "give the role of backup tasks to a task",
  ],
  prune: ["read a dump", "read a manifest", "list backups", "delete an object"],
  // The task that protects the database is that of restores.
  emergency: ["run a restore task", "give the role of backup tasks to a task"],
};
/** What destroys backups that exist. */
const destroys: What[] = [
  "overwrite an object",
  "overwrite an object that was read",
  "delete an object",
  "delete a version",
  "change the lifecycle",
  "suspend versioning",
  "change the policy of the bucket",
  "delete the bucket",
];
const writes: What = "create an object";

describe.each(environments)("in %s", (environment) => {
  const { permissions, tasks } = planOf(environment, "with_ids");
  const taskRole = `arn:aws:iam::123456789012:role/ecsBackupTaskRole${suffixOf(environment)}`;
  const policyOf = (arn: string): Policy => {
    const policy = tasks[arn];
    if (policy === undefined) throw new Error(`The plan has no role ${arn}.`);
    return policy;
  };

  it.each(roleNames)("the role %s can do exactly what its jobs do", (role) => {
    expect(can([permissions[role]], environment)).toEqual(ofRoles[role]);
  });

  it("a backup task can create and read objects, and no more", () => {
    expect(can([policyOf(taskRole)], environment)).toEqual(ofTask);
  });

  /** With the roles of tasks that the job could start with them. */
  function reachableBy(roles: RoleName[]): Policy[] {
    const own = roles.map((role) => permissions[role]);
    const passed = Object.keys(tasks).filter((resource) =>
      isAllowed(own, {
        action: "iam:PassRole",
        resource,
        context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
      }),
    );
    return [...own, ...passed.map(policyOf)];
  }

  it("no job can both write backups and destroy those that exist, whatever it gets hold of", () => {
    const { trust } = planOf(environment, "with_ids");
    const found = rows.map(({ name, job }) => {
      const reached = forms.map((form) => can(reachableBy(rolesFor(trust, job, form)), environment));
      return { name, reached: reached.flat() };
    });
    const both = found.filter(
      ({ reached }) => reached.includes(writes) && destroys.some((what) => reached.includes(what)),
    );
    expect(both).toEqual([]);
    // And this is not because none can do either.
    expect(found.filter(({ reached }) => reached.includes(writes)).map(({ name }) => name)).toEqual([
      "a backup",
      "an emergency",
    ]);
    expect(
      found.filter(({ reached }) => destroys.some((what) => reached.includes(what))).map(({ name }) => name),
    ).toEqual(["pruning"]);
  });
});
