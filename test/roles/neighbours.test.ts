// What each role of tasks and of GitHub's jobs does, and what lies next to it and is refused: evaluated in the policies
// that Terraform makes for production and staging, with their resources and conditions.
import { describe, expect, it } from "vitest";
import { isAllowed, type Request } from "../../actions/shared/src/iam.ts";
import { environments, planOf, type Environment } from "./trust.ts";

/** Requests about the resources of an environment, in groups. */
function requestsOf(environment: Environment): Record<string, Request> {
  const suffix = environment === "production" ? "" : "-staging";
  const [region, account] = ["ap-northeast-1", "123456789012"];
  const other = environment === "production" ? "staging" : "production";
  const otherSuffix = environment === "production" ? "-staging" : "";
  const ecs = `arn:aws:ecs:${region}:${account}`;
  const cluster = `rainbow-seeker-cluster${suffix}`;
  const repository = (name: string) => `arn:aws:ecr:${region}:${account}:repository/rainbow-seeker-${name}${suffix}`;
  const parameter = (path: string) => `arn:aws:ssm:${region}:${account}:parameter/rainbow-seeker/${path}`;
  const bucket = (name: string) => `arn:aws:s3:::rainbow-seeker-${name}${suffix}`;
  const service = (name: string) => `${ecs}:service/${cluster}/rainbow-seeker-${name}${suffix}`;
  const family = (name: string) => `${ecs}:task-definition/rainbow-seeker-${name}${suffix}:7`;
  const master = `arn:aws:secretsmanager:${region}:${account}:secret:rds!db-1a2b3c4d-AbCdEf`;
  const scalable = (namespace: string): Request => ({
    action: "application-autoscaling:RegisterScalableTarget",
    resource: `arn:aws:application-autoscaling:${region}:${account}:scalable-target/0ec5`,
    context: { "application-autoscaling:service-namespace": namespace },
  });
  const all: Record<string, Request> = {
    "read an upload": { action: "s3:GetObject", resource: `${bucket("uploads")}/1/photo.jpg` },
    "write an upload": { action: "s3:PutObject", resource: `${bucket("uploads")}/1/photo.jpg` },
    "delete an upload": { action: "s3:DeleteObject", resource: `${bucket("uploads")}/1/photo.jpg` },
    "list uploads": { action: "s3:ListBucket", resource: bucket("uploads") },
    "change the permissions of an upload": { action: "s3:PutObjectAcl", resource: `${bucket("uploads")}/1/photo.jpg` },
    "delete a version of an upload": {
      action: "s3:DeleteObjectVersion",
      resource: `${bucket("uploads")}/1/photo.jpg`,
    },
    "read the branch of api": { action: "ssm:GetParametersByPath", resource: parameter(`${environment}/api`) },
    "read a parameter of the branch": { action: "ssm:GetParameter", resource: parameter(`${environment}/api/limit`) },
    "read the whole environment": { action: "ssm:GetParametersByPath", resource: parameter(environment) },
    "read a parameter of its own": { action: "ssm:GetParameter", resource: parameter(`${environment}/jwt-secret`) },
    "read the password of backups": {
      action: "ssm:GetParameter",
      resource: parameter(`${environment}/backup-password`),
    },
    "read a parameter of the other environment": {
      action: "ssm:GetParameter",
      resource: parameter(`${other}/jwt-secret`),
    },
    "change a parameter": { action: "ssm:PutParameter", resource: parameter(`${environment}/api/limit`) },
    "start with the master password": { action: "secretsmanager:GetSecretValue", resource: master },
    "look the master password up": { action: "secretsmanager:DescribeSecret", resource: master },
    "log in to the registry": { action: "ecr:GetAuthorizationToken", resource: "*" },
    "push an image of api": { action: "ecr:PutImage", resource: repository("api") },
    "delete an image of api": { action: "ecr:BatchDeleteImage", resource: repository("api") },
    "deploy api": { action: "ecs:UpdateService", resource: service("api") },
    "deploy ml": { action: "ecs:UpdateService", resource: service("ml") },
    "deploy a service of the other environment": {
      action: "ecs:UpdateService",
      resource: `${ecs}:service/rainbow-seeker-cluster${otherSuffix}/rainbow-seeker-api${otherSuffix}`,
    },
    "delete api": { action: "ecs:DeleteService", resource: service("api") },
    "open a shell in api": { action: "ecs:ExecuteCommand", resource: `${ecs}:task/${cluster}/0123` },
    "register a revision of api": { action: "ecs:RegisterTaskDefinition", resource: family("api") },
    "register a revision of backups": { action: "ecs:RegisterTaskDefinition", resource: family("backup") },
    "run a task of api": {
      action: "ecs:RunTask",
      resource: family("api"),
      context: { "ecs:cluster": `${ecs}:cluster/${cluster}` },
    },
    "begin autoscaling": scalable("ecs"),
    "record an emergency of api": { action: "ecs:TagResource", resource: service("api") },
    "end the record of an emergency": { action: "ecs:UntagResource", resource: service("api") },
    "show the maintenance answer": {
      action: "elasticloadbalancing:ModifyRule",
      resource: `arn:aws:elasticloadbalancing:${region}:${account}:listener-rule/app/rainbow-seeker-alb${suffix}/0123456789abcdef/1/2`,
    },
    "change another rule of the load balancer": {
      action: "elasticloadbalancing:ModifyRule",
      resource: `arn:aws:elasticloadbalancing:${region}:${account}:listener-rule/app/rainbow-seeker-alb${suffix}/0123456789abcdef/1/3`,
    },
    "run a task of restores": {
      action: "ecs:RunTask",
      resource: family("restore"),
      context: { "ecs:cluster": `${ecs}:cluster/${cluster}` },
    },
    "register a revision of restores": { action: "ecs:RegisterTaskDefinition", resource: family("restore") },
    "scale a table": scalable("dynamodb"),
    "watch alarms": { action: "cloudwatch:DescribeAlarms", resource: "*" },
    "read metrics": { action: "cloudwatch:GetMetricData", resource: "*" },
    "delete alarms": {
      action: "cloudwatch:DeleteAlarms",
      resource: `arn:aws:cloudwatch:${region}:${account}:alarm:high-cpu`,
    },
    "create a role": { action: "iam:CreateRole", resource: `arn:aws:iam::${account}:role/another` },
    "open the session of ECS Exec": { action: "ssmmessages:OpenDataChannel", resource: "*" },
  };
  for (const name of ["api", "ml", "backup"])
    all[`pull the image of ${name}`] = { action: "ecr:BatchGetImage", resource: repository(name) };
  for (const name of ["api", "ml", "migrate", "backup", "restore"]) {
    const group = `arn:aws:logs:${region}:${account}:log-group:/ecs/rainbow-seeker-${name}${suffix}`;
    all[`write the log of ${name}`] = { action: "logs:PutLogEvents", resource: `${group}:log-stream:ecs/x/1` };
    all[`read the log of ${name}`] = { action: "logs:GetLogEvents", resource: `${group}:log-stream:ecs/x/1` };
  }
  for (const name of [
    "db-password",
    "backup-password",
    "jwt-secret",
    "weather-api-key",
    "firebase-project-id",
    "firebase-service-account-key",
  ])
    all[`start with ${name}`] = { action: "ssm:GetParameters", resource: parameter(`${environment}/${name}`) };
  all["start with redis-auth-token"] = {
    action: "ssm:GetParameters",
    resource: parameter(`${environment}/redis-auth-token`),
  };
  for (const [name, role] of Object.entries({
    api: "ecsTaskRole",
    "the start of api": "ecsTaskExecutionRole",
    "the start of ml": "ecsMlExecutionRole",
    "the start of migrations": "ecsMigrationExecutionRole",
    "the start of backups": "ecsBackupExecutionRole",
    "the start of restores": "ecsRestoreExecutionRole",
    backups: "ecsBackupTaskRole",
  }))
    all[`pass the role of ${name}`] = {
      action: "iam:PassRole",
      resource: `arn:aws:iam::${account}:role/${role}${suffix}`,
      context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    };
  return all;
}

/** Role → all that it is allowed of these requests; the rest is refused. */
const allowed: Record<string, string[]> = {
  ecsTaskRole: [
    "read an upload",
    "write an upload",
    "delete an upload",
    "read the branch of api",
    "read a parameter of the branch",
    "read a parameter of its own",
    // The same permission as for its start; it has the values in any case.
    "start with db-password",
    "start with jwt-secret",
    "start with weather-api-key",
    "start with firebase-project-id",
    "start with firebase-service-account-key",
    "start with redis-auth-token",
  ],
  ecsTaskExecutionRole: [
    "log in to the registry",
    "pull the image of api",
    "write the log of api",
    "start with db-password",
    "start with jwt-secret",
    "start with weather-api-key",
    "start with firebase-project-id",
    "start with firebase-service-account-key",
    "start with redis-auth-token",
  ],
  ecsMlExecutionRole: ["log in to the registry", "pull the image of ml", "write the log of ml"],
  ecsMigrationExecutionRole: [
    "start with the master password",
    "log in to the registry",
    "pull the image of api",
    "write the log of migrate",
    "start with db-password",
    "start with backup-password",
  ],
  ecsBackupExecutionRole: [
    "log in to the registry",
    "pull the image of backup",
    "write the log of backup",
    "start with backup-password",
  ],
  ecsRestoreExecutionRole: [
    "start with the master password",
    "log in to the registry",
    "pull the image of backup",
    "write the log of restore",
  ],
  ecsBackupTaskRole: [],
  build: [
    "log in to the registry",
    "push an image of api",
    "pull the image of api",
    "pull the image of ml",
    "pull the image of backup",
  ],
  deploy: [
    "look the master password up",
    "deploy api",
    "deploy ml",
    "register a revision of api",
    "begin autoscaling",
    "watch alarms",
    "read metrics",
    "pull the image of api",
    "pull the image of ml",
    "pull the image of backup",
    "read the log of api",
    "read the log of ml",
    "read the log of migrate",
    "pass the role of api",
    "pass the role of the start of api",
    "pass the role of the start of ml",
    "pass the role of the start of migrations",
  ],
  backup: [
    "register a revision of backups",
    "register a revision of restores",
    "run a task of restores",
    "read the log of backup",
    "read the log of restore",
    "pass the role of the start of backups",
    "pass the role of the start of restores",
    "pass the role of backups",
  ],
  prune: [],
  // UpdateService takes a revision too: whoever may stop a service may deploy one that exists.
  emergency: [
    "deploy api",
    "deploy ml",
    "begin autoscaling",
    "show the maintenance answer",
    "record an emergency of api",
    "end the record of an emergency",
    "register a revision of restores",
    "run a task of restores",
    "read the log of restore",
    "pass the role of the start of restores",
    "pass the role of backups",
  ],
};

describe.each(environments)("in %s", (environment) => {
  const { permissions, tasks } = planOf(environment, "with_ids");
  const ofTasks = Object.entries(tasks).map(
    ([arn, policy]) => [arn.replace(/^.*:role\//, "").replace(/-staging$/, ""), policy] as const,
  );
  const policies = new Map([...Object.entries(permissions), ...ofTasks]);
  const requests = requestsOf(environment);

  it("there is no other role", () => {
    expect([...policies.keys()].toSorted()).toEqual(Object.keys(allowed).toSorted());
  });

  it.each(Object.keys(allowed))("%s does its job, and is refused what lies next to it", (role) => {
    const policy = policies.get(role);
    if (policy === undefined) throw new Error(`The plan has no role ${role}.`);
    const found = Object.keys(requests).filter((name) => isAllowed([policy], requests[name]!));
    expect(found.toSorted()).toEqual(allowed[role]?.toSorted());
  });

  it("each request is allowed to one role at least, or to none on purpose", () => {
    const granted = new Set(Object.values(allowed).flat());
    expect(
      Object.keys(requests)
        .filter((name) => !granted.has(name))
        .toSorted(),
    ).toEqual([
      "change a parameter",
      "change another rule of the load balancer",
      "change the permissions of an upload",
      "create a role",
      "delete a version of an upload",
      "delete alarms",
      "delete an image of api",
      "delete api",
      "deploy a service of the other environment",
      "list uploads",
      "open a shell in api",
      "open the session of ECS Exec",
      "read a parameter of the other environment",
      "read the password of backups",
      "read the whole environment",
      "run a task of api",
      "scale a table",
    ]);
  });
});
