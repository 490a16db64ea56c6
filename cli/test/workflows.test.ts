// Reading workflows: expressions beside GitHub's own evaluator, arithmetic beside a shell, time limits beside the steps
// that check them at run time.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { workflow } from "../../scripts/lib/read-workflows.ts";
import { evaluate as evaluateAsGitHub } from "../../scripts/lib/evaluate-expression.ts";
import { calculate } from "../src/workflows/arithmetic.ts";
import { usesIn } from "../src/workflows/document.ts";
import { asText, evaluate, type Lookup } from "../src/workflows/expression.ts";
import { checkTimeLimits } from "../src/workflows/time-limits.ts";

const contexts = { inputs: { a: "x", b: "", n: 3, yes: true, no: false, dash: "it's" } };
const lookup: Lookup = ([, name = ""]) => contexts.inputs[name as "a"];

describe("expressions", () => {
  const operand = fc.constantFrom(
    "inputs.a",
    "inputs.b",
    "inputs.n",
    "inputs.yes",
    "inputs.no",
    "inputs.dash",
    "'x'",
    "'X'",
    "''",
    "'it''s'",
    "0",
    "3",
    "true",
    "false",
    "null",
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: "small" },
      operand,
      fc
        .tuple(tie("expression"), fc.constantFrom("&&", "||", "==", "!="), tie("expression"))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      tie("expression").map((inner) => `!${inner}`),
      operand.map((one) => `startsWith(${one}, 'x')`),
      operand.map((one) => `format('{0}-{1}', ${one}, 'z')`),
    ),
  }));

  it("have the value that GitHub's evaluator gives them", () => {
    fc.assert(
      fc.property(expression, (text) => {
        const value = evaluate(`\${{ ${text} }}`, lookup);
        expect([text, typeof value === "boolean" ? value : asText(value)]).toEqual([
          text,
          evaluateAsGitHub(`\${{ ${text} }}`, contexts),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it("are unknown where what they depend on is, and only there", () => {
    const partly: Lookup = ([context, name]) => (context === "inputs" ? lookup([context, name ?? ""]) : undefined);
    expect(evaluate("${{ needs.a.outputs.b }}", partly)).toBeUndefined();
    expect(evaluate("name-${{ needs.a.outputs.b }}", partly)).toBeUndefined();
    expect(evaluate("${{ inputs.a || needs.a.outputs.b }}", partly)).toBe("x");
    expect(evaluate("${{ inputs.no && needs.a.outputs.b || 'z' }}", partly)).toBe("z");
    expect(evaluate("${{ needs.a.outputs.b == 'x' && 1 || 2 }}", partly)).toBeUndefined();
    expect(evaluate("${{ hashFiles('x') }}", partly)).toBeUndefined();
    expect(evaluate("${{ inputs.a[0] }}", partly)).toBeUndefined();
  });
});

describe("arithmetic", () => {
  it("gives what a shell does", () => {
    const { sum } = fc.letrec<{ sum: string }>((tie) => ({
      sum: fc.oneof(
        { depthSize: "small" },
        fc.nat(9999).map(String),
        fc.constantFrom("A", "B"),
        fc
          .tuple(tie("sum"), fc.constantFrom("+", "-", "*"), tie("sum"))
          .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
        fc.tuple(tie("sum"), fc.integer({ min: 1, max: 99 })).map(([left, right]) => `${left} / ${right}`),
      ),
    }));
    const largest = "9223372036854775807";
    const texts = [
      ...fc.sample(sum, 200),
      "99999999 * 85207333",
      `${largest} + 1`,
      `${largest} * ${largest}`,
      "-7 / 2",
    ];
    const script = texts.map((text) => `echo $((${text}))`).join("\n");
    const { stdout } = spawnSync("sh", ["-c", script], { env: { A: "7", B: "120" }, encoding: "utf8" });
    expect(texts.map((text) => String(calculate(text, { A: 7n, B: 120n })))).toEqual(stdout.trimEnd().split("\n"));
  });

  it("refuses what it does not know", () => {
    for (const text of ["1 +", "A % 2", "$(id)", "a b", "UNKNOWN + 1", "1 / 0", "010", "9223372036854775808"])
      expect([text, calculate(text, { A: 1n, a: 1n, b: 1n })]).toEqual([text, undefined]);
  });
});

describe("time limits", () => {
  const files = ["deploy-service.yml", "rollback-service.yml", "backup-database.yml"];

  it.each(files)("doctor says what the step of %s says at run time, for whatever numbers", (file) => {
    const { jobs } = workflow(`workflows/${file}`);
    const found = Object.values(jobs).flatMap((job) =>
      (job.steps ?? [])
        .filter(({ name = "" }) => name.startsWith("Check the time limit"))
        .map((step) => ({ job, step })),
    );
    expect(found).toHaveLength(1);
    const [{ job, step }] = found as [(typeof found)[0]];
    const minutes = fc.integer({ min: 0, max: 200 });
    const inputs = fc.record({
      "dependency-service": fc.constantFrom("", "ml"),
      "wait-for-minutes": minutes,
      "bake-minutes": minutes,
      url: fc.constantFrom("", "https://example.com"),
      "smoke-test-timeout": fc.integer({ min: 1, max: 900 }),
      "performance-checks": fc.constantFrom("", "- path: ready"),
      "performance-timeout": fc.integer({ min: 1, max: 900 }),
      "timeout-minutes": fc.integer({ min: 1, max: 900 }),
      "role-duration-seconds": fc.integer({ min: 900, max: 43_200 }),
    });
    for (const given of fc.sample(inputs, 12)) {
      const lookupInputs: Lookup = ([, name = ""]) => given[name as "url"];
      const env = Object.fromEntries(
        Object.entries({ ...job.env, ...step.env }).map(([name, text]) => [name, asText(evaluate(text, lookupInputs))]),
      );
      const { stdout } = spawnSync("bash", ["-c", step.run ?? ""], { env, encoding: "utf8" });
      const said = [...stdout.matchAll(/^::error title=[^:]+::(.*?)(?: Nothing was [\w ]+\.)?$/gm)].map(
        ([, text]) => text,
      );
      const limits = checkTimeLimits(step, job.env ?? {}, lookupInputs);
      expect(limits.length).toBe((step.run ?? "").match(/::error/g)?.length);
      expect(limits.every(({ isKnown }) => isKnown)).toBe(true);
      expect(limits.flatMap(({ problem }) => problem ?? [])).toEqual(said);
    }
  });

  it("are unknown where a number is, and count a URL that is unknown as given", () => {
    const { jobs } = workflow("workflows/deploy-service.yml");
    const { steps = [], env = {} } = jobs["deploy"] ?? {};
    const step = steps.find(({ name }) => name === "Check the time limits");
    const given: Record<string, string | number> = {
      "dependency-service": "ml",
      "wait-for-minutes": 30,
      "bake-minutes": 0,
      "smoke-test-timeout": 120,
      "performance-checks": "",
      "performance-timeout": 300,
      "timeout-minutes": 88,
      "role-duration-seconds": 7200,
    };
    const limits = (more: Record<string, string | number>) =>
      checkTimeLimits(step ?? {}, env, ([, name = ""]) => ({ ...given, ...more })[name]);
    expect(limits({}).flatMap(({ problem }) => problem ?? [])).toEqual([
      "timeout-minutes: 88 is less than the 89 minutes that deployment (30), smoke test and rollback (10) of 2 service(s), performance check and bake time (0) may take. Raise timeout-minutes, or lower wait-for-minutes.",
    ]);
    expect(limits({ "wait-for-minutes": "a number" }).map(({ isKnown }) => isKnown)).toEqual([false, true]);
  });
});

describe("uses", () => {
  it("of other repositories, with line and comment", () => {
    const text = [
      "steps:",
      "  - uses: actions/checkout@0123456789012345678901234567890123456789 # v7.0.1",
      "  - uses: $/actions/deploy",
      "  - uses: ./local",
      '  - uses: "a/b/.github/workflows/c.yml@v1"',
      "    # uses: not/this@v1",
    ].join("\n");
    expect(usesIn("a.yml", text)).toEqual([
      {
        where: "a.yml:2",
        path: "actions/checkout",
        repository: "actions/checkout",
        ref: "0123456789012345678901234567890123456789",
        comment: "v7.0.1",
      },
      { where: "a.yml:5", path: "a/b/.github/workflows/c.yml", repository: "a/b", ref: "v1", comment: undefined },
    ]);
  });
});
