// Every IAM policy of the repository: files, examples in documents, and what Terraform creates.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { plansIn } from "../../scripts/lib/environment-plan.ts";
import type { Provider } from "../lib/terraform-provider.ts";
import { terraformRuns } from "../lib/terraform-test.ts";
import type { Policy, Statement } from "./reference.ts";

/** Policies in the files of the repository that git knows. */
export async function policiesInFiles(): Promise<Policy[]> {
  const listed = await run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.json", "*.md"], {
    cwd: root,
  });
  const policies: Policy[] = [];
  for (const path of listed.split("\n").filter((line) => /(^|\/)iam-policy\.json$|\.md$/.test(line))) {
    const text = await readFile(join(root, path), "utf8");
    if (path.endsWith(".json")) policies.push(toPolicy(path, JSON.parse(text)));
    else policies.push(...policiesInMarkdown(path, text));
  }
  return policies;
}

/** Blocks of JSON that are a policy or one of its statements. */
export function policiesInMarkdown(path: string, text: string): Policy[] {
  return [...text.matchAll(/^( *)```json\n([^]*?)^\1```/gm)]
    .filter(([, , block = ""]) => /"(Statement|NotAction|Action)"\s*:/.test(block))
    .map(([, , block = ""]) => toPolicy(path, JSON.parse(block)));
}

function toPolicy(where: string, document: { Statement?: Statement | Statement[] } | Statement): Policy {
  const statements = "Action" in document ? document : (document.Statement ?? []);
  return { where, statements: [statements].flat() };
}

interface StateModule {
  resources?: { type: string; address: string; values: Record<string, unknown> }[];
  child_modules?: StateModule[];
}

/** One `statement` of data.aws_iam_policy_document. */
interface DocumentStatement {
  sid: string | null;
  effect: string | null;
  actions: string[] | null;
  not_actions: string[] | null;
  resources: string[] | null;
  not_resources: string[] | null;
  condition: { test: string; variable: string; values: string[] }[];
  principals: unknown[] | null;
}

/** Of the roles that plan and apply, from the plan of their module. */
export async function policiesOfTerraformRoles(provider: Provider): Promise<Policy[]> {
  const { production } = await plansIn("infra/modules/github-terraform", "roles.tftest.hcl", provider);
  return (production?.resource_changes ?? []).flatMap(({ address, change }) => {
    const text = change.after?.["policy"];
    return typeof text === "string" ? [toPolicy(address, JSON.parse(text))] : [];
  });
}

/** Applies an environment with a mocked provider; its state has each policy document with the values of its statements. */
export async function policiesOfTerraform(environment: string, provider: Provider): Promise<Policy[]> {
  const runs = await terraformRuns<never, { root_module: StateModule }>(
    { folder: `infra/environments/${environment}`, file: "policies.tftest.hcl" },
    provider,
  );
  return runs.flatMap(({ state }) => (state ? documentsOf(state.root_module) : []));
}

function documentsOf({ resources = [], child_modules: children = [] }: StateModule): Policy[] {
  const own = resources
    .filter(({ type }) => type === "aws_iam_policy_document")
    .map(({ address, values }) => {
      const statements = (values["statement"] ?? []) as DocumentStatement[];
      return { where: address, statements: statements.map(toStatement), isOfKey: statements.every(isOfKey) };
    });
  return [...own, ...inline(resources), ...children.flatMap(documentsOf)];
}

/** Policies that a resource has as text of its own; a mocked document is "{}". */
function inline(resources: NonNullable<StateModule["resources"]>): Policy[] {
  return resources
    .filter(({ type }) => /^aws_(iam|s3_bucket|sqs_queue|sns_topic|kms|ecr_repository|secretsmanager)\w*$/.test(type))
    .flatMap(({ address, values }) => {
      const { policy, assume_role_policy: trust } = values;
      return [policy, trust]
        .filter((text): text is string => typeof text === "string" && text.includes('"Statement"'))
        .map((text) => toPolicy(address, JSON.parse(text)));
    });
}

/** Only policies of resources have principals, and KMS has no other resources with policies. */
const isOfKey = ({ principals, actions }: DocumentStatement): boolean =>
  (principals ?? []).length > 0 && (actions ?? []).every((action) => action.startsWith("kms:"));

function toStatement(statement: DocumentStatement): Statement {
  const { sid, effect, actions, not_actions: notActions, resources, not_resources: notResources } = statement;
  return {
    Sid: sid ?? undefined,
    Effect: effect ?? "Allow",
    // "All but" is a wildcard, too.
    Action: notActions?.length ? ["NotAction: *"] : (actions ?? []),
    Resource: notResources?.length ? "*" : (resources ?? undefined),
    Condition: Object.fromEntries(
      statement.condition.map(({ test }) => [
        test,
        Object.fromEntries(
          statement.condition
            .filter((one) => one.test === test)
            .map(({ variable, values }) => [variable, unlisted(values)]),
        ),
      ]),
    ),
  };
}

/** One value stands without a list, as Terraform renders it. */
const unlisted = (values: string[]): string | string[] => (values.length === 1 ? (values[0] ?? "") : values);
