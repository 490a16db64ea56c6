// Plans of Terraform itself, of resources that need no provider (terraform_data).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { terraformBinary, terraformQuietEnvironment } from "../../../infra/local/prerequisites.ts";
import { run } from "../../../infra/local/process.ts";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { hide } from "../../shared/src/report.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { readPlan } from "../src/plan.ts";

const secret = "correct-horse-battery";
const configuration = (version: string, more = "") => `
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "kept" {
  input = "same"
}
resource "terraform_data" "changed" {
  input = { version = "${version}", password = var.password }
}
resource "terraform_data" "replaced" {
  triggers_replace = "${version}"
}
output "version" {
  value = "${version}"
}
${more}`;

let terraform: string;
beforeAll(async () => {
  terraform = await terraformBinary(() => {});
});

class Folder {
  readonly path = makeTestFolder("terraform-plan-");
  private readonly env = { ...terraformQuietEnvironment(), TF_VAR_password: secret };
  private count = 0;

  async terraform(...args: string[]): Promise<string> {
    return run([terraform, ...args], { cwd: this.path, env: this.env });
  }

  write(text: string): void {
    writeFileSync(join(this.path, "main.tf"), text);
  }

  /** @returns paths of the plan as JSON and as text */
  async plan(...args: string[]): Promise<{ plan: string; text: string }> {
    this.count += 1;
    const file = join(this.path, `${this.count}.tfplan`);
    await this.terraform("plan", "-input=false", `-out=${file}`, ...args);
    const [plan, text] = [`${file}.json`, `${file}.txt`];
    writeFileSync(plan, await this.terraform("show", "-json", file));
    writeFileSync(text, await this.terraform("show", "-no-color", file));
    return { plan, text };
  }
}

async function applied(): Promise<Folder> {
  const folder = new Folder();
  folder.write(configuration("1", 'resource "terraform_data" "gone" {}'));
  await folder.terraform("init", "-input=false");
  await folder.terraform("apply", "-input=false", "-auto-approve");
  return folder;
}

async function report(given: Record<string, string>) {
  const outputs: Record<string, string | boolean> = {};
  const lines: string[] = [];
  const inputs = readInputs((name) => given[name] ?? "");
  const { error, summary } = await withStepSummary(() =>
    main(inputs, {
      readText: async (path) => readFileSync(path, "utf8"),
      log: (line) => lines.push(line),
      hide,
      setOutputs: (all) => Object.assign(outputs, all),
    }),
  );
  return { outputs, lines, error, summary };
}

describe("a plan of Terraform", () => {
  let folder: Folder;
  beforeAll(async () => {
    folder = await applied();
  });

  it("that changes nothing is reported as such", async () => {
    folder.write(configuration("1", 'resource "terraform_data" "gone" {}'));
    const { outputs, summary } = await report({ ...(await folder.plan()), title: "production" });
    expect(outputs).toMatchObject({ changed: false, changes: "", report: "No changes." });
    expect(summary).toContain("### 📝 production: nothing changes");
  });

  it("is reported with the losses first, the counts of Terraform, and without sensitive values", async () => {
    folder.write(configuration("2", 'resource "terraform_data" "added" {}'));
    const files = await folder.plan();
    const { outputs, summary, lines } = await report({ ...files, title: "production" });
    const text = readFileSync(files.text, "utf8");
    const [, add, change, destroy] = /Plan: (\d+) to add, (\d+) to change, (\d+) to destroy/.exec(text) ?? [];
    expect(outputs["changes"]).toBe(`${add} to add, ${change} to change, ${destroy} to destroy, outputs: version`);
    const order = [...String(outputs["report"]).matchAll(/<code>terraform_data\.(\w+)<\/code>/g)].map(
      ([, name]) => name,
    );
    expect(order).toEqual(["gone", "replaced", "changed", "added"]);
    // Terraform shows it itself, in an attribute that terraform_data copies it into, and the JSON has it anyway.
    expect(text).toContain(secret);
    expect(outputs["report"]).toContain('password = "***"');
    expect(JSON.stringify([outputs, summary, lines])).not.toContain(secret);
  });

  it("has the same digest when it is made again, and another one for another change", async () => {
    const digestOf = async (text: string, ...args: string[]) => {
      folder.write(text);
      const { plan } = await folder.plan(...args);
      return readPlan(readFileSync(plan, "utf8"), { path: plan, hide }).digest;
    };
    const first = await digestOf(configuration("2"));
    expect(await digestOf(configuration("2"))).toBe(first);
    expect(await digestOf(`# A comment changes nothing.\n${configuration("2")}`, "-parallelism=1")).toBe(first);
    const others = [
      await digestOf(configuration("3")),
      await digestOf(configuration("2", 'output "more" { value = 1 }')),
      await digestOf(configuration("2", 'resource "terraform_data" "gone" {}')),
      await digestOf(configuration("2"), "-replace=terraform_data.kept"),
      await digestOf(configuration("2"), "-destroy"),
    ];
    expect(new Set([first, ...others]).size).toBe(others.length + 1);
  });

  it("has a digest that does not tell what a secret is", async () => {
    folder.write(configuration("2"));
    const { plan } = await folder.plan();
    const text = readFileSync(plan, "utf8");
    const digests = [text, text.replaceAll(secret, "another-secret")].map(
      (one) => readPlan(one, { path: plan, hide }).digest,
    );
    expect(text).toContain(secret);
    expect(digests[0]).toBe(digests[1]);
  });

  it("that differs from the reviewed one fails the step, and shows what it is now", async () => {
    folder.write(configuration("2"));
    const reviewed = await report({ ...(await folder.plan()), title: "production" });
    const digest = String(reviewed.outputs["digest"]);
    const same = await report({ ...(await folder.plan()), title: "production", "expected-digest": digest });
    expect(same.error).toBeUndefined();
    // Somebody applies something in between.
    folder.write(configuration("4"));
    await folder.terraform("apply", "-input=false", "-auto-approve");
    folder.write(configuration("2"));
    const other = await report({ ...(await folder.plan()), title: "production", "expected-digest": digest });
    expect(other.error?.message).toMatch(/not the plan that was reviewed[^]*Nothing was applied/);
    expect(other.summary).toContain("### ❌ production: ");
  });
});

describe("resources that are moved, imported or forgotten", () => {
  it("are changes, although Terraform counts none of them to add, change or destroy", async () => {
    const folder = await applied();
    folder.write(
      configuration(
        "1",
        'resource "terraform_data" "renamed" {}\nmoved {\n  from = terraform_data.gone\n  to = terraform_data.renamed\n}',
      ),
    );
    expect((await report({ ...(await folder.plan()), title: "x" })).outputs).toMatchObject({
      changed: true,
      changes: "0 to add, 0 to change, 0 to destroy, 1 to move",
    });
    folder.write(
      configuration("1", "removed {\n  from = terraform_data.gone\n  lifecycle {\n    destroy = false\n  }\n}"),
    );
    expect((await report({ ...(await folder.plan()), title: "x" })).outputs["changes"]).toBe(
      "0 to add, 0 to change, 0 to destroy, 1 to forget",
    );
  });
});

describe("the report", () => {
  it("shows hostile names as they are, has the cost, and is cut off where a comment ends", async () => {
    const folder = new Folder();
    const names = Array.from(
      { length: 150 },
      (_, index) => `"<script>${index}</script> @octocat \`\`\` | ${"x".repeat(200)}"`,
    );
    folder.write(`resource "terraform_data" "many" {\n  for_each = toset([${names.join(", ")}])\n}\n`);
    await folder.terraform("init", "-input=false");
    mkdirSync(join(folder.path, "cost"));
    const cost = join(folder.path, "cost/cost.md");
    writeFileSync(cost, "| Resource | USD a month |\n| --- | --- |\n| database | +12.00 |\n");
    const { outputs } = await report({ ...(await folder.plan()), cost, title: "staging" });
    const text = String(outputs["report"]);
    expect(text.length).toBeLessThan(21_000);
    expect(text).not.toContain("<script>");
    expect(text).not.toMatch(/@octocat/);
    expect((text.match(/<table>/g) ?? []).length).toBe((text.match(/<\/table>/g) ?? []).length);
    expect(text).toMatch(/The rest is in the summary of the run\.\)$/);
  });
});

describe("what is no plan", () => {
  it.each([
    ["no JSON", "Terraform will perform", /is no JSON/],
    ["a state", '{"format_version":"1.0","values":{}}', /is no plan/],
    ["null", "null", /is no plan/],
    ["a future format", '{"format_version":"2.0","terraform_version":"9.0.0"}', /newer version of the toolkit/],
    ["a plan that failed", '{"format_version":"1.2","terraform_version":"1.11.0","errored":true}', /failed/],
  ])("is refused: %s", (_name, text, message) => {
    expect(() => readPlan(text, { path: "plan.json", hide })).toThrow(message);
  });

  it("is refused with the path that cannot be read, or a digest that is none", async () => {
    expect((await report({ plan: "/nowhere/plan.json", title: "x" })).error?.message).toContain("/nowhere/plan.json");
    const error = await errorOf(async () => readInputs((name) => (name === "expected-digest" ? "abc" : "")));
    for (const name of ["plan", "title", "expected-digest"]) expect(error?.message).toContain(`${name}: `);
  });
});
