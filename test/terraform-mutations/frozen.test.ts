import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Resource, State } from "../infrastructure/system.ts";
import { evaluate } from "./evaluate.ts";
import { thawed, type Applied } from "./frozen.ts";
import type { Mutant } from "./mutants.ts";
import { settled, type Verdict } from "./outcomes.ts";
import { computedIn, computedValues } from "./pinned.ts";
import { liveCalls } from "./reach.ts";
import { dependencies, infra } from "./targets.ts";

const uses = dependencies();

/** Where a text begins in a file below infra/. */
function at(file: string, text: string) {
  const start = readFileSync(join(infra, file), "utf8").indexOf(text);
  expect(start).toBeGreaterThan(-1);
  return { file, start };
}

describe("what stays alive around a change", () => {
  it("of a module is each call of it, or of one that uses it", () => {
    const inNetwork = { file: "modules/network/main.tf", start: 0 };
    expect(liveCalls(inNetwork, "production", uses)).toEqual(["module.platform.module.network"]);
    const inTask = liveCalls({ file: "modules/task/main.tf", start: 0 }, "production", uses);
    expect(inTask).toEqual(
      expect.arrayContaining(["api", "ml", "migration", "backup"].map((name) => `module.platform.module.${name}`)),
    );
    expect(inTask).not.toContain("module.platform.module.network");
    const inFirewall = { file: "modules/web-acl/main.tf", start: 0 };
    expect(liveCalls(inFirewall, "production", uses)).toEqual(["module.web_acl", "module.platform.module.web_acl"]);
    expect(liveCalls(inFirewall, "staging", uses)).toEqual(["module.platform.module.web_acl"]);
  });

  it("of a call is that call", () => {
    expect(liveCalls(at("modules/platform/main.tf", "nat_per_zone"), "staging", uses)).toEqual([
      "module.platform.module.network",
    ]);
    expect(liveCalls(at("environments/production/us-east-1.tf", '"CLOUDFRONT"'), "production", uses)).toEqual([
      "module.web_acl",
    ]);
  });

  it("of a value is each call that it reaches, through others, arguments and outputs", () => {
    const api = "module.platform.module.api";
    expect(liveCalls(at("modules/platform/roles.tf", "s3:GetObject"), "production", uses)).toEqual([api]);
    expect(liveCalls(at("modules/platform/main.tf", "database_storage  "), "production", uses)).toEqual([
      "module.platform.module.database",
      "module.platform.module.observability",
    ]);
    expect(liveCalls(at("environments/production/main.tf", "nat_per_zone"), "production", uses)).toEqual([
      "module.platform.module.network",
    ]);
    expect(liveCalls(at("modules/platform/outputs.tf", "module.log_bucket[0].name"), "production", uses)).toEqual([
      "module.cdn_logs",
    ]);
    expect(liveCalls(at("modules/platform/outputs.tf", "module.cluster.name"), "production", uses)).toEqual([]);
    expect(liveCalls(at("modules/platform/main.tf", 'local.production ? ""'), "production", uses)).toHaveLength(17);
  });

  it("of a provider is anything", () => {
    const ofProvider = at("environments/production/main.tf", 'Environment = "production"');
    expect(liveCalls(ofProvider, "production", uses)).toBeUndefined();
  });
});

describe("a frozen environment", () => {
  const resource = (address: string, value: string): Resource => ({
    address,
    mode: "managed",
    type: "aws_vpc",
    name: "this",
    values: { value },
  });
  const [network, networkOfOthers, role] = [
    "module.platform.module.network.aws_vpc.this",
    "module.platform.module.network_of_others.aws_vpc.this",
    "module.platform.aws_iam_role.this",
  ];
  const resources = [
    resource(network, "old"),
    resource("module.platform.module.cache[0].aws_vpc.this", "old"),
    resource("module.web_acl[0].aws_vpc.this", "old"),
    resource(role, "old"),
  ];
  const outputs = { "module.platform.module.network": { id: "a" }, "module.platform.module.cache": [{ id: "b" }] };
  const applied: Applied = { resources, outputs, pinned: new Map(), unstable: new Set() };
  const state = (id: string): State => ({
    root_module: { resources: [resource(role, "new"), resource(networkOfOthers, "new"), resource(network, "new")] },
    outputs: { frozen: { value: { "module.platform.module.network": { id } } } },
  });

  it("is all of it: what was alive as it is now, the rest as it was, in the same order", () => {
    const found = thawed("production", state("a"), ["module.platform.module.network"], applied);
    expect(found?.root_module.resources?.map(({ address, values }) => [address, values["value"]])).toEqual([
      [network, "new"],
      ["module.platform.module.cache[0].aws_vpc.this", "old"],
      ["module.web_acl[0].aws_vpc.this", "old"],
      [role, "new"],
      [networkOfOthers, "new"],
    ]);
  });

  it("says nothing where what is alive outputs something else", () => {
    expect(thawed("production", state("c"), ["module.platform.module.network"], applied)).toBeUndefined();
    expect(thawed("production", state("a"), ["module.platform.module.cache"], applied)).toBeUndefined();
  });

  it("has the values that a mock made up", () => {
    const schema = (attributes: object) => ({ block: { attributes } });
    const computed = computedIn(
      JSON.stringify({
        provider_schemas: {
          aws: {
            resource_schemas: { aws_vpc: schema({ id: { computed: true }, tags: { computed: true }, name: {} }) },
            data_source_schemas: { aws_vpc: schema({ arn: { computed: true } }) },
          },
        },
      }),
    );
    const values = { id: "abc", tags: {}, name: "x", arn: "y", other: null };
    expect([
      ...computedValues(
        [
          { ...resource("a", ""), values },
          { ...resource("b", ""), mode: "data", values },
        ],
        computed,
      ),
    ]).toEqual([
      ["a", { id: "abc" }],
      ["b", { arn: "y" }],
    ]);
  });
});

describe("what is expected of an environment", () => {
  const mutant: Mutant = {
    kind: "literal",
    ...at("modules/platform/main.tf", "nat_per_zone"),
    end: 0,
    line: 1,
    where: "module.network/nat_per_zone",
    original: "a",
    replacements: ["b"],
  };
  /** What was asked, where the parts of environments say this. */
  async function asked(ofPart: Verdict): Promise<string[]> {
    const known = new Map<string, Verdict>();
    const asked: string[] = [];
    await evaluate("modules/platform", [mutant], {
      uses,
      // What is called of it.
      cache: {
        get: (key: string) => known.get(key),
        set: (key: string, verdict: Verdict) => known.set(key, verdict),
      } as never,
      batch: 1,
      isOutOfTime: () => false,
      progress: () => {},
      runTests: async ({ environment, isFrozen }, candidates) => {
        if (environment) asked.push(`${environment}${isFrozen ? ` ${candidates[0]?.live?.join(" ")}` : ""}`);
        return new Map(candidates.map(({ id }) => [id, isFrozen ? ofPart : { outcome: "survived", message: "" }]));
      },
    });
    return asked;
  }
  const parts = ["production module.platform.module.network", "staging module.platform.module.network"];

  it("is not asked as a whole if the part that a change reaches notices it, or if nothing else differs", async () => {
    expect(await asked({ outcome: "killed", message: "x" })).toEqual(parts.slice(0, 1));
    expect(await asked(settled)).toEqual(parts);
  });

  it("is asked as a whole if the part does not settle it", async () => {
    expect(await asked({ outcome: "survived", message: "an output differs" })).toEqual([
      ...parts,
      "production",
      "staging",
    ]);
  });
});
