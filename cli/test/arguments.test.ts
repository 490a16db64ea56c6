import { describe, expect, it } from "vitest";
import { parseArguments } from "../src/arguments.ts";
import type { Verb } from "../src/verb.ts";
import { verbs } from "../src/verbs.ts";

const verb: Verb = {
  name: "deploy",
  summary: "",
  main: "service",
  run: async () => 0,
  inputs: {
    service: { description: "" },
    cluster: { description: "", default: "default" },
    plan: { description: "", default: "false" },
    preflight: { description: "", default: "true" },
    tags: { description: "" },
  },
};
const read = (...args: string[]) => {
  const { source, ...rest } = parseArguments(verb, args);
  return { ...rest, inputs: Object.fromEntries(Object.keys(verb.inputs).map((name) => [name, source(name)])) };
};

describe("parseArguments", () => {
  it.each([
    [["api"], { service: "api", cluster: "default" }],
    [["api", "ml", "--cluster", "prod"], { service: "api\nml", cluster: "prod" }],
    [["--cluster=prod", "--plan", "api"], { cluster: "prod", plan: "true", service: "api" }],
    [["--plan", "false", "api"], { plan: "false", service: "api" }],
    [["--no-preflight", "api"], { preflight: "false" }],
    [["--tags", "a=1", "--tags", "b=x=y z", "--tags=c="], { tags: "a=1\nb=x=y z\nc=" }],
    [["--tags", ""], { tags: "" }],
  ])("%j", (args, inputs) => {
    expect(read(...args).inputs).toMatchObject(inputs);
  });

  it("accepts --json and --help in any position", () => {
    expect(read("api", "--json", "--help")).toMatchObject({ json: true, help: true });
  });

  it("rejects unknown options with a suggestion, and unexpected arguments", () => {
    expect(() => read("--clster", "x")).toThrow("no option --clster; did you mean cluster?");
    expect(() => parseArguments({ ...verb, main: undefined }, ["api"])).toThrow('takes no argument "api"');
  });
});

describe("every command", () => {
  it.each(verbs.map((one) => [one.name, one] as const))(
    "%s has a summary and descriptions of its options",
    (_name, { summary, inputs, main }) => {
      expect(summary.length).toBeGreaterThan(20);
      if (main) expect(Object.keys(inputs)).toContain(main);
      for (const { description } of Object.values(inputs)) expect(description.length).toBeGreaterThan(3);
    },
  );
});
