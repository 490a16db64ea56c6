// Inputs as docker/build-push-action takes them and docker/metadata-action makes them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { errorOf } from "../../../test/lib/error-of.ts";
import { attestationContent } from "../src/attestations.ts";
import { readInputs } from "../src/inputs.ts";
import { ListInputReader } from "../src/list-inputs.ts";

let folder: string;
beforeEach(() => {
  folder = makeTestFolder("docker-inputs-");
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));

const read = (inputs: Record<string, string>, environment: NodeJS.ProcessEnv = {}) => {
  const all: Record<string, string> = { context: folder, repository: "api", ...inputs };
  return readInputs((name) => all[name] ?? "", environment);
};
const problems = async (inputs: Record<string, string>, environment?: NodeJS.ProcessEnv): Promise<string> =>
  String((await errorOf(() => read(inputs, environment)))?.message);

describe("lists", () => {
  const recorded = fixture("docker-lists") as { input: string; lines?: string[]; names?: string[] }[];

  it("are read as docker/build-push-action reads them", () => {
    for (const { input, lines, names } of recorded) {
      const reader = new ListInputReader(() => input);
      const found = { lines: reader.lines("x"), names: reader.names("x") };
      if (lines === undefined || names === undefined) {
        expect(() => reader.finish(), input).toThrow(/x: line \d+ starts with a quote that is not closed/);
        continue;
      }
      const entries = (list: string[]) => list.filter((entry) => entry !== "");
      expect(found, input).toEqual({ lines: entries(lines), names: [...new Set(entries(names))] });
      expect(() => reader.finish(), input).not.toThrow();
    }
    expect(recorded.length).toBeGreaterThan(200);
  });

  it("have any entry that is written in quotes", () => {
    const entry = fc
      .string({ unit: fc.constantFrom('"', ",", "\n", "=", "a", " ", "é") })
      .filter((text) => text.trim() !== "");
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const text = entries.map((one) => `"${one.replaceAll('"', '""')}"`).join("\n");
        expect(new ListInputReader(() => text).lines("x")).toEqual(entries.map((one) => one.trim()));
      }),
      { numRuns: 200 },
    );
  });

  it("name the line with a quote that is not closed", async () => {
    expect(await problems({ "build-args": 'A=1\n"B=2\nC=3' })).toContain("build-args: line 2 starts with a quote");
  });

  it("have secrets of several lines, whose spaces count, and repeated labels, of which the last counts", async () => {
    const { secrets, labels, buildArgs } = read(
      {
        secrets: '"KEY=-----BEGIN\n  a, ""b""\n"\nTOKEN= x ',
        labels: "a=1\na=2, 3",
        "build-args": '"LIST=a,b"\nQUOTED="x"\nFROM_ENVIRONMENT',
      },
      { FROM_ENVIRONMENT: "here" },
    );
    expect([...read({ "secret-envs": "a=HOME,b=PATH" }, { HOME: "/", PATH: "/bin" }).secretEnvironment]).toEqual([
      ["a", "HOME"],
      ["b", "PATH"],
    ]);
    expect([...secrets]).toEqual([
      ["KEY", '-----BEGIN\n  a, "b"\n'],
      ["TOKEN", " x "],
    ]);
    expect([...labels]).toEqual([["a", "2, 3"]]);
    expect([...buildArgs]).toEqual([
      ["LIST", "a,b"],
      ["QUOTED", '"x"'],
      ["FROM_ENVIRONMENT", "here"],
    ]);
    expect(await problems({ "build-args": "valueOf\nA=1\nA=2" })).toMatch(
      /"valueOf" is not a line NAME=value[^]*A is given twice/,
    );
  });
});

it("a secret of several lines without quotes is not shown", async () => {
  const message = await problems({ secrets: "KEY=-----BEGIN KEY-----\ncanary-line\ncanary/line==\n" });
  expect(message).toContain("secrets: entry 2 is not a line id=value; one of several lines is written in quotes");
  expect(message).toContain("secrets: an id has letters, digits");
  expect(message).not.toContain("canary");
});

describe("every input of docker/build-push-action", () => {
  const theirs = fixture("docker-build-push-action") as { inputs: Record<string, unknown>; outputs: string[] };
  const ours = load(readFileSync(new URL("../action.yml", import.meta.url), "utf8")) as {
    inputs: Record<string, object>;
    outputs: Record<string, object>;
  };
  const guide = readFileSync(new URL("../../../docs/coming-from-the-aws-actions.md", import.meta.url), "utf8");
  const explained = new Set(
    [...guide.slice(guide.indexOf("## What changes when building\n")).matchAll(/`([\w-]+)(?:: \w+)?`/g)].map(
      ([, name]) => name,
    ),
  );

  it.each(Object.keys(theirs.inputs))("%s is an input here too, or the guide says why not", (name) => {
    expect(name in ours.inputs || explained.has(name)).toBe(true);
  });

  it.each(theirs.outputs)("output %s is an output here too, or the guide says why not", (name) => {
    expect(name in ours.outputs || explained.has(name)).toBe(true);
  });

  it("that would be done differently is refused, and what changes nothing is accepted", async () => {
    const message = await problems({ push: "false", load: "true", outputs: "type=local,dest=out", call: "check" });
    for (const name of ["push", "load", "outputs", "call"])
      expect(message).toMatch(new RegExp(`^ {2}${name}: .{20}`, "m"));
    expect(read({ push: "true", load: "false", call: "build", "github-token": "x" }).repository).toBe("api");
  });
});

describe("docker/metadata-action's outputs", () => {
  const ecr = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/team/api";
  const labels = [
    'org.opencontainers.image.description=The "rainbow" API, in Node',
    "org.opencontainers.image.revision=0123456789abcdef0123456789abcdef01234567",
    "org.opencontainers.image.version=v1.2.3",
  ];

  it("tags: the repository is ECR's wherever it stands, Docker Hub needs no host, and no tag is latest", async () => {
    const inputs = read({
      repository: "",
      tags: `ghcr.io/rainbow/api:v1\n${ecr}:v1\n${ecr}:latest\nrainbow/api:v1\nquay.io/a/b`,
    });
    expect([inputs.repository, inputs.tags]).toEqual(["team/api", []]);
    expect(inputs.references.map(({ host, name, tag }) => [host, name, tag].join(" "))).toEqual([
      "ghcr.io rainbow/api v1",
      "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com team/api v1",
      "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com team/api latest",
      "registry-1.docker.io rainbow/api v1",
      "quay.io a/b latest",
    ]);
    expect(
      read({ repository: "", registry: "pull.example.com", tags: `ghcr.io/a/b:1, pull.example.com/c:1` }).repository,
    ).toBe("c");
    for (const tags of ["ghcr.io/Rainbow/api:v1", "ghcr.io/a/b@sha256:00", "ghcr.io/a/b:v 1", "ghcr.io/a//b:1"])
      expect(await problems({ tags }), tags).toContain("tags: ");
  });

  it("labels, with the revision", () => {
    expect([...read({ labels: labels.join("\n") }).labels].map((pair) => pair.join("="))).toEqual(labels);
  });

  it("annotations, for manifests and indexes", async () => {
    const annotations = [
      ...labels.map((label) => `manifest:${label}`),
      "index:a=b",
      "manifest,index:a=b",
      "manifest[linux/arm64],index-descriptor:a=b:c",
      "plain=a:b",
    ];
    expect(read({ annotations: annotations.join("\n") }).annotations).toEqual(annotations);
    for (const wrong of ["no value", "layer:a=b", "manifest[:a=b", "manifest:=b", ":a=b"])
      expect(await problems({ annotations: wrong }), wrong).toContain(`annotations: "${wrong}" must be name=value`);
  });
});

describe("attestations", () => {
  it("are entries of attests, or inputs of their own, which take precedence", async () => {
    const attests = "type=provenance,mode=max\ntype=sbom,generator=scanner";
    expect(read({ attests })).toMatchObject({ provenance: "mode=max", sbom: "generator=scanner" });
    expect(read({ attests, provenance: "false" })).toMatchObject({ provenance: "false", sbom: "generator=scanner" });
    expect(read({ attests: "type=sbom" })).toMatchObject({ provenance: "false", sbom: "true" });
    expect(read({ attests: "type=sbom,disabled=true" })).toMatchObject({ sbom: "false" });
    expect(await problems({ attests: "mode=max" })).toContain('attests: "mode=max" must start with');
  });

  it("count, except the URL of the run", () => {
    const content = (provenance: string, sbom = "false") => attestationContent({ provenance, sbom });
    expect(content("false")).toEqual([]);
    expect(content("mode=max,builder-id=https://example.com/1")).toEqual(
      content("builder-id=https://example.com/2,mode=max"),
    );
    expect(content("builder-id=https://example.com/1")).toEqual(content("true"));
    const different = [
      content("false"),
      content("true"),
      content("mode=max"),
      content("true", "true"),
      content("false", "true"),
    ];
    expect(new Set(different.map((parts) => parts.join())).size).toBe(different.length);
  });
});

describe("files", () => {
  it("the Dockerfile may be named dockerfile, unless there is a Dockerfile", async () => {
    writeFileSync(join(folder, "dockerfile"), "FROM scratch\n");
    expect(read({}).dockerfile).toBe(join(folder, "Dockerfile"));
    rmSync(join(folder, "Dockerfile"));
    expect(read({}).dockerfile).toBe(join(folder, "dockerfile"));
    expect(read({ file: join(folder, "Dockerfile") }).dockerfile).toBe(join(folder, "dockerfile"));
    rmSync(join(folder, "dockerfile"));
    expect(await problems({})).toContain(`there is no file ${join(folder, "Dockerfile")}`);
    mkdirSync(join(folder, "Dockerfile"));
    expect(await problems({})).toContain(`there is no file ${join(folder, "Dockerfile")}`);
  });

  it("named contexts are folders and images, and nothing else", async () => {
    const image = "docker-image://node:24";
    expect([...read({ "build-contexts": `shared=${folder}\nbase=${image}` }).buildContexts]).toEqual([
      ["shared", folder],
      ["base", image],
    ]);
    for (const source of [
      "https://github.com/a/b.git",
      "git@github.com:a/b",
      "target:base",
      "oci-layout://folder@sha256:0",
      "{{defaultContext}}:sub",
      "nowhere",
      "docker-image://",
    ])
      expect(await problems({ "build-contexts": `x=${source}` }), source).toContain("build-contexts: x: ");
  });

  it("the default SSH agent must be there", async () => {
    expect(await problems({ ssh: "default" })).toContain("SSH_AUTH_SOCK is not set");
    expect(read({ ssh: "default" }, { SSH_AUTH_SOCK: "/agent" }).ssh).toEqual(["default"]);
  });
});
