// What is new content and what is not.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Base } from "../src/bases.ts";
import type { FoundBuilder } from "../src/builder.ts";
import { readInputs } from "../src/inputs.ts";
import { ContentReader, type Content } from "../src/read-content.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

let folder: string;
/** Image → what it is now. */
let images: Record<string, Partial<Base>>;
/** ONBUILD instructions in registries; an error: they cannot be read. */
let triggers: Record<string, string[] | Error>;
let looks: string[];
let log: string[];
let commit: string;

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

beforeEach(() => {
  folder = makeTestFolder("read-content-");
  [images, triggers, looks, log, commit] = [{}, {}, [], [], "abc"];
  write("main.js", "1");
});

const usual: FoundBuilder = {
  kind: "buildx",
  description: "",
  inEngine: false,
  platform: "linux/amd64",
};

interface Run {
  inputs?: Record<string, string>;
  builder?: Partial<FoundBuilder>;
  environment?: Record<string, string>;
}

/** As a run does it that finds no image: with the look for ONBUILD instructions. */
async function contentOf(
  dockerfile: string,
  { inputs = {}, builder = {}, environment = {} }: Run = {},
): Promise<Content> {
  write("Dockerfile", dockerfile);
  const reader = new ContentReader({
    inputs: readInputs((name) => ({ context: folder, repository: "api", ...inputs })[name] ?? "", {}),
    dockerfile,
    signer: undefined,
    checkout: async () => ({ commit, dirty: false }),
    environment,
    log: (line) => log.push(line),
  });
  reader.begin();
  const content = await reader.read({
    builder: { ...usual, ...builder },
    resolve: async (references) =>
      references.map((reference): Base => ({ reference, digest: "sha256:1", from: "registry", ...images[reference] })),
    lookUpTriggers: async ({ reference }, platforms) => {
      looks.push([reference, ...platforms].join(" "));
      const found = triggers[reference] ?? [];
      if (found instanceof Error) throw found;
      return found;
    },
  });
  return (await content.ifNew?.()) ?? content;
}

/** Whether the change makes other content of it. */
async function changes(dockerfile: string, change: () => void, run: Run = {}): Promise<boolean> {
  const before = await contentOf(dockerfile, run);
  change();
  return (await contentOf(dockerfile, run)).tag !== before.tag;
}

describe("a change of a file", () => {
  it.each<[dockerfile: string, path: string, isNew: boolean]>([
    ["FROM scratch\nCOPY main.js package*.json /\n", "notes.txt", false],
    ["FROM scratch\nCOPY main.js package*.json /\n", "package-lock.json", true],
    ["FROM scratch\nCOPY main.js /\n", "main.js", true],
    ["FROM scratch\nCOPY . /\n", "notes.txt", true],
    ["FROM scratch\nCOPY src /\n", "src/deep/x.js", true],
    ["FROM scratch\nRUN --mount=source=go.mod,target=/go.mod go\n", "go.mod", true],
    ["FROM scratch\nRUN --mount=source=go.mod,target=/go.mod go\n", "go.sum", false],
    ["FROM scratch AS one\nCOPY other.js /\nFROM scratch\nCOPY main.js /\n", "other.js", false],
    ["FROM scratch AS one\nCOPY other.js /\nFROM scratch\nCOPY --from=one / /\n", "other.js", true],
    ["FROM scratch\nCOPY <<EOF /x\nEOF\n", "main.js", false],
    // The base image may set it.
    ["FROM a\nCOPY $DIR/main.js /\n", "notes.txt", true],
    ["FROM scratch\nARG DIR=src\nCOPY $DIR/main.js /\n", "notes.txt", false],
  ])("%j: with %s it is new: %s", async (dockerfile, path, isNew) =>
    expect(await changes(dockerfile, () => write(path, "changed"))).toBe(isNew),
  );

  it("is new content behind a link that is named", async () => {
    write("real/x.js", "1");
    symlinkSync("real", join(folder, "link"));
    expect(await changes("FROM scratch\nCOPY link/x.js /\n", () => write("real/x.js", "2"))).toBe(true);
    rmSync(join(folder, "main.js"));
    symlinkSync("real/x.js", join(folder, "main.js"));
    expect(await changes("FROM scratch\nCOPY main.js /\n", () => write("real/x.js", "3"))).toBe(true);
  });

  it("is another content than the same files of a context that is read as a whole", async () => {
    rmSync(join(folder, "main.js"));
    const named = await contentOf("FROM a\nCOPY Dockerfile /\n");
    triggers = { a: new Error("403") };
    expect((await contentOf("FROM a\nCOPY Dockerfile /\n")).tag).not.toBe(named.tag);
  });
});

describe(".git", () => {
  const inGit = (): void => write(".git/index", String(Math.random()));
  const committed = (): void => void (commit = "def");

  it.each([
    ["that no step names is no content", "FROM base\nCOPY . .\n", { files: false, commit: false }],
    [
      "counts by its commit where a step runs git",
      "FROM base\nCOPY . .\nRUN git describe\n",
      { files: false, commit: true },
    ],
    ["counts by its files where a step names it", "FROM base\nCOPY .git /git\n", { files: true, commit: false }],
  ])("%s", async (_name, dockerfile, expected) => {
    inGit();
    expect({ files: await changes(dockerfile, inGit), commit: await changes(dockerfile, committed) }).toEqual(expected);
  });

  it("that is sent without counting is told once, whichever builder it is for", async () => {
    inGit();
    await contentOf("FROM base\nCOPY . .\n", { builder: { kind: "classic" } });
    expect(log.filter((line) => line.includes(".git in"))).toHaveLength(1);
  });
});

describe("a build argument", () => {
  const dockerfile = "FROM scratch AS one\nARG USED\nFROM scratch\nARG OTHER\n";
  const tagWith = async (buildArgs: string) =>
    (await contentOf(dockerfile, { inputs: { target: "one", "build-args": buildArgs } })).tag;

  it("that the target does not declare is no content", async () => {
    const before = await tagWith("USED=1\nOTHER=1");
    expect(await tagWith("USED=1\nOTHER=2\nMORE=3\nHTTP_PROXY=x")).toBe(before);
    expect(await tagWith("USED=2\nOTHER=1")).not.toBe(before);
    expect(await tagWith("USED=1\nOTHER=1\nSOURCE_DATE_EPOCH=0")).not.toBe(before);
  });
});

describe("ONBUILD instructions of a base image", () => {
  const dockerfile = "FROM a\nCOPY main.js /\n";
  const notes = () => write("notes.txt", `${Math.random()}`);

  it("are looked for on the platforms of the build, of images that stages continue", async () => {
    await contentOf("FROM --platform=linux/arm64 x AS one\nFROM a\nCOPY --from=one / /\nCOPY --from=y / /\n");
    expect(looks).toEqual(["a linux/amd64", "x linux/arm64"]);
  });

  it("make what they copy count", async () => {
    expect(await changes(dockerfile, notes)).toBe(false);
    triggers = { a: ["COPY notes.txt /"] };
    expect(await changes(dockerfile, notes)).toBe(true);
    expect(await changes(dockerfile, () => write("other.txt", "new"))).toBe(false);
  });

  it("are content themselves, also if what they copy does not exist yet", async () => {
    const before = await contentOf(dockerfile);
    triggers = { a: ["COPY notes* /"] };
    expect((await contentOf(dockerfile)).tag).not.toBe(before.tag);
  });

  it("bring the images that they copy from, and the arguments that they declare", async () => {
    triggers = { a: ["ARG X", "COPY --from=tools /x /"] };
    expect((await contentOf(dockerfile)).bases.map(({ reference }) => reference)).toEqual(["a", "tools"]);
    expect(await changes(dockerfile, () => (images = { tools: { digest: "sha256:2" } }))).toBe(true);
    const withArgument = async (value: string) =>
      (await contentOf(dockerfile, { inputs: { "build-args": `X=${value}` } })).tag;
    expect(await withArgument("1")).not.toBe(await withArgument("2"));
  });

  it("are known of an image that the engine has", async () => {
    images = { a: { from: "engine", triggers: ["COPY . /app"] } };
    expect(await changes(dockerfile, notes)).toBe(true);
    expect(looks).toEqual([]);
  });

  it("that cannot be read make everything count, with a word", async () => {
    triggers = { a: new Error("a: 403 Forbidden.") };
    expect(await changes(dockerfile, notes)).toBe(true);
    expect(log.join("\n")).toContain("a: 403 Forbidden. Everything in the context and every build argument counts");
    const withArgument = async (value: string) =>
      (await contentOf(dockerfile, { inputs: { "build-args": `X=${value}` } })).tag;
    expect(await withArgument("1")).not.toBe(await withArgument("2"));
  });
});

describe("the frontend", () => {
  it("is content by its digest; the classic builder has none", async () => {
    const dockerfile = "# syntax=docker/dockerfile:1\nFROM scratch\nCOPY main.js /\n";
    const moved = () => (images = { "docker/dockerfile:1": { digest: `sha256:${Math.random()}` } });
    expect(await changes(dockerfile, moved)).toBe(true);
    expect(await changes(dockerfile, moved, { builder: { kind: "classic" } })).toBe(false);
    expect(looks).toEqual([]);
  });
});

describe("the platform", () => {
  const basesOf = async (run: Run) =>
    (await contentOf("FROM a:${TARGETARCH}\n", run)).bases.map(({ reference }) => reference);

  it("is the builder's own if none is given", async () => {
    expect(await basesOf({ builder: { platform: "linux/riscv64" } })).toEqual(["a:riscv64"]);
    expect(await basesOf({ inputs: { platforms: "linux/s390x,linux/amd64" } })).toEqual(["a:amd64", "a:s390x"]);
    const environment = { DOCKER_DEFAULT_PLATFORM: "linux/arm64" };
    expect(await basesOf({ environment })).toEqual(["a:arm64"]);
  });

  it("is content", async () => {
    const tagOn = async (platform: string) => (await contentOf("FROM scratch\n", { builder: { platform } })).tag;
    expect(await tagOn("linux/riscv64")).not.toBe(await tagOn("linux/amd64"));
  });
});

describe("a Dockerfile that no builder understands", () => {
  it("is refused before anything is looked up", async () => {
    await expect(contentOf("FROM a\nWRONG\n")).rejects.toThrow('Dockerfile, line 2: "WRONG" is no instruction');
    expect(looks).toEqual([]);
  });
});
