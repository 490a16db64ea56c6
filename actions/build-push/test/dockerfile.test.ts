import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { EngineImages, resolveBases, splitReference } from "../src/bases.ts";
import { readsOf, type BuildSettings } from "../src/dockerfile.ts";

const reads = (text: string, more: Partial<BuildSettings> = {}) =>
  readsOf(text, {
    buildArgs: new Map(),
    target: undefined,
    platforms: ["linux/amd64"],
    buildPlatform: "linux/amd64",
    isClassic: false,
    triggers: new Map(),
    ...more,
  });
const images = (text: string, buildArgs: Record<string, string> = {}, target?: string) =>
  reads(text, { buildArgs: new Map(Object.entries(buildArgs)), target }).images;

describe("the images of a build", () => {
  it("are those of the requested stage only", () => {
    const text = "FROM a AS build\nFROM b AS test\nCOPY --from=build / /\nFROM c\nCOPY --from=build / /\n";
    expect(images(text, {}, "build")).toEqual(["a"]);
    expect(images(text, {}, "TEST")).toEqual(["a", "b"]);
    expect(images(text, {}, "1")).toEqual(["a", "b"]);
    expect(() => images(text, {}, "tset")).toThrow("no stage tset. Its stages: build, test, 2");
  });

  it("are found after a here-document that is none: in quotes, in the JSON form", () => {
    expect(images('FROM a\nRUN echo "<<EOF"\nFROM b\nCOPY --from=c / /')).toEqual(["b", "c"]);
    expect(images('FROM a\nRUN ["echo", "<<EOF"]\nFROM b')).toEqual(["b"]);
  });

  it("are those of every platform that is built", () => {
    const text = "FROM a-${TARGETARCH}";
    expect(reads(text, { platforms: ["linux/amd64", "linux/aarch64"] }).images).toEqual(["a-amd64", "a-arm64"]);
    expect(reads("FROM a:$BUILDARCH", { buildPlatform: "linux/arm64/v8" }).images).toEqual(["a:arm64"]);
    // The classic builder sets no such argument.
    expect(reads("FROM a${TARGETARCH}", { isClassic: true }).images).toEqual(["a"]);
  });

  it("that stages continue are known with their platforms, for their ONBUILD instructions", () => {
    const { bases } = reads("FROM --platform=$BUILDPLATFORM a\nCOPY --from=x / /\nFROM b\nCOPY --from=0 / /", {
      platforms: ["linux/arm64"],
    });
    expect([...bases].map(([image, platforms]) => [image, ...platforms])).toEqual([
      ["a", "linux/amd64"],
      ["b", "linux/arm64"],
    ]);
  });

  it("in ONBUILD instructions of a base count like the others", () => {
    const triggers = new Map([
      ["a", ["COPY --from=tools /x /", "COPY package.json /", "RUN --mount=from=m,target=/m x"]],
    ]);
    expect(reads("FROM a\nFROM b", { triggers })).toMatchObject({ images: ["b"], paths: [] });
    expect(reads("FROM a AS x\nFROM x", { triggers })).toMatchObject({
      images: ["a", "m", "tools"],
      paths: ["package.json"],
    });
  });

  it("have the frontend beside them, which reads the Dockerfile", () => {
    const text = "# syntax=docker/dockerfile:1.7-labs\nFROM a";
    expect(reads(text)).toMatchObject({ frontend: "docker/dockerfile:1.7-labs", images: ["a"] });
    expect(reads(text, { isClassic: true }).frontend).toBeUndefined();
    expect(
      reads("FROM a", { buildArgs: new Map([["BUILDKIT_SYNTAX", "x.example.com/dockerfile-upstream"]]) }),
    ).toMatchObject({
      frontend: "x.example.com/dockerfile-upstream",
    });
    expect(() => reads("# syntax=example.com/other:1\nFROM a")).toThrow(
      "line 1: what a build with the frontend example.com/other:1 reads is not known before the build",
    );
  });
});

describe("what cannot be understood", () => {
  it.each<[text: string, problem: string | RegExp]>([
    ["FROM a\nARG BASE=b\nFROM $BASE\n", /line 3: the image name "\$BASE" cannot be resolved before the build/],
    ["FROM ${A:?needed}", /line 1: .*A: needed/],
    ["# nothing\n", "no FROM"],
    ["ENV A=b\nFROM a", "line 1: only ARG can be before the first FROM, not ENV"],
    ["FROM a\nRUN b \\\n  && c\n && d\n", 'line 4: "&&" is no instruction. If it belongs to the line before it'],
    ["FROM a\nRUN <<EOF\nFROM b\n", 'line 2: the here-document has no line "EOF" that ends it'],
    ["FROM a b", "line 1: FROM must be: FROM image, or FROM image AS name"],
    ["FROM a AS 1", "line 1: FROM must be"],
    ["FROM A", 'line 1: "A" is no name of an image'],
    ["FROM a/../../b", 'line 1: "a/../../b" is no name of an image'],
    ["FROM a\nCOPY b", "line 2: COPY needs a source and a destination"],
    ["FROM a\nCOPY --from=$B / /", "line 2: docker does not substitute arguments in --from=$B"],
    ["FROM a\nCOPY --from=3 / /", "line 2: there is no stage 3"],
    ["FROM a\nRUN --mount=from=$B,target=/t c", "line 2: docker does not substitute arguments in --mount"],
    ['FROM a\nRUN --mount=\\"from=b c', "line 2: the quotes in --mount"],
    ["FROM a\nCMD [1]", "line 2: the JSON form takes only strings"],
    ["# escape=x\nFROM a", 'line 1: the escape character must be \\ or `, not "x"'],
    ["ARG\nFROM a", "line 1: ARG needs a name"],
    ["ARG A=${\nFROM a", "line 1: ${ is not understood"],
  ])("is refused with its line: %j", (text, problem) => expect(() => reads(text)).toThrow(problem));

  it("is reported all at once, and only where the target needs it", () => {
    const text =
      "FROM $X AS one\nFROM $Y AS two\nCOPY --from=$Z / /\nFROM a AS three\nFROM b\nCOPY --from=one / /\nCOPY --from=two / /";
    expect(() => reads(text)).toThrow(/line 1: [^]*line 2: [^]*line 3: /);
    expect(images(text, {}, "three")).toEqual(["a"]);
  });
});

describe("any text", () => {
  const part = fc.oneof(
    fc.constantFrom(
      ..."FROM |ARG |ENV |COPY |ADD |RUN |ONBUILD |--from=|--mount=|a|A=b|$A|${A|:-|//|/|}|<<EOF|EOF".split("|"),
    ),
    fc.constantFrom(
      "\n",
      "\\\n",
      " ",
      '"',
      "'",
      "[",
      "]",
      ",",
      "#",
      "# syntax=x",
      "# escape=`\n",
      "\0",
      "\uFEFF",
      "\u2028",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  );

  it("is read or refused with a message, never with a crash", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), fc.boolean(), (parts, isClassic) => {
        for (const text of [parts.join(""), `FROM a\n${parts.join("")}`]) {
          try {
            reads(text, { isClassic });
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("takes no longer because it is hostile", () => {
    const began = performance.now();
    const stars = "*a".repeat(120);
    for (const text of [
      `ARG A=${"a".repeat(2000)}\nFROM x:\${A//${stars}b/c}`,
      `ARG A=${"a".repeat(2000)}\nFROM x:\${A%%${stars}b}`,
      `FROM ${"a-".repeat(200)}!`,
      `FROM ${"a.".repeat(5000)}`,
      `FROM a\nCOPY ${"[".repeat(5000)} /`,
      `FROM a\nRUN --mount=${'""'.repeat(5000)} x`,
      `FROM a\nRUN ${"<<".repeat(5000)}`,
      `FROM a\nRUN ${"${A:-".repeat(1000)}${"}".repeat(1000)} <<EOF\nEOF`,
      `FROM a\nRUN ${"rm ".repeat(5000)}.git`,
      `FROM a\nRUN ${"A=b ".repeat(5000)}git x`,
    ])
      try {
        reads(text);
      } catch (error) {
        expect((error as Error).message.length).toBeLessThan(1000);
      }
    // A tenth of it on an idle machine; without limits, minutes.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe("the build arguments that count", () => {
  const given = new Map(
    ["GLOBAL", "STAGE", "OTHER", "UNUSED", "HTTP_PROXY", "SOURCE_DATE_EPOCH", "BUILDKIT_CACHE_MOUNT_NS"].map(
      (name) => [name, "x"] as const,
    ),
  );
  const names = (text: string, target?: string) => [...reads(text, { buildArgs: given, target }).buildArgs.keys()];

  it("are those that the stages declare which the target needs, and those of BuildKit itself", () => {
    const text = "ARG GLOBAL\nFROM a AS one\nARG STAGE\nFROM b AS two\nARG OTHER=1\n";
    const always = ["SOURCE_DATE_EPOCH", "BUILDKIT_CACHE_MOUNT_NS"];
    expect(names(text, "one")).toEqual(["GLOBAL", "STAGE", ...always]);
    expect(names(text)).toEqual(["GLOBAL", "OTHER", ...always]);
    expect(names("FROM a\nARG HTTP_PROXY")).toEqual(["HTTP_PROXY", ...always]);
    expect(names("FROM a AS one\nONBUILD ARG STAGE\nFROM one")).toEqual(["STAGE", ...always]);
  });
});

describe("the paths of a build", () => {
  it("are none for mounts that are not from the context", () => {
    expect(reads("FROM a\nRUN --mount=type=tmpfs,target=/t --mount=type=secret,id=s x").paths).toEqual([]);
  });

  it("are all of them if a name is not known before the build, or is that of Windows", () => {
    // The base image may set it.
    expect(reads("FROM a\nCOPY $PREFIX/x /").paths).toBeUndefined();
    expect(reads("FROM scratch\nCOPY $PATH/x /").paths).toBeUndefined();
    expect(reads("FROM a\nENV $X=y\nARG D=lib\nCOPY $D /").paths).toBeUndefined();
    expect(reads("FROM a\nRUN --mount=source=ä,target=/m x").paths).toBeUndefined();
    expect(reads("FROM a\nCOPY x /", { platforms: ["windows/amd64"] }).paths).toBeUndefined();
    expect(reads("FROM a\nCOPY x /").paths).toEqual(["x"]);
  });

  it("are those of all platforms", () => {
    const text = "FROM a\nARG TARGETARCH\nCOPY bin/$TARGETARCH /";
    expect(reads(text, { platforms: ["linux/amd64", "linux/arm64"] }).paths).toEqual(["bin/amd64", "bin/arm64"]);
  });
});

describe("what a build takes from .git", () => {
  it.each<[text: string, git: string]>([
    ["FROM a\nCOPY . /\nRUN make", "no"],
    ["FROM a\nCOPY . /\nRUN apk add git curl && git clone https://x.example.com/y.git", "no"],
    ["FROM a\nCOPY . /\nRUN rm -rf .git", "no"],
    ["FROM a\nCOPY .gitignore .github /", "no"],
    ["FROM a\nCOPY . /\nRUN git describe --tags", "commit"],
    ['FROM a\nCOPY . /\nRUN go build -ldflags "-X main.version=$(git rev-parse HEAD)"', "commit"],
    ["FROM a\nCOPY . /\nRUN <<EOF\nset -e\ngit log -1\nEOF", "commit"],
    ['FROM a\nCOPY . /\nRUN ["git", "status"]', "commit"],
    ["FROM a\nCOPY src /\nRUN git describe", "no"],
    ["FROM a\nCOPY .git /x", "files"],
    ["FROM a\nCOPY sub/.git/HEAD .g* /x", "files"],
    ["FROM a\nRUN --mount=source=.git,target=/g git --git-dir=/g log", "files"],
    ["FROM a\nCOPY . /\nRUN cat .git/HEAD", "files"],
    ["FROM a AS x\nCOPY .git /\nFROM b\nCOPY y /", "no"],
  ])("%j: %s", (text, git) => expect(reads(text).git).toBe(git));
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
  const engine = new EngineImages(run);
  const lookUpDigest = async (reference: string) => (reference === "gone:1" ? undefined : remote);

  it("come from the reference, from the engine if it builds, and from the registry", async () => {
    const pinned = `a@sha256:${"9".repeat(64)}`;
    const bases = await resolveBases(["docker.io/library/node:24", "own:1", "other:1", pinned], {
      prefersEngine: true,
      engine,
      lookUpDigest,
    });
    expect(Object.fromEntries(bases.map(({ reference, digest, from }) => [reference, [digest, from]]))).toEqual({
      "docker.io/library/node:24": [local, "engine"],
      "own:1": [id, "engine"],
      "other:1": [remote, "registry"],
      [pinned]: [pinned.slice(2), "reference"],
    });
    expect(await resolveBases(["node:24"], { prefersEngine: false, engine, lookUpDigest })).toEqual([
      { reference: "node:24", digest: remote, from: "registry" },
    ]);
  });

  it("ask the engine once, however often", async () => {
    const calls: string[][] = [];
    const counted = new EngineImages((command) => {
      calls.push(command);
      return run(command);
    });
    const options = { prefersEngine: true, engine: counted, lookUpDigest };
    const early = counted.inspect(["own:1", "node:24"]);
    expect(await resolveBases(["node:24", "own:1"], options)).toHaveLength(2);
    expect(await early).toHaveLength(2);
    expect(calls).toEqual([["docker", "image", "inspect", "own:1", "node:24"]]);
  });

  it("that are missing are reported all at once, before anything is built", async () => {
    const lookUp = (reference: string) =>
      reference === "b:1"
        ? Promise.reject(new Error("registry-1.docker.io cannot be reached"))
        : lookUpDigest(reference);
    const resolved = resolveBases(["gone:1", "b:1"], { prefersEngine: false, engine, lookUpDigest: lookUp });
    await expect(resolved).rejects.toThrow(
      /images are not available[\s\S]*gone:1: the registry has no such image[\s\S]*b:1: registry-1\.docker\.io cannot/,
    );
  });
});
