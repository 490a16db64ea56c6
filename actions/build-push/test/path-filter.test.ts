import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readContext } from "../src/context.ts";
import { followsLinks, pathFilter, wholeContext } from "../src/dockerfile/path-filter.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

const includes = (paths: string[], path: string) => pathFilter(paths, "no").includes(path);
const mayInclude = (paths: string[], path: string) => pathFilter(paths, "no").mayInclude(path);

describe("the part of the context", () => {
  it.each<[pattern: string, path: string, isIncluded: boolean]>([
    ["src", "src", true],
    ["src", "src/deep/file", true],
    ["src", "srcs", false],
    ["src/a", "src", false],
    ["*.js", "a.js", true],
    ["*.js", "src/a.js", false],
    ["*.js", "folder.js/b", true],
    ["*/package.json", "README.md", false],
    ["*/package.json", "web/package.json", true],
    ["go.su[m]", "go.sum", true],
    ["go.su[m]", "go.suM", false],
    ["[a-c]x", "bx", true],
    ["?.txt", "é.txt", true],
    ["?.txt", "💡.txt", true],
    // Not understood, or it matches "/" as well: everything that it could be.
    ["src/[^a]b", "src/xb", true],
    ["src/[^a]b", "src/other", true],
    ["src/[^a]b", "other", false],
    ["src/a\\*", "src/b", true],
    ["src/[b-a]", "src/x", true],
    ["src/[", "src/x", true],
    ["src/a[+-9]b", "src/a/b", true],
    ["**/x", "a/b/c/x", true],
    ["src/**", "src/x/y", true],
    ["src/**", "test/x", false],
    ["a*b*c*d*e", "anything", true],
  ])("COPY %s: %s is %s", (pattern, path, isIncluded) => expect(includes([pattern], path)).toBe(isIncluded));

  it("has the folders above it", () => {
    expect(mayInclude(["a/*/c.js"], "a")).toBe(true);
    expect(mayInclude(["a/*/c.js"], "a/b")).toBe(true);
    expect(mayInclude(["a/*/c.js"], "a/b/c.js/d")).toBe(true);
    expect(mayInclude(["a/*/c.js"], "b")).toBe(false);
    expect(mayInclude([], "a")).toBe(false);
    expect(wholeContext("commit")).toMatchObject({ git: "commit" });
    expect(wholeContext("commit").includes("x")).toBe(true);
  });

  it("has every path that it names by itself, whatever is beside it", () => {
    const name = fc.stringMatching(/^[a-c.é]{1,3}$/).filter((text) => !/^\.+$/.test(text));
    const path = fc.array(name, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, fc.array(path, { maxLength: 3 }), fc.nat(), (names, others, star) => {
        const index = star % names.length;
        const wild = names.map((own, at) => (at === index ? `${own.slice(0, 1)}*` : own)).join("/");
        for (const pattern of [names.join("/"), wild]) {
          const filter = pathFilter([...others.map((other) => other.join("/")), pattern], "no");
          expect(filter.includes(names.join("/"))).toBe(true);
          for (let depth = 1; depth < names.length; depth += 1)
            expect(filter.mayInclude(names.slice(0, depth).join("/"))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("symbolic links on the way", () => {
  const folder = makeTestFolder("links-");
  for (const path of ["real/deep", "web"]) mkdirSync(join(folder, path), { recursive: true });
  for (const path of ["real/a.js", "real/deep/b.js", "Dockerfile"]) writeFileSync(join(folder, path), "");
  for (const link of ["link", "web/link.js"]) symlinkSync("real", join(folder, link));
  symlinkSync("../real/a.js", join(folder, "web/inside.txt"));

  it.each<[paths: string[], follows: boolean]>([
    [["real"], false],
    [["link"], true],
    [["link/a.js"], true],
    [["link/deep/*.js"], true],
    [["web/*.js"], true],
    // A link in a folder that is copied stays a link.
    [["web"], false],
    [["*/a.js"], false],
    [["missing/x"], false],
  ])("%j: %s", async (paths, follows) => {
    const options = { filter: pathFilter(paths, "no"), ignoreFile: "buildkit" as const };
    const entries = await readContext(folder, join(folder, "Dockerfile"), options);
    expect(await followsLinks(folder, paths, entries)).toBe(follows);
  });
});
