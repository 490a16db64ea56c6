// terraform.yml and the issue about drift, run by act as another repository calls them: with Terraform itself, of resources
// that need no provider, and GitHub's API as a script.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ScriptedGithub } from "../../actions/github-report/test/scripted-github.ts";
import { pythonEnvironment, terraformBinary } from "../../infra/local/prerequisites.ts";
import { ActRepository, toolkitReference, write } from "../lib/act.ts";
import { makeTestFolder } from "../lib/test-folder.ts";

const role = "arn:aws:iam::123456789012:role/a-role";
const folder = makeTestFolder("terraform-workflow-");
const state = join(folder, "terraform.tfstate");

const workflow = `name: Infrastructure
on: push
permissions: {}
jobs:
  infra:
    uses: ${toolkitReference.replace("@", "/.github/workflows/terraform.yml@")}
    permissions:
      contents: read
      id-token: write
    with:
      directory: infra
      title: production
      backend-config: |
        path=${state}
      cost-command: bash cost.sh
      apply: \${{ vars.APPLY == 'true' }}
      environment: production-infrastructure
      aws-region: ap-northeast-1
      role-to-assume: ${role}
      apply-role: ${role}
  report:
    needs: infra
    if: always()
    runs-on: ubuntu-latest
    permissions:
      issues: write
    steps:
      - uses: ${toolkitReference.replace("@", "/actions/github-report@")}
        with:
          kind: issue
          id: drift
          state: \${{ (needs.infra.result != 'success' || needs.infra.outputs.changed == 'true') && 'open' || 'closed' }}
          title: Production is not as infra/ describes it
          token: a-token-of-the-job
          body: |
            \${{ needs.infra.outputs.changes }}

            \${{ needs.infra.outputs.report }}
`;
const configuration = (version: string) => `terraform {
  backend "local" {}
}
variable "password" {
  sensitive = true
  default   = "correct-horse-battery"
}
resource "terraform_data" "service" {
  input = { version = "${version}", password = var.password }
}
`;

let github: ScriptedGithub;
let terraform: string;
let repository: ActRepository;

beforeAll(async () => {
  const [scripted, bin, binary] = await Promise.all([
    ScriptedGithub.start(),
    pythonEnvironment(() => {}),
    terraformBinary(() => {}),
  ]);
  [github, terraform] = [scripted, binary];
  repository = new ActRepository(folder, { bin, actions: ["terraform-plan", "github-report"] });
  repository.addWorkflow("terraform.yml");
  await repository.init();
  write(repository.repository, ".github/workflows/infrastructure.yml", workflow);
});
afterAll(() => github.stop());

let runs = 0;

/** A push of this configuration. @param interference what somebody else does between the plan and the apply */
async function push(version: string, { apply, interference = "" }: { apply: boolean; interference?: string }) {
  runs += 1;
  write(repository.repository, "infra/main.tf", configuration(version));
  write(repository.repository, "cost.sh", `${interference}\necho "| Resource | USD a month |"\n`);
  await repository.commit(`push ${runs}`);
  return repository.act({
    event: "push",
    payload: { ref: "refs/heads/main", repository: { full_name: "somebody/else" } },
    variables: { APPLY: String(apply) },
    environment: { GITHUB_API_URL: github.url, GITHUB_RUN_ID: String(runs) },
    path: [dirname(terraform)],
  });
}

/** The version that was applied last. */
function applied(): string | undefined {
  const { resources } = JSON.parse(readFileSync(state, "utf8")) as {
    resources: { instances: { attributes: { output: { value: { version: string } } } }[] }[];
  };
  return resources[0]?.instances[0]?.attributes.output.value.version;
}

const openIssues = () => github.issues.filter(({ state: one }) => one === "open");

it(
  "applies what was planned, once, and says nothing of it when it is as it should be",
  { timeout: 120_000 },
  async () => {
    const first = await push("1", { apply: true });
    expect(first.code, first.text).toBe(0);
    expect(applied()).toBe("1");
    const second = await push("1", { apply: true });
    expect(second.code, second.text).toBe(0);
    expect(second.text).toContain("nothing changes");
    expect(second.text).not.toContain("Apply production");
  },
);

it("reports drift in one issue, applies nothing, and shows no secret", { timeout: 120_000 }, async () => {
  for (let day = 0; day < 2; day += 1) {
    const { code, text } = await push("2", { apply: false });
    expect(code, text).toBe(0);
    expect(text.replaceAll(/.*add-mask.*/g, "")).not.toContain("correct-horse-battery");
  }
  expect(applied()).toBe("1");
  expect(openIssues()).toMatchObject([
    { title: "Production is not as infra/ describes it", body: expect.stringContaining("terraform_data.service") },
  ]);
  expect(openIssues()[0]?.body).toContain("0 to add, 1 to change, 0 to destroy");
  expect(openIssues()[0]?.body).not.toContain("correct-horse-battery");
  await push("1", { apply: false });
  expect(openIssues()).toEqual([]);
  expect(github.problems).toEqual([]);
});

it("applies nothing when somebody has changed something since the review", { timeout: 120_000 }, async () => {
  const other = join(folder, "other");
  write(other, "main.tf", configuration("3"));
  const { code, text } = await push("4", {
    apply: true,
    interference: [
      `terraform -chdir=${other} init -input=false -backend-config=path=${state} >/dev/null`,
      `terraform -chdir=${other} apply -input=false -auto-approve >/dev/null`,
    ].join("\n"),
  });
  expect(code, text).toBe(1);
  expect(text).toContain("This is not the plan that was reviewed");
  expect(applied()).toBe("3");
});
