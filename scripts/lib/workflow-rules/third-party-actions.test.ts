// Third-party actions in the workflows: pinned to commits whose action.yml was read, with inputs that these have.
import { globSync } from "node:fs";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { examples, logIn, own, read, stepsOf } from "../read-workflows.ts";

/** Recorded from the action.yml of each pinned commit. */
interface ThirdParty {
  version: string;
  using: string;
  inputs: string[];
  required: string[];
}

describe("third-party actions", () => {
  const known = JSON.parse(read("scripts/lib/third-party-actions.json")) as Record<string, ThirdParty>;
  const isOurs = (uses: string) => uses.startsWith("$/") || uses.startsWith("rainbow-seeker/deploy-toolkit");
  const uses = [...own, ...examples].flatMap((path) =>
    stepsOf(path).flatMap((step) => (step.uses && !isOurs(step.uses) ? [{ path, uses: step.uses, step }] : [])),
  );
  // examples/drop-in shows the replaced actions, which are ours in its test.
  const pinned = uses.filter((used) => !used.uses.startsWith("aws-actions/amazon-ecs-"));

  it("are the commits whose action.yml was read, on a Node that runners have", () => {
    expect(pinned.length).toBeGreaterThan(10);
    expect([...new Set(pinned.map((used) => used.uses))].toSorted()).toEqual(Object.keys(known).toSorted());
    expect(Object.values(known).map(({ using }) => using)).toEqual(Object.keys(known).map(() => "node24"));
  });

  it("are named with the tag of their commit, everywhere", () => {
    const texts = [...own, ...examples, "README.md", "README.ja.md", ...globSync("actions/*/README.md", { cwd: root })];
    for (const path of texts)
      for (const [line, reference = ""] of read(path).matchAll(/uses: (\S+@[0-9a-f]{40})(?: # \S+)?/g))
        expect(`${path}: ${line}`).toBe(`${path}: uses: ${reference} # ${known[reference]?.version}`);
  });

  it("get inputs that they have, and those that they require", () => {
    for (const { path, uses: reference, step } of pinned) {
      const { inputs = [], required = [] }: Partial<ThirdParty> = known[reference] ?? {};
      const given = Object.keys(step.with ?? {});
      expect({ path, unknown: given.filter((name) => !inputs.includes(name)) }).toEqual({ path, unknown: [] });
      expect({ path, missing: required.filter((name) => !given.includes(name)) }).toEqual({ path, missing: [] });
    }
  });

  it("are replaced locally by one that takes every input that we use", () => {
    const standIn = load(read("infra/local/act/configure-aws-credentials/action.yml")) as { inputs: object };
    const given = uses
      .filter((used) => used.uses.startsWith(logIn))
      .flatMap(({ step }) => Object.keys(step.with ?? {}));
    expect(Object.keys(standIn.inputs)).toEqual(expect.arrayContaining([...new Set(given)]));
  });
});
