// The iam-policy.json of each folder in actions/ allows what its code can call, and nothing that no code path calls.
// Whether AWS understands a policy as it is meant is the check "policies": test/permissions/reference-check.ts.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

const actions = join(import.meta.dirname, "../..");
const names = readdirSync(actions).filter((name) => existsSync(join(actions, name, "src/index.ts")));

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
  // Tags in the call that creates something are authorized as a call of their own (ECS developer guide, "Grant
  // permission to tag resources on creation"; Service Authorization Reference, dependent actions of CreateDBSnapshot).
  // S3 asks KMS on the caller's behalf: GetObject and UploadPart decrypt, PutObject and CreateMultipartUpload generate a
  // key (API references of these calls; S3 user guide, "Multipart upload API and permissions").
  kmsKey: ["kms:Decrypt", "kms:GenerateDataKey"],
  tagsOfRevision: ["ecs:TagResource"],
  tagsOfSnapshot: ["rds:AddTagsToResource"],
};
const also: Record<string, string[]> = {
  deploy: [...implied["passRole"]!, ...implied["codeDeploy"]!],
  root: [...implied["passRole"]!, ...implied["codeDeploy"]!],
  rollback: implied["passRole"]!,
  "build-push": implied["push"]!,
  "db-backup": ["passRole", "objectLock", "kmsKey", "tagsOfRevision", "tagsOfSnapshot"].flatMap(
    (reason) => implied[reason]!,
  ),
};
const prefixes: Record<string, string> = {
  "elastic-load-balancing-v2": "elasticloadbalancing",
  "application-auto-scaling": "application-autoscaling",
  "cloudwatch-logs": "logs",
  "secrets-manager": "secretsmanager",
};

/**
 * S3's permissions are called otherwise than its calls: several calls are one permission (service authorization
 * reference).
 */
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

/** The calls of all modules that an entry file imports, at its start or on demand, on the way down. */
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
  for (const [, path] of text.matchAll(/(?:^import (?!type )[^;]*? from |\bimport\()"(\.[^"]+)"/gm))
    for (const call of calls(join(dirname(file), path!), seen)) found.add(call);
  return found;
}

interface Statement {
  Action: string[];
  Resource: string | string[];
  Condition?: object;
}

/** Nobody needs a permission for it (STS API reference, GetCallerIdentity). */
const free = ["sts:GetCallerIdentity"];

/** What is wrong with the policy of an action; one that calls nothing has a policy with no statement. */
function policyProblems(folder: string, { entry = "src/index.ts", more = [] as string[] } = {}): string[] {
  const file = join(folder, "iam-policy.json");
  if (!existsSync(file)) return ["iam-policy.json is missing"];
  const { Statement } = JSON.parse(readFileSync(file, "utf8")) as { Statement: Statement[] };
  const allowed = Statement.flatMap(({ Action }) => Action);
  const called = new Set([...calls(join(folder, entry)), ...more]);
  for (const action of free) called.delete(action);
  return [
    ...[...called].filter((action) => !allowed.includes(action)).map((action) => `${action} is called and not allowed`),
    ...allowed.filter((action) => !called.has(action)).map((action) => `${action} is allowed and never called`),
    ...allowed.filter((action) => action.includes("*")).map((action) => `${action} is not one action`),
    ...duplicates(Statement).map((action) => `${action} is listed twice`),
  ].toSorted();
}

/** The same action may stand in two statements with different conditions, where one call has two meanings. */
function duplicates(statements: Statement[]): string[] {
  const keys = statements.flatMap(({ Action, Condition }) =>
    Action.map((action) => `${action} ${JSON.stringify(Condition ?? {})}`),
  );
  return keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => key.slice(0, key.indexOf(" ")));
}

/** Names that a module imports from the SDK and that `calls` would not see: paginators, waiters, multipart uploads. */
function unseen(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^import (type )?\{?([^;]*?)\}? from "@aws-sdk\/([\w-]+)";$/gm)]
    .filter(([, isType]) => !isType)
    .flatMap(([, , names = "", module = ""]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && !name.startsWith("type "))
        .filter((name) => !module.startsWith("client-") || !isSeen(name, text))
        .map((name) => `${file}: ${name} of @aws-sdk/${module}`),
    );
}

const isSeen = (name: string, text: string): boolean =>
  name.endsWith("Client") ||
  (name.endsWith("Command") && text.includes(`new ${name}(`)) ||
  // Classes of errors.
  text.includes(`instanceof ${name}`);

const sources = readdirSync(actions, { recursive: true, encoding: "utf8" })
  .filter((path) => /^[\w-]+\/src\/.*\.ts$/.test(path))
  .map((path) => join(actions, path));

describe("calls of AWS", () => {
  it.each(sources)("are made where they are seen: %s", (file) => {
    expect(unseen(file)).toEqual([]);
  });
});

describe("the policy of each action", () => {
  it.each(names)("%s: allows each call that the code can make, and no other", (name) => {
    expect(policyProblems(join(actions, name), { more: also[name] ?? [] })).toEqual([]);
  });
});

describe("a policy that is wrong", () => {
  const folder = makeTestFolder("policies-test-");
  afterAll(() => rmSync(folder, { recursive: true }));
  const policy = (...Statement: Statement[]) => {
    const text = JSON.stringify({
      Version: "2012-10-17",
      Statement: Statement.map((one) => ({ Effect: "Allow", ...one })),
    });
    writeFileSync(join(folder, "iam-policy.json"), text);
    return policyProblems(folder);
  };
  mkdirSync(join(folder, "src"));
  const source = `import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
new ECSClient().send(new DescribeServicesCommand({}));
`;
  writeFileSync(join(folder, "src/index.ts"), source);
  const good = { Action: ["ecs:DescribeServices"], Resource: "arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE" };

  it("is noticed: missing, too little, too much, twice", () => {
    expect(policyProblems(folder)).toEqual(["iam-policy.json is missing"]);
    expect(policy(good)).toEqual([]);
    expect(policy()).toEqual(["ecs:DescribeServices is called and not allowed"]);
    expect(policy(good, { Action: ["s3:DeleteBucket"], Resource: "*" })).toEqual([
      "s3:DeleteBucket is allowed and never called",
    ]);
    expect(policy(good, { Action: ["ecs:*", "ecs:DescribeServices"], Resource: "arn:aws:ecs:x" })).toEqual([
      "ecs:* is allowed and never called",
      "ecs:* is not one action",
      "ecs:DescribeServices is listed twice",
    ]);
    const conditional = { ...good, Condition: { Null: { "ecs:cluster": "false" } } };
    expect(policy(good, conditional)).toEqual([]);
    expect(policy(good, conditional, conditional)).toEqual(["ecs:DescribeServices is listed twice"]);
  });
});

describe("the policy of each read-only command", () => {
  it.each(["doctor", "history"])("%s: allows each call that the code can make, and no other", (name) => {
    expect(policyProblems(join(actions, "../cli/src", name), { entry: "run.ts" })).toEqual([]);
  });
});
