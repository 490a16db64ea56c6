import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accepts, compareWithAccepted, readAccepted, type Accepted } from "./survivors.ts";
import { evaluate, mutantsIn, type Tried } from "./evaluate.ts";
import { parse } from "./hcl.ts";
import { otherTexts } from "./literals.ts";
import { applied, mutantsOf, type Mutant } from "./mutants.ts";
import { allowedValues, readOutcomes } from "./outcomes.ts";
import { percentOf, scoreOf } from "./report.ts";
import type { Scope } from "./scope.ts";
import { dependencies, infra, mutatedFolders, targetsOf, type Target } from "./targets.ts";
import { testOfCopy } from "./workspace.ts";

const scope: Scope = {
  variables: new Map([
    ["name", parse("x = string", "x").descendantsOfType("expression")[0] ?? undefined],
    ["full_name", parse("x = string", "x").descendantsOfType("expression")[0] ?? undefined],
    ["on", parse("x = bool", "x").descendantsOfType("expression")[0] ?? undefined],
  ]),
  locals: [],
  resources: new Map([["aws_subnet", ["public", "private"]]]),
  modules: new Map([
    ["network", { source: "../network", outputs: ["public_subnet_ids", "private_subnet_ids", "vpc_id"] }],
  ]),
  outputs: [],
  keys: new Map([["module.network.groups", new Set(["api", "ml"])]]),
};

/** Each change of a text as "original → replacement", with the first replacement of each. */
const changes = (text: string): string[] =>
  mutantsOf(text, "main.tf", scope).map(({ original, replacements }) => `${original} → ${replacements[0]}`);

describe("mutants of", () => {
  it("literals", () => {
    expect(changes('a = 1\nb = true\nc = "text"\nd = "10.0.0.0/16"\ne = "true"\nf = ""')).toEqual([
      "1 → 2",
      "true → false",
      "text → text-mutated",
      "10.0.0.0/16 → 10.0.5.0/16",
      "true → false",
      '"" → "mutated"',
    ]);
  });

  it("the parts of a template", () => {
    expect(changes('a = "seeker-${var.name}-x"')).toEqual([
      "seeker- → seeker--mutated",
      "var.name → var.full_name",
      "-x → -x-mutated",
    ]);
  });

  it("both sides of a boundary", () => {
    expect(changes("a = b.c > 1")).toEqual(expect.arrayContaining(["1 → 2", "1 → 0"]));
  });

  it("edges, first to the nearest of the same kind", () => {
    expect(changes("a = module.network.public_subnet_ids")).toEqual([
      "module.network.public_subnet_ids → module.network.private_subnet_ids",
    ]);
    expect(changes("a = aws_subnet.public.id")).toEqual(["aws_subnet.public.id → aws_subnet.private.id"]);
    expect(changes("a = var.on")).toEqual(["var.on → (!var.on)"]);
    expect(changes('a = module.network.groups["api"]')).toContain("api → ml");
  });

  it("conditions and operators", () => {
    expect(changes("a = var.on ? 1 : 2").slice(0, 2)).toEqual(["var.on → true", "var.on → false"]);
    expect(changes("a = !var.on")).toContain("! → ");
    expect(changes("a = b.c && d.e")).toEqual(expect.arrayContaining(["b.c && d.e → b.c", "b.c && d.e → d.e"]));
    expect(changes("a = b.c == d.e")).toContain("== → !=");
  });

  it("a validation, which still has to mention its variable", () => {
    const text = 'variable "on" {\n  validation {\n    condition = var.on\n    error_message = "No."\n  }\n}';
    expect(changes(text)).toContain("var.on → true || (var.on)");
    expect(changes(text).join()).not.toContain("No.");
  });

  it("lists, each without one element, in valid HCL", () => {
    const text = 'a = ["x", "y"]\nb = merge({ c = 1 }, { d = 2 })';
    const lists = mutantsOf(text, "main.tf", scope).filter(({ kind }) => kind === "list");
    const results = lists.map((mutant) => applied(text, mutant, ""));
    for (const result of results) parse(result, "main.tf");
    expect(results.map((result) => result.split("\n").find((line) => !text.includes(line)))).toEqual([
      'a = ["y"]',
      'a = ["x"]',
      "b = merge({ d = 2 })",
      "b = merge({ c = 1 })",
    ]);
  });

  it("lifecycle rules, each and all", () => {
    const text = 'resource "a" "b" {\n  lifecycle {\n    ignore_changes = [c, d]\n  }\n}';
    const found = mutantsOf(text, "main.tf", scope).map(({ kind, where }) => `${kind} ${where}`);
    expect(found).toEqual([
      "block a.b",
      "block a.b/lifecycle",
      "list a.b/lifecycle/ignore_changes/[0]",
      "list a.b/lifecycle/ignore_changes/[1]",
    ]);
  });

  it("statements of a policy: everything, the opposite, and without their conditions", () => {
    const text = `data "aws_iam_policy_document" "a" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["arn"]
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = ["y"]
    }
  }
}`;
    const found = mutantsOf(text, "main.tf", scope);
    for (const mutant of found) parse(applied(text, mutant, mutant.replacements[0] as string), "main.tf");
    const all = found.map(({ original, replacements }) => `${original} → ${replacements[0]}`);
    expect(all).toEqual(
      expect.arrayContaining([
        '["s3:GetObject"] → ["*"]',
        '["arn"] → ["*"]',
        ' → effect = "Deny"\n',
        "StringEquals → StringNotEquals",
      ]),
    );
    expect(found.filter(({ kind, where }) => kind === "block" && where.endsWith("/condition"))).toHaveLength(1);
    expect(found.every(({ where }) => where.startsWith('data.aws_iam_policy_document.a/statement["Read"]'))).toBe(true);
  });

  it("no text that only people read, no type, no source", () => {
    expect(
      changes(`module "a" {
  source = "../a"
}
variable "b" {
  description = "text"
  type        = object({ c = optional(number, 3) })
}
# comment "x"`),
    ).toEqual(['module "a" {\n  source = "../a"\n} → ', "3 → 4"]);
  });
});

describe("every file of infra/", () => {
  it.each(mutatedFolders())("%s: mutants that are HCL, and told apart by their names", (folder) => {
    const mutants = mutantsIn(folder);
    const names = new Set<string>();
    const unchanged: string[] = [];
    const texts = new Map<string, string>();
    for (const [index, mutant] of mutants.entries()) {
      const text = texts.get(mutant.file) ?? readFileSync(join(infra, mutant.file), "utf8");
      texts.set(mutant.file, text);
      if (mutant.replacements.some((replacement) => applied(text, mutant, replacement) === text))
        unchanged.push(mutant.where);
      // Of every tenth: a parse of them all would take longer than the other tests together.
      if (index % 10 === 0)
        parse(applied(text, mutant, mutant.replacements[index % mutant.replacements.length] as string), mutant.file);
      names.add(JSON.stringify([mutant.file, mutant.kind, mutant.where, mutant.original, mutant.replacements[0]]));
    }
    expect(unchanged).toEqual([]);
    expect(names.size).toBe(mutants.length);
  });
});

it("other texts are of the same kind", () => {
  expect(otherTexts("Allow")[0]).toBe("Deny");
  expect(otherTexts("443")[0]).toBe("444");
  expect(otherTexts("18:00-19:00")).toContain("18:00-19:01");
  expect(otherTexts("0.0.0.0/0")).toEqual(["10.0.0.0/8"]);
});

it("a module is seen by its own tests, those of its users, and the environments", () => {
  const targets = targetsOf("modules/task", dependencies());
  const index = (wanted: (target: Target) => boolean) => targets.findIndex(wanted);
  const order = [
    index(({ isInput }) => isInput === true),
    index(({ folder, isInput }) => folder === "modules/task" && !isInput),
    index(({ environment }) => environment === "production"),
    index(({ folder }) => folder === "modules/service"),
    index(({ folder, environment }) => folder === "environments/production" && !environment),
  ];
  expect(order[0]).toBe(0);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  const own = targetsOf("environments/production", dependencies()).map(({ folder, file }) => `${folder}/${file}`);
  expect(own).toEqual([...new Set(own)]);
});

it("runs of a test file test a copy", () => {
  const test = 'run "a" {\n  command = plan\n}\n\nrun "b" {\n  module {\n    source = "./tests/setup"\n  }\n}\n';
  const copy = testOfCopy(test, "./m/m1/modules/x");
  parse(copy, "the test");
  expect(copy).toContain('source = "./m/m1/modules/x"\n');
  expect(copy).toContain('source = "./m/m1/modules/x/./tests/setup"\n');
});

describe("what Terraform says", () => {
  const message = (id: string, more: object) => JSON.stringify({ "@testfile": `tests/${id}.tftest.hcl`, ...more });
  const error = (summary: string, detail = "", filename = "m/a/main.tf") => ({
    diagnostic: { severity: "error", summary, detail, range: { filename } },
  });

  it("is told apart", () => {
    const { verdicts } = readOutcomes(
      [
        message("passed", { test_file: { path: "", progress: "complete", status: "pass" } }),
        message("asserted", error("Test assertion failed")),
        message("expected", error("Missing expected failure")),
        message("in-test", error("Invalid index", "", "tests/in-test.tftest.hcl")),
        message("validated", error("Invalid value for variable")),
        message("required", error("Resource precondition failed")),
        message("schema", error('expected "x" to be one of ["A" "B"], got C')),
        "not JSON",
      ].join("\n"),
    );
    expect(Object.fromEntries([...verdicts].map(([id, { outcome }]) => [id, outcome]))).toEqual({
      passed: "survived",
      asserted: "killed",
      expected: "killed",
      "in-test": "killed",
      validated: "guarded",
      required: "guarded",
      schema: "refused",
    });
    expect(allowedValues(verdicts.get("schema")?.message ?? "")).toEqual(["A", "B"]);
  });
});

describe("a mutant", () => {
  const mutant = (original: string, replacements: string[]): Mutant => ({
    kind: "literal",
    file: "modules/registry/main.tf",
    line: 1,
    where: "a.b/c",
    start: 0,
    end: 1,
    original,
    replacements,
  });

  /** Tries one with scripted verdicts, by its replacements. */
  async function tryOne(one: Mutant, verdicts: Record<string, [Tried["outcome"], string?]>): Promise<Tried> {
    const cache = { get: () => undefined, set: () => {} };
    const [tried] = await evaluate("modules/registry", [one], {
      uses: new Map([
        ["modules/registry", []],
        ["environments/production", ["modules/registry"]],
      ]),
      // The part of the cache that is called.
      cache: cache as never,
      batch: 1,
      isOutOfTime: () => false,
      progress: () => {},
      runTests: async (_target, candidates) =>
        new Map(
          candidates.map(({ id, replacement = "" }) => {
            const [outcome, message = ""] = verdicts[replacement] ?? ["survived"];
            return [id, { outcome: outcome as "survived", message }];
          }),
        ),
    });
    return tried as Tried;
  }

  it("that is refused gives way to the next", async () => {
    expect(await tryOne(mutant("a", ["b", "c"]), { b: ["refused"], c: ["killed"] })).toMatchObject({
      replacement: "c",
      outcome: "killed",
    });
  });

  it("that the provider refuses gives way to what it would take", async () => {
    const refused = 'expected x to be one of ["a" "z"]';
    expect(await tryOne(mutant("a", ["b", "c"]), { b: ["refused", refused] })).toMatchObject({
      replacement: "z",
      outcome: "survived",
    });
  });

  it("that a validation refuses counts as noticed only if no other passes it", async () => {
    expect(await tryOne(mutant("a", ["b", "c"]), { b: ["guarded"] })).toMatchObject({
      replacement: "c",
      outcome: "survived",
    });
    expect(await tryOne(mutant("a", ["b", "c"]), { b: ["guarded"], c: ["refused"] })).toMatchObject({
      replacement: "b",
      outcome: "guarded",
    });
  });
});

describe("accepted survivors", () => {
  const tried = (where: string, outcome: Tried["outcome"]): Tried => ({
    mutant: { kind: "block", file: "f", line: 1, where, start: 0, end: 0, original: "o", replacements: [""] },
    replacement: "",
    outcome,
    message: "",
  });
  const entry = (where: string): Accepted => ({ file: "f", where, reason: "r" });

  it("are compared both ways", () => {
    const { unlisted, unused } = compareWithAccepted(
      [tried("a/b", "survived"), tried("c", "survived"), tried("d", "killed")],
      [entry("a/*"), entry("d")],
    );
    expect(unlisted.map(({ mutant }) => mutant.where)).toEqual(["c"]);
    expect(unused.map(({ where }) => where)).toEqual(["d"]);
  });

  it("lower the score all the same", () => {
    expect(percentOf(scoreOf([tried("a", "survived"), tried("b", "killed"), tried("c", "refused")], 1))).toBe(50);
  });

  it("are places that exist, each with a reason", () => {
    const accepted = readAccepted();
    const folders = mutatedFolders().filter((folder) => accepted.some(({ file }) => file.startsWith(`${folder}/`)));
    const mutants = folders.flatMap(mutantsIn);
    for (const one of accepted) {
      expect(one.reason.length, one.where).toBeGreaterThan(20);
      expect(
        mutants.some((mutant) => accepts(one, mutant)),
        `${one.file} ${one.where}`,
      ).toBe(true);
    }
  });
});
