import { describe, expect, it } from "vitest";
import { resolveBases, splitReference } from "../src/bases.ts";
import { imagesOf } from "../src/dockerfile.ts";

const images = (text: string, buildArgs: Record<string, string> = {}, target?: string) =>
  imagesOf(text, { buildArgs: new Map(Object.entries(buildArgs)), target });

describe("the base images of a Dockerfile", () => {
  it.each<[string, string, string[]]>([
    ["one", "FROM node:24\n", ["node:24"]],
    ["scratch, which is none", "FROM scratch\n", []],
    ["a digest", `FROM node:24@sha256:${"a".repeat(64)}`, [`node:24@sha256:${"a".repeat(64)}`]],
    [
      "in lower case, over several lines, with a comment in between",
      "from \\\n  # which\n  node:24 \\\n  as build\nfrom build",
      ["node:24"],
    ],
    ["stages that are used", "FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=one /x /\n", ["a", "c"]],
    ["stages by number", "FROM a\nFROM b\nFROM c\nCOPY --from=1 /x /\n", ["b", "c"]],
    ["a stage with the name of an image", "FROM node AS node\nFROM node\n", ["node"]],
    ["images that files are copied from", "FROM a\nCOPY --from=tools:1 /x /\nADD --chown=1 x /\n", ["a", "tools:1"]],
    [
      "images that are mounted",
      "FROM a\nRUN --mount=type=cache,target=/c --mount=type=bind,from=tools:2,target=/t make\n",
      ["a", "tools:2"],
    ],
    [
      "nothing in strings and here-documents",
      'FROM a\nRUN <<EOF\nFROM fake\nCOPY --from=fake / /\nEOF\nRUN echo "FROM fake"\n',
      ["a"],
    ],
    ["another escape character", "# escape=`\nFROM a\nRUN dir C:\\\nFROM b\n", ["b"]],
    ["a platform", "FROM --platform=$BUILDPLATFORM a\n", ["a"]],
  ])("%s", (_case, text, expected) => expect(images(text)).toEqual(expected));

  it("are only those of the requested stage", () => {
    const text = "FROM a AS build\nFROM b AS test\nCOPY --from=build / /\nFROM c\nCOPY --from=build / /\n";
    expect(images(text, {}, "build")).toEqual(["a"]);
    expect(images(text, {}, "TEST")).toEqual(["a", "b"]);
    expect(images(text, {}, "1")).toEqual(["a", "b"]);
    expect(() => images(text, {}, "tset")).toThrow("no stage tset. Its stages: build, test, 2");
  });

  it.each<[string, Record<string, string>, string]>([
    ["ARG BASE=node:24\nFROM $BASE", {}, "node:24"],
    ["ARG BASE=node:24\nFROM ${BASE}", { BASE: "mirror.example.com/node:24" }, "mirror.example.com/node:24"],
    ['ARG VERSION="24"\nARG BASE=node:${VERSION}-slim\nFROM $BASE', {}, "node:24-slim"],
    ["ARG VERSION\nFROM node:${VERSION:-22}", {}, "node:22"],
    ["ARG SUFFIX\nFROM node:24${SUFFIX:+-slim}", { SUFFIX: "yes" }, "node:24-slim"],
    ["ARG SUFFIX\nFROM node:24${SUFFIX:+-slim}", {}, "node:24"],
    ["ARG A=x B=node\nFROM $B", {}, "node"],
  ])("have arguments substituted: %s", (text, buildArgs, expected) =>
    expect(images(text, buildArgs)).toEqual([expected]),
  );

  it("that cannot be resolved are reported with their line", () => {
    expect(() => images("FROM a\nARG BASE=b\nFROM $BASE\n")).toThrow(
      /line 3: the image name "\$BASE" cannot be resolved before the build/,
    );
    expect(() => images("# nothing\n")).toThrow("no FROM");
  });
});

describe("references", () => {
  it.each([
    ["node", "registry-1.docker.io", "library/node", "latest"],
    ["docker.io/node:24", "registry-1.docker.io", "library/node", "24"],
    ["bitnami/redis:7", "registry-1.docker.io", "bitnami/redis", "7"],
    ["localhost:5000/a/b", "localhost:5000", "a/b", "latest"],
    ["localhost/a:1", "localhost", "a", "1"],
    [`ghcr.io/a/b:1@sha256:${"a".repeat(64)}`, "ghcr.io", "a/b", `sha256:${"a".repeat(64)}`],
  ])("%s", (reference, host, name, version) =>
    expect(splitReference(reference)).toMatchObject({ host, name, version }),
  );
});

describe("digests of base images", () => {
  const [id, local, remote] = ["1", "2", "3"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];
  const run = async (command: string[]) => {
    expect(command.slice(0, 3)).toEqual(["docker", "image", "inspect"]);
    const images = [
      { Id: id, RepoTags: ["own:1"], RepoDigests: [] },
      { Id: id, RepoTags: ["node:24", "x/node:24"], RepoDigests: [`x/node@${remote}`, `node@${local}`] },
    ];
    return { code: 1, stdout: JSON.stringify(images), stderr: "No such image: gone:1" };
  };
  const lookUpDigest = async (reference: string) => (reference === "gone:1" ? undefined : remote);

  it("come from the reference, from the engine if it builds, and from the registry", async () => {
    const pinned = `a@sha256:${"9".repeat(64)}`;
    const bases = await resolveBases(["docker.io/library/node:24", "own:1", "other:1", pinned], {
      prefersEngine: true,
      run,
      lookUpDigest,
    });
    expect(Object.fromEntries(bases.map(({ reference, digest, from }) => [reference, [digest, from]]))).toEqual({
      "docker.io/library/node:24": [local, "engine"],
      "own:1": [id, "engine"],
      "other:1": [remote, "registry"],
      [pinned]: [pinned.slice(2), "reference"],
    });
    expect(await resolveBases(["node:24"], { prefersEngine: false, run, lookUpDigest })).toEqual([
      { reference: "node:24", digest: remote, from: "registry" },
    ]);
  });

  it("that are missing are reported all at once, before anything is built", async () => {
    const lookUp = (reference: string) =>
      reference === "b:1"
        ? Promise.reject(new Error("registry-1.docker.io cannot be reached"))
        : lookUpDigest(reference);
    const resolved = resolveBases(["gone:1", "b:1"], { prefersEngine: false, run, lookUpDigest: lookUp });
    await expect(resolved).rejects.toThrow(
      /images are not available[\s\S]*gone:1: the registry has no such image[\s\S]*b:1: registry-1\.docker\.io cannot/,
    );
  });
});
