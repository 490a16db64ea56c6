import {
  chmodSync,
  cpSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProcess } from "../../shared/src/process.ts";
import { commitOf, hashContent, type BuildContent } from "../src/content.ts";
import { readContext } from "../src/context.ts";
import { Checkout } from "./checkout.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

let checkout: Checkout;
beforeEach(() => {
  checkout = new Checkout();
});
afterEach(() => checkout.remove());

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const base = (reference: string, letter: string) => ({ reference, digest: digest(letter), from: "registry" as const });
const hashOf = async (context: string, more: Partial<BuildContent> = {}) => {
  const dockerfile = join(context, "Dockerfile");
  return hashContent({
    entries: await readContext(context, dockerfile, { ignoreFile: "buildkit" }),
    dockerfile: readFileSync(dockerfile, "utf8"),
    buildArgs: new Map(),
    target: undefined,
    platforms: ["linux/amd64"],
    reads: "all",
    bases: [],
    triggers: new Map(),
    contexts: [],
    attestations: [],
    signer: undefined,
    ...more,
  });
};
const checkoutHash = (more: Partial<BuildContent> = {}) => hashOf(checkout.context, more);

describe("the content", () => {
  it("stays the same as long as nothing in the context changes, whatever else the commit changes", async () => {
    const before = await checkoutHash();
    checkout.write("README.md", "elsewhere\n");
    checkout.write("api/README.md", "not in the image\n");
    mkdirSync(join(checkout.context, "test"));
    checkout.write("api/test/a.test.js", "1");
    checkout.commit();
    expect(await checkoutHash()).toBe(before);
  });

  it.each<[string, () => void]>([
    ["a file", () => checkout.write("api/main.js", "2\n")],
    ["a new file, empty", () => checkout.write("api/more.js", "")],
    [
      "a file that git ignores and docker does not",
      () => (mkdirSync(join(checkout.context, "node_modules")), checkout.write("api/node_modules/x.js", "x")),
    ],
    ["a removed file", () => rmSync(join(checkout.context, "main.js"))],
    ["a renamed file", () => renameSync(join(checkout.context, "main.js"), join(checkout.context, "other.js"))],
    ["the executable bit", () => chmodSync(join(checkout.context, "main.js"), 0o755)],
    ["read permissions", () => chmodSync(join(checkout.context, "main.js"), 0o600)],
    ["a link", () => symlinkSync("main.js", join(checkout.context, "link.js"))],
    ["an empty folder", () => mkdirSync(join(checkout.context, "empty"))],
    ["the Dockerfile", () => checkout.write("api/Dockerfile", "FROM scratch\nUSER 1001\n")],
    ["the ignore rules", () => checkout.write("api/.dockerignore", "test\n")],
  ])("changes with %s", async (_case, change) => {
    const before = await checkoutHash();
    change();
    expect(await checkoutHash()).not.toBe(before);
  });

  it("changes with each build argument, target, platform and base image, and not with their order", async () => {
    const settings: Partial<BuildContent>[] = [
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
      { signer: "a" },
      { signer: "b" },
    ];
    const hashes = await Promise.all(settings.map(checkoutHash));
    expect(new Set(hashes).size).toBe(settings.length);
    expect(
      await checkoutHash({
        buildArgs: new Map([
          ["B", "2"],
          ["A", "1"],
        ]),
      }),
    ).toBe(hashes[1]);
    expect(await checkoutHash({ platforms: ["linux/arm64", "linux/amd64"] })).toBe(hashes[7]);
    expect(await checkoutHash({ bases: [base("tools:1", "a"), base("node:24", "a")] })).toBe(hashes[10]);
  });

  it("prefers a Dockerfile's own ignore file to the folder's", async () => {
    const before = await checkoutHash();
    checkout.write("api/Dockerfile.dockerignore", "*\n!main.js\n");
    const withOwnFile = await checkoutHash();
    expect(withOwnFile).not.toBe(before);
    checkout.write("api/other.js", "ignored now");
    expect(await checkoutHash()).toBe(withOwnFile);
  });

  it("matches ignore rules case-sensitively, as docker does", async () => {
    const before = await checkoutHash();
    checkout.write("api/notes.MD", "*.md does not match it");
    expect(await checkoutHash()).not.toBe(before);
  });

  it("streams large files, and detects a change in the middle", async () => {
    const bytes = Buffer.alloc(9_000_000, 7);
    writeFileSync(join(checkout.context, "model.onnx"), bytes);
    const before = await checkoutHash();
    bytes[5_000_000] = 8;
    writeFileSync(join(checkout.context, "model.onnx"), bytes);
    expect(await checkoutHash()).not.toBe(before);
  });
});

describe("the version", () => {
  const version = () =>
    commitOf({ context: checkout.context, dockerfile: join(checkout.context, "Dockerfile") }, runProcess, {});

  it("is the commit; dirty with a change in the context or in a Dockerfile outside it, and with no other", async () => {
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

  it("is the run's commit without a checkout, and an error without either", async () => {
    const folder = makeTestFolder("no-checkout-");
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const paths = { context: folder, dockerfile: join(folder, "Dockerfile") };
    expect(await commitOf(paths, runProcess, { GITHUB_SHA: "abc" })).toEqual({ commit: "abc", dirty: false });
    await expect(commitOf(paths, runProcess, {})).rejects.toThrow("Check it out with git, or set GITHUB_SHA");
  });
});

// A tree of files as data, and the changes that can be made to it.
type Tree = Map<string, { kind: "file"; bytes: Uint8Array; mode: number } | { kind: "link"; target: string }>;

/** Plain objects, which can be compared with object literals. */
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
/** No path is below another one that is a file. */
const tree: fc.Arbitrary<Tree> = fc.array(fc.tuple(path, entry), { minLength: 1, maxLength: 8 }).map((entries) => {
  const kept: Tree = new Map();
  for (const [path, entry] of entries) if (isFree(kept, path)) kept.set(path, entry);
  return kept;
});

function isFree(files: Tree, path: string): boolean {
  return ![...files.keys()].some(
    (other) => other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
  );
}

/** Writes the tree to a new folder, in the order of its entries. */
function writeTree(files: Tree): string {
  const folder = makeTestFolder("tree-");
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
  for (const [path, entry] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (entry.kind === "link") symlinkSync(entry.target, join(folder, path));
    else {
      writeFileSync(join(folder, path), entry.bytes);
      chmodSync(join(folder, path), entry.mode);
    }
  }
  return folder;
}

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

function applyChange(before: Tree, change: typeof changes extends fc.Arbitrary<infer T> ? T : never): Tree {
  const after: Tree = new Map(before);
  const [path, entry] = [...before][change.at % before.size]!;
  if (change.what === "remove") after.delete(path);
  else if (change.what === "rename") {
    after.delete(path);
    after.set(isFree(after, change.to) ? change.to : path, entry);
  } else if (change.what === "add") {
    if (isFree(after, change.to)) after.set(change.to, change.entry);
  } else if (change.what === "link") after.set(path, { kind: "link", target: change.target });
  else if (entry.kind === "file")
    after.set(path, change.what === "bytes" ? { ...entry, bytes: change.bytes } : { ...entry, mode: change.mode });
  return after;
}

describe("for any tree", () => {
  it("every change of content, name, mode or link changes the hash", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(tree, changes, async (before, change) => {
        const after = applyChange(before, change);
        fc.pre(!isDeepStrictEqual(before, after));
        const folders = [writeTree(before), writeTree(after)];
        const hashes = await Promise.all(folders.map((folder) => hashOf(folder)));
        for (const folder of folders) rmSync(folder, { recursive: true });
        expect(hashes[0]).not.toBe(hashes[1]);
      }),
      { numRuns: 150 },
    );
  });

  it("its location, order, timestamps and owners do not", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.date({ min: new Date("1990-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
        async (files, time) => {
          const original = writeTree(files);
          // Written in reverse, then copied: another order on disk.
          const reversed = writeTree(new Map([...files].toReversed()));
          const copy = makeTestFolder("copy-");
          cpSync(reversed, copy, { recursive: true, verbatimSymlinks: true });
          for (const path of readdirSync(copy, { recursive: true }) as string[]) {
            lutimesSync(join(copy, path), time, time);
            if (process.getuid?.() === 0) lchownSync(join(copy, path), 1234, 1234);
          }
          // A change of owner clears the set-user-ID bit.
          for (const [path, entry] of files) if (entry.kind === "file") chmodSync(join(copy, path), entry.mode);
          const folders = [original, reversed, copy];
          const hashes = await Promise.all(folders.map((folder) => hashOf(folder)));
          for (const folder of folders) rmSync(folder, { recursive: true });
          expect(new Set(hashes).size).toBe(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a file that is removed and restored leaves the hash as it was", async () => {
    const before = await checkoutHash();
    unlinkSync(join(checkout.context, "main.js"));
    checkout.write("api/main.js", "1\n");
    expect(await checkoutHash()).toBe(before);
  });
});
