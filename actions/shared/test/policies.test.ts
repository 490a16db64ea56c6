// Each action's iam-policy.json allows what its code can call, and nothing that no code path calls.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const actions = new URL("../../", import.meta.url).pathname;
const names = ["build-push", "render-task-definition", "deploy", "smoke-test", "rollback", "root", "db-backup"];

/** What AWS asks for besides the calls that the code makes. */
const implied: Record<string, string[]> = {
  // Giving tasks a role: with RegisterTaskDefinition, RunTask and UpdateService.
  passRole: ["iam:PassRole"],
  // CreateDeployment registers the AppSpec and reads the configuration on the caller's behalf.
  codeDeploy: ["codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision"],
  // The docker client pushes and asks for layers with the token of GetAuthorizationToken.
  push: [
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
  ],
  // HeadObject tells only those of Object Lock who may read it (API reference of HeadObject).
  objectLock: ["s3:GetObjectLegalHold", "s3:GetObjectRetention"],
};
const also: Record<string, string[]> = {
  deploy: [...implied["passRole"]!, ...implied["codeDeploy"]!],
  root: [...implied["passRole"]!, ...implied["codeDeploy"]!],
  rollback: implied["passRole"]!,
  "build-push": implied["push"]!,
  "db-backup": [...implied["passRole"]!, ...implied["objectLock"]!],
};
const prefixes: Record<string, string> = { "cloudwatch-logs": "logs", "secrets-manager": "secretsmanager" };

/** S3's permissions are called otherwise than its calls: several calls are one permission (service authorization reference). */
const permissionsOfS3: Record<string, string> = {
  ListObjectsV2: "ListBucket",
  HeadObject: "GetObject",
  CreateMultipartUpload: "PutObject",
  UploadPart: "PutObject",
  CompleteMultipartUpload: "PutObject",
  ListMultipartUploads: "ListBucketMultipartUploads",
};

const permissionFor = (client: string, command: string): string =>
  client === "s3" ? `s3:${permissionsOfS3[command] ?? command}` : `${prefixes[client] ?? client}:${command}`;

/** The calls of all modules that an entry file imports, on the way down. */
function calls(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  const clients = new Map(
    [...text.matchAll(/import \{([^}]+)\} from "@aws-sdk\/client-([\w-]+)"/g)].flatMap(([, imported, client]) =>
      [...imported!.matchAll(/(\w+)Command\b/g)].map(([, command]) => [command!, client!] as const),
    ),
  );
  for (const [, command] of text.matchAll(/new (\w+)Command\(/g))
    found.add(permissionFor(clients.get(command!)!, command!));
  for (const [, path] of text.matchAll(/^import (?!type )[^;]*? from "(\.[^"]+)";$/gm))
    for (const call of calls(join(dirname(file), path!), seen)) found.add(call);
  return found;
}

interface Statement {
  Sid: string;
  Effect: string;
  Action: string[];
  Resource: string | string[];
}

const policyOf = (name: string) =>
  JSON.parse(readFileSync(join(actions, name, "iam-policy.json"), "utf8")) as { Statement: Statement[] };

describe.each(names)("the policy of %s", (name) => {
  const { Statement } = policyOf(name);
  const allowed = Statement.flatMap(({ Action }) => Action);

  it("allows each call that the code can make, and no other", () => {
    expect([...new Set(allowed)].toSorted()).toEqual(
      [...new Set([...calls(join(actions, name, "src/index.ts")), ...(also[name] ?? [])])].toSorted(),
    );
  });

  it("names actions one by one, each once, and resources where AWS knows them", () => {
    expect(allowed.filter((action) => action.includes("*"))).toEqual([]);
    expect(new Set(allowed).size).toBe(allowed.length);
    // Of these AWS knows no resource that is narrower than all (service authorization reference).
    const unbounded = [
      "ecs:DescribeTaskDefinition",
      "ecs:ListTaskDefinitions",
      "ecs:ListTasks",
      "ecr:GetAuthorizationToken",
      "logs:DescribeLogGroups",
      "ssm:DescribeParameters",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetMetricData",
      "cloudwatch:PutMetricData",
    ];
    for (const { Action, Resource } of Statement)
      if (Resource === "*") expect(unbounded).toEqual(expect.arrayContaining(Action));
  });
});
