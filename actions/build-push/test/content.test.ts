import {
  chmodSync,
  cpSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProcess } from "../../shared/src/process.ts";
import { commitOf, hashContent, type Ingredients } from "../src/content.ts";
import { readContext } from "../src/context.ts";
import { Checkout } from "./checkout.ts";

let checkout: Checkout;
beforeEach(() => {
  checkout = new Checkout();
});
afterEach(() => checkout.remove());

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const base = (reference: string, letter: string) => ({ reference, digest: digest(letter), from: "registry" as const });
const hashOf = async (context: string, more: Partial<Ingredients> = {}) => {
  const dockerfile = join(context, "Dockerfile");
  return hashContent({
    entries: await readContext(context, dockerfile),
    dockerfile: readFileSync(dockerfile, "utf8"),
    buildArgs: new Map(),
    target: undefined,
    platforms: ["linux/amd64"],
    bases: [],
    ...more,
  });
};
const here = (more: Partial<Ingredients> = {}) => hashOf(checkout.context, more);

describe("the content", () => {
  it("stays when nothing in the context changes, whatever else the commit brings", async () => {
    const before = await here();
    checkout.write("README.md", "elsewhere\n");
    checkout.write("api/README.md", "not in the image\n");
    mkdirSync(join(checkout.context, "test"));
    checkout.write("api/test/a.test.js", "1");
    checkout.commit();
    expect(await here()).toBe(before);
  });

  it.each<[string, () => void]>([
    ["a file", () => checkout.write("api/main.js", "2\n")],
    ["a new file, empty", () => checkout.write("api/more.js", "")],
    [
      "a file that git ignores and docker does not",
      () => (mkdirSync(join(checkout.context, "node_modules")), checkout.write("api/node_modules/x.js", "x")),
    ],
    ["a file that is gone", () => rmSync(join(checkout.context, "main.js"))],
    ["a name", () => renameSync(join(checkout.context, "main.js"), join(checkout.context, "other.js"))],
    ["the executable bit", () => chmodSync(join(checkout.context, "main.js"), 0o755)],
    ["who may read", () => chmodSync(join(checkout.context, "main.js"), 0o600)],
    ["a link", () => symlinkSync("main.js", join(checkout.context, "link.js"))],
    ["an empty folder", () => mkdirSync(join(checkout.context, "empty"))],
    ["the Dockerfile", () => checkout.write("api/Dockerfile", "FROM scratch\nUSER 1001\n")],
    ["what is ignored", () => checkout.write("api/.dockerignore", "test\n")],
  ])("changes with %s", async (_what, change) => {
    const before = await here();
    change();
    expect(await here()).not.toBe(before);
  });

  it("changes with each build argument, target, platform and base, and not with their order", async () => {
    const settings: Partial<Ingredients>[] = [
      {},
      {
        buildArgs: new Map([
          ["A", "1"],
          ["B", "2"],
        ]),
      },
      {
        buildArgs: new Map([
          ["A", "1"],
          ["B", "3"],
        ]),
      },
      {
        buildArgs: new Map([
          ["A", "1\nB"],
          ["", "2"],
        ]),
      },
      { target: "a" },
      { target: "b" },
      { platforms: ["linux/arm64"] },
      { platforms: ["linux/amd64", "linux/arm64"] },
      { bases: [base("node:24", "a")] },
      { bases: [base("node:24", "b")] },
      { bases: [base("node:24", "a"), base("tools:1", "a")] },
    ];
    const hashes = await Promise.all(settings.map(here));
    expect(new Set(hashes).size).toBe(settings.length);
    expect(
      await here({
        buildArgs: new Map([
          ["B", "2"],
          ["A", "1"],
        ]),
      }),
    ).toBe(hashes[1]);
    expect(await here({ platforms: ["linux/arm64", "linux/amd64"] })).toBe(hashes[7]);
    expect(await here({ bases: [base("tools:1", "a"), base("node:24", "a")] })).toBe(hashes[10]);
  });

  it("takes a Dockerfile's own ignore file before the folder's", async () => {
    const before = await here();
    checkout.write("api/Dockerfile.dockerignore", "*\n!main.js\n");
    const own = await here();
    expect(own).not.toBe(before);
    checkout.write("api/other.js", "ignored now");
    expect(await here()).toBe(own);
  });

  it("knows capitals in ignore rules, as docker does", async () => {
    const before = await here();
    checkout.write("api/notes.MD", "*.md does not mean it");
    expect(await here()).not.toBe(before);
  });

  it("reads large files in pieces, and finds a change in their middle", async () => {
    const bytes = Buffer.alloc(9_000_000, 7);
    writeFileSync(join(checkout.context, "model.onnx"), bytes);
    const before = await here();
    bytes[5_000_000] = 8;
    writeFileSync(join(checkout.context, "model.onnx"), bytes);
    expect(await here()).not.toBe(before);
  });
});

describe("the version", () => {
  const version = () =>
    commitOf({ context: checkout.context, dockerfile: join(checkout.context, "Dockerfile") }, runProcess, {});

  it("is the commit; dirty with any change in the context, or of a Dockerfile beside it, and with no other", async () => {
    const commit = checkout.git("rev-parse", "HEAD");
    checkout.write("README.md", "elsewhere\n");
    mkdirSync(join(checkout.context, "node_modules"));
    checkout.write("api/node_modules/x.js", "git ignores it");
    expect(await version()).toEqual({ commit, dirty: false });
    checkout.write("api/new.js", "");
    expect(await version()).toEqual({ commit, dirty: true });
    rmSync(join(checkout.context, "new.js"));
    const dockerfile = join(checkout.root, "Dockerfile.api");
    writeFileSync(dockerfile, "FROM scratch\n");
    expect(await commitOf({ context: checkout.context, dockerfile }, runProcess, {})).toEqual({ commit, dirty: true });
  });

  it("is the run's where there is no checkout, and asked for where there is no run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "no-checkout-"));
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const place = { context: folder, dockerfile: join(folder, "Dockerfile") };
    expect(await commitOf(place, runProcess, { GITHUB_SHA: "abc" })).toEqual({ commit: "abc", dirty: false });
    await expect(commitOf(place, runProcess, {})).rejects.toThrow("Check it out with git, or set GITHUB_SHA");
  });
});

// A tree of files as data: what a build reads, and what can be done to it.
type Tree = Map<string, { kind: "file"; bytes: Uint8Array; mode: number } | { kind: "link"; target: string }>;

/** Plain objects, which can be compared with those that a test makes. */
const record = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const name = fc
  .stringMatching(/^[A-Za-z0-9 _.ä雪-]{1,6}$/)
  .filter(
    (text) =>
      text.trim() === text && text !== "." && text !== ".." && text !== "Dockerfile" && text !== ".dockerignore",
  );
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const entry = fc.oneof(
  {
    weight: 4,
    arbitrary: record({
      kind: fc.constant("file" as const),
      bytes: fc.uint8Array({ maxLength: 64 }),
      mode: fc.constantFrom(0o644, 0o755, 0o600, 0o4755),
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      kind: fc.constant("link" as const),
      target: fc.constantFrom("main.js", "../outside", "nowhere"),
    }),
  },
);
/** No path lies below another that is a file. */
const tree: fc.Arbitrary<Tree> = fc.array(fc.tuple(path, entry), { minLength: 1, maxLength: 8 }).map((entries) => {
  const kept: Tree = new Map();
  for (const [one, what] of entries) {
    const clashes = [...kept.keys()].some(
      (other) => other === one || other.startsWith(`${one}/`) || one.startsWith(`${other}/`),
    );
    if (!clashes) kept.set(one, what);
  }
  return kept;
});

function lay(files: Tree): string {
  const folder = mkdtempSync(join(tmpdir(), "tree-"));
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
  for (const [one, what] of files) {
    mkdirSync(dirname(join(folder, one)), { recursive: true });
    if (what.kind === "link") symlinkSync(what.target, join(folder, one));
    else {
      writeFileSync(join(folder, one), what.bytes);
      chmodSync(join(folder, one), what.mode);
    }
  }
  return folder;
}

/** Everything of a tree has its kind, mode and content; a change of any is another tree. */
const same = (a: Tree, b: Tree) => isDeepStrictEqual(a, b);

const changes = fc.oneof(
  record({ what: fc.constant("bytes" as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 64 }) }),
  record({ what: fc.constant("mode" as const), at: fc.nat(), mode: fc.constantFrom(0o644, 0o755, 0o600, 0o640) }),
  record({ what: fc.constant("rename" as const), at: fc.nat(), to: path }),
  record({ what: fc.constant("remove" as const), at: fc.nat() }),
  record({ what: fc.constant("add" as const), at: fc.nat(), to: path, entry }),
  record({
    what: fc.constant("link" as const),
    at: fc.nat(),
    target: fc.constantFrom("main.js", "nowhere", "elsewhere"),
  }),
);

function changed(before: Tree, change: typeof changes extends fc.Arbitrary<infer T> ? T : never): Tree {
  const after: Tree = new Map(before);
  const [one, what] = [...before][change.at % before.size]!;
  const free = (to: string) =>
    ![...after.keys()].some((other) => other === to || other.startsWith(`${to}/`) || to.startsWith(`${other}/`));
  if (change.what === "remove") after.delete(one);
  else if (change.what === "rename") {
    after.delete(one);
    after.set(free(change.to) ? change.to : one, what);
  } else if (change.what === "add") {
    if (free(change.to)) after.set(change.to, change.entry);
  } else if (change.what === "link") after.set(one, { kind: "link", target: change.target });
  else if (what.kind === "file")
    after.set(one, change.what === "bytes" ? { ...what, bytes: change.bytes } : { ...what, mode: change.mode });
  return after;
}

describe("for any tree", () => {
  it("every change of content, name, mode or link changes the hash", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(tree, changes, async (before, change) => {
        const after = changed(before, change);
        fc.pre(!same(before, after));
        const [a, b] = [lay(before), lay(after)];
        const [one, other] = await Promise.all([hashOf(a), hashOf(b)]);
        for (const folder of [a, b]) rmSync(folder, { recursive: true });
        expect(one).not.toBe(other);
      }),
      { numRuns: 150 },
    );
  });

  it("no other place, order, time or owner does", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.date({ min: new Date("1990-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
        async (files, time) => {
          const first = lay(files);
          // The other way round, then copied: another order on the disk.
          const other = lay(new Map([...files].toReversed()));
          const copy = mkdtempSync(join(tmpdir(), "copy-"));
          cpSync(other, copy, { recursive: true, verbatimSymlinks: true });
          for (const below of readdirSync(copy, { recursive: true }) as string[]) {
            lutimesSync(join(copy, below), time, time);
            if (process.getuid?.() === 0) lchownSync(join(copy, below), 1234, 1234);
          }
          // A change of owner takes the set-user-id bit away.
          for (const [one, what] of files) if (what.kind === "file") chmodSync(join(copy, one), what.mode);
          const hashes = await Promise.all([first, other, copy].map((folder) => hashOf(folder)));
          for (const folder of [first, other, copy]) rmSync(folder, { recursive: true });
          expect(new Set(hashes).size).toBe(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("what is removed and put back is the same", async () => {
    const before = await here();
    unlinkSync(join(checkout.context, "main.js"));
    checkout.write("api/main.js", "1\n");
    expect(await here()).toBe(before);
  });
});
