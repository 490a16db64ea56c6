// Which ignore file counts, and what is wrong with it. What each builder does was tried with docker 20.10 and buildx 0.13;
// test/build-push/check.ts tries part of it on every run.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { readContext } from "../src/context.ts";
import type { BuilderKind } from "../src/ignore-rules.ts";

let folder: string;
let context: string;
beforeEach(() => {
  folder = makeTestFolder("ignore-file-");
  context = join(folder, "context");
  mkdirSync(join(context, "sub"), { recursive: true });
  for (const name of ["a", "b"]) writeFileSync(join(context, name), name);
});

/** Which of the files a and b count. */
async function counted(builder: BuilderKind, dockerfile = "Dockerfile"): Promise<string> {
  const entries = await readContext(context, join(context, dockerfile), { ignoreFile: builder });
  return entries
    .map(({ path }) => path)
    .filter((path) => path === "a" || path === "b")
    .join("");
}

describe("which file counts", () => {
  const write = (path: string, text: string) => writeFileSync(join(context, path), text);
  const link = (target: string, path: string) => symlinkSync(target, join(context, path));

  it.each<[string, () => void, string, string]>([
    ["none", () => undefined, "ab", "ab"],
    [".dockerignore", () => write(".dockerignore", "a\n"), "b", "b"],
    [
      "the Dockerfile's own, only in BuildKit",
      () => (write("Dockerfile.dockerignore", "a\n"), write(".dockerignore", "b\n")),
      "b",
      "a",
    ],
    [
      "an empty one of the Dockerfile",
      () => (write("Dockerfile.dockerignore", ""), write(".dockerignore", "b\n")),
      "ab",
      "a",
    ],
    [
      "a folder with the name of the Dockerfile's own",
      () => (mkdirSync(join(context, "Dockerfile.dockerignore")), write(".dockerignore", "b\n")),
      "a",
      "a",
    ],
    ["a link within the context", () => (write("sub/rules", "a\n"), link("sub/rules", ".dockerignore")), "b", "b"],
    [
      "a link through a linked folder",
      () => (write("sub/rules", "a\n"), link("sub", "other"), link("other/../sub/rules", ".dockerignore")),
      "b",
      "b",
    ],
    [
      "a link out of the context: BuildKit does not follow it",
      () => (writeFileSync(join(folder, "rules"), "a\n"), link("../rules", ".dockerignore")),
      "ab",
      "b",
    ],
    [
      "a link that BuildKit finds, because for it the context is the root",
      () => (write("rules", "a\n"), link("../../rules", ".dockerignore")),
      "b",
      "ab",
    ],
    ["an absolute link", () => (write("rules", "a\n"), link("/rules", ".dockerignore")), "b", "ab"],
    [
      "a link of the Dockerfile's own that leads out",
      () => (
        writeFileSync(join(folder, "rules"), "a\n"),
        link("../rules", "Dockerfile.dockerignore"),
        write(".dockerignore", "b\n")
      ),
      "a",
      "a",
    ],
    ["a link to itself, which no program can open", () => link(".dockerignore", ".dockerignore"), "ab", "refused"],
    ["a link to nothing", () => link("nowhere", ".dockerignore"), "ab", "ab"],
    ["a link to /dev/null", () => link("/dev/null", ".dockerignore"), "ab", "ab"],
    ["a folder", () => mkdirSync(join(context, ".dockerignore")), "ab", "refused"],
    ["a named pipe", () => execFileSync("mkfifo", [join(context, ".dockerignore")]), "refused", "refused"],
  ])("%s", async (_case, arrange, buildkit, classic) => {
    arrange();
    const seen = { buildkit: "", classic: "" };
    for (const builder of ["buildkit", "classic"] as const) {
      const error = await errorOf(async () => (seen[builder] = await counted(builder)));
      if (!error) continue;
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toContain(join(context, ".dockerignore"));
      seen[builder] = "refused";
    }
    expect(seen).toEqual({ buildkit, classic });
  });

  it("beside a Dockerfile in another folder", async () => {
    write("sub/Dockerfile.dockerignore", "a\n");
    expect(await counted("buildkit", "sub/Dockerfile")).toBe("b");
  });

  it("an exception with a wildcard is looked for below excluded folders by BuildKit, not by the classic builder", async () => {
    write(".dockerignore", "sub\n!**/keep\n");
    write("sub/keep", "");
    const paths = async (ignoreFile: BuilderKind) =>
      (await readContext(context, join(context, "Dockerfile"), { ignoreFile })).map(({ path }) => path);
    expect(await paths("buildkit")).toEqual([".dockerignore", "a", "b", "sub", "sub/keep"]);
    expect(await paths("classic")).toEqual([".dockerignore", "a", "b"]);
  });
});

describe("a file that docker refuses", () => {
  const message = async (text: string): Promise<string> => {
    writeFileSync(join(context, ".dockerignore"), text);
    const error = await errorOf(() => counted("buildkit"));
    expect(error).toBeInstanceOf(ConfigurationError);
    return error!.message;
  };

  it("is reported with all its lines", async () => {
    expect(await message(`*.md\n!\na[\n${"x".repeat(65_536)}\n`)).toBe(
      [
        `${join(context, ".dockerignore")} has lines that docker refuses:`,
        "  line 2 is a ! without a pattern",
        '  line 3 has a syntax error in the pattern "a["',
        "  line 4 is longer than 65535 bytes",
      ].join("\n"),
    );
  });

  it("is reported where the builder comes to the pattern, and not before", async () => {
    expect(await message("logs\nx*[z-a]\n")).toMatch(
      /\.dockerignore, line 2: docker refuses the pattern "x\*\[z-a\]" \(invalid character class range\)/,
    );
    rmSync(join(context, "sub"), { recursive: true });
    writeFileSync(join(context, ".dockerignore"), "!x*[z-a]\n");
    // An exception is only tried on what is excluded.
    expect(await counted("buildkit")).toBe("ab");
  });
});
