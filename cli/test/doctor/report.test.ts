// The report of doctor, and its inputs.
import { describe, expect, it } from "vitest";
import { doctorInputs, readInputs } from "../../src/doctor/inputs.ts";
import { counts, table } from "../../src/doctor/report.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { examined, makeWorld } from "./world.ts";
import { path, problemsIn, withoutVariable } from "./cases.ts";

describe("the report", () => {
  const findings: Finding[] = [
    { topic: "Clock", state: "fine", what: "agrees" },
    { topic: "Login", state: "change", what: "first", remedy: "the same" },
    { topic: "Login", state: "change", what: "second", remedy: "the same" },
    { topic: "Pins", state: "not-checked", what: "third", remedy: "another" },
  ];

  it("groups by topic, and gives one remedy for several things once", () => {
    expect(table(findings)).toBe(
      [
        "Login        ✗ first",
        "             ✗ second",
        "               → the same",
        "Pins         ? third",
        "               → another",
        "Clock        ✓ agrees",
        "",
        "✗ 2 to change, · 0 to improve, ? 1 not checked, ✓ 1 fine",
      ].join("\n"),
    );
    expect(counts(findings)).toEqual({ fine: 1, advice: 0, change: 2, "not-checked": 1 });
  });
});

describe("inputs", () => {
  const read = (given: Record<string, string>) => readInputs((name) => given[name] ?? "");

  it("are what the help describes", () => {
    const asked: string[] = [];
    readInputs((name) => (asked.push(name), ""));
    expect(new Set(asked)).toEqual(new Set(Object.keys(doctorInputs)));
  });

  it("of the wrong form are refused", () => {
    expect(() => read({ repository: "https://github.com/a/b", service: "api" })).toThrow(
      /must be OWNER\/NAME[\s\S]*cluster: is required with service/,
    );
  });

  it("leaves a missing variable to the check", async () => {
    const world = makeWorld();
    world.routes[`${path}/actions/variables`] = withoutVariable("AWS_DEPLOY_ROLE");
    const { findings } = await examined(world);
    expect(problemsIn(findings).map(({ topic, state }) => `${topic} ${state}`)).toEqual([
      "Login not-checked",
      "Variables change",
      "Permissions not-checked",
      "Time limits not-checked",
    ]);
  });
});
