// What of a folder is the build context: every kind of file, names of any bytes, .git, and as many files as there are.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { errorOf } from "../../../test/lib/error-of.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { ConfigurationError } from "../../shared/src/errors.ts";
import { runProcess } from "../../shared/src/process.ts";
import { commitOf } from "../src/content.ts";
import { readContext, type Entry, type PathFilter, type ReadOptions } from "../src/context.ts";

let folder: string;
beforeEach(() => {
  folder = makeTestFolder("context-");
});

const read = (options: Partial<ReadOptions> = {}, context = folder): Promise<Entry[]> =>
  readContext(context, join(context, "Dockerfile"), { ignoreFile: "buildkit", ...options });
const pathsOf = (entries: Entry[]): string[] => entries.map(({ path }) => path);
const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);

describe("kinds of files", () => {
  it("a named pipe counts and is not opened", async () => {
    execFileSync("mkfifo", ["-m", "640", join(folder, "pipe")]);
    for (const ignoreFile of ["buildkit", "classic"] as const)
      expect(await read({ ignoreFile })).toEqual([{ path: "pipe", description: "pipe 640" }]);
  });

  it("a socket counts in BuildKit, which makes an empty file of it, and not in the classic builder", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
    try {
      chmodSync(join(folder, "s"), 0o755);
      expect(await read()).toEqual([{ path: "s", description: "socket 755" }]);
      expect(await read({ ignoreFile: "classic" })).toEqual([]);
    } finally {
      server.close();
    }
  });

  it("what is removed while the folder is read does not count", async () => {
    mkdirSync(join(folder, "sub"));
    write("a", "");
    write("sub/b", "");
    const includes = (path: string) => (rmSync(join(folder, path), { recursive: true, force: true }), true);
    expect(await read({ filter: { includes, mayInclude: () => true, git: "no" } })).toEqual([]);
  });

  it("a context that does not exist is the user's mistake", async () => {
    const error = await errorOf(() => read({}, join(folder, "nowhere")));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error!.message).toContain("nowhere is no folder");
  });
});

describe("names that are no UTF-8", () => {
  const latin1 = (text: string) => Buffer.from(`${folder}/${text}`, "latin1");

  it("are read, and are different content if their bytes differ", async () => {
    const described = new Set<string>();
    for (const name of ["\xe9", "\xe8", "\xe9\xe8", "\u00c3\u00a9"]) {
      mkdirSync(latin1(name));
      writeFileSync(Buffer.concat([latin1(name), Buffer.from("/x")]), "");
      symlinkSync(Buffer.from(name, "latin1"), join(folder, "link"));
      const entries = await read();
      expect(entries).toHaveLength(3);
      for (const { path, description } of entries) described.add(`${path} ${description}`);
      rmSync(latin1(name), { recursive: true });
      rmSync(join(folder, "link"));
    }
    // Of the last name, which is UTF-8, the bytes are not needed.
    expect(described.size).toBe(12);
    expect(described).toContain("é folder 755");
  });

  it("are in one order, wherever the folder is and however it was written", async () => {
    const names = ["\xe9", "\xe8", "\xe7", "\xe6", "\xe5", "z", "a"];
    const contents: string[] = [];
    for (const written of [names, names.toReversed()]) {
      for (const name of written) writeFileSync(latin1(name), name);
      contents.push(JSON.stringify(await read()));
      for (const name of written) rmSync(latin1(name));
    }
    expect(contents[0]).toBe(contents[1]);
  });

  it("with a character that stands for what cannot be read, which is UTF-8", async () => {
    write("\u{FFFD}", "");
    expect(pathsOf(await read())).toEqual(["\u{FFFD}"]);
  });
});

describe("what cannot be read", () => {
  /** As a user for whom permissions count, which they do not for root. */
  async function asUser<T>(work: () => Promise<T>): Promise<T> {
    const isRoot = process.geteuid?.() === 0;
    chmodSync(folder, 0o755);
    if (isRoot) process.seteuid?.(65_534);
    try {
      return await work();
    } finally {
      if (isRoot) process.seteuid?.(0);
      for (const path of ["closed", "also", "file"]) chmodSync(join(folder, path), 0o755);
    }
  }

  beforeEach(() => {
    mkdirSync(join(folder, "closed"));
    mkdirSync(join(folder, "also"));
    for (const path of ["closed/a", "also/a", "file"]) write(path, "");
    for (const path of ["closed", "also", "file"]) chmodSync(join(folder, path), 0);
  });

  it("is reported, all of it, and is the user's to fix", async () => {
    const error = await asUser(() => errorOf(() => read()));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error!.message.split("\n").toSorted()).toEqual(
      [
        `context: parts of ${folder} cannot be read; nothing was built.`,
        "  also: EACCES: permission denied",
        "  closed: EACCES: permission denied",
        "  file: EACCES: permission denied",
        "  Change their permissions, or exclude them in .dockerignore if the build does not need them.",
      ].toSorted(),
    );
  });

  it.each([
    ["excluded", "closed\nalso\nfile\n"],
    ["excluded, with exceptions that could be in it", "*\n!closed/b\n!**/c\n"],
  ])("is no matter if it is %s", async (_case, rules) => {
    write(".dockerignore", rules);
    expect(pathsOf(await asUser(() => read())).filter((path) => path !== ".dockerignore")).toEqual([]);
  });

  it("is reported if it is the ignore file", async () => {
    write(".dockerignore", "*\n");
    chmodSync(join(folder, ".dockerignore"), 0);
    const error = await asUser(() => errorOf(() => read()));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error!.message).toContain(`${join(folder, ".dockerignore")} cannot be read: EACCES: permission denied`);
  });

  it("is no matter if no step reads it", async () => {
    const filter: PathFilter = { includes: () => false, mayInclude: () => false, git: "no" };
    expect(await asUser(() => read({ filter }))).toEqual([]);
  });
});

describe("a build that reads a part", () => {
  it("has the entries that the filter includes, and no folder that is only on the way", async () => {
    mkdirSync(join(folder, "src/lib"), { recursive: true });
    mkdirSync(join(folder, "docs"));
    for (const path of ["src/lib/a.ts", "src/lib/b.md", "src/c.ts", "docs/d", "e"]) write(path, "");
    write(".dockerignore", "**/*.md\n");
    const walked: string[] = [];
    const filter: PathFilter = {
      includes: (path) => path.startsWith("src/lib"),
      mayInclude: (path) => (walked.push(path), "src/lib".startsWith(path)),
      git: "no",
    };
    expect(pathsOf(await read({ filter }))).toEqual(["src/lib", "src/lib/a.ts"]);
    expect(walked.toSorted()).toEqual(["docs", "src"]);
  });

  it("does not read .dockerignore if no step copies from the context, as BuildKit does not", async () => {
    write(".dockerignore", "!\n");
    mkdirSync(join(folder, ".git"));
    expect(await read({ filter: { includes: () => false, mayInclude: () => false, git: "no" } })).toEqual([]);
    await expect(read()).rejects.toThrow("! without a pattern");
  });
});

describe(".git", () => {
  const git = (context: string, ...args: string[]) =>
    execFileSync("git", ["-C", context, "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], {
      encoding: "utf8",
    }).trim();
  const everything = (mode: PathFilter["git"]): PathFilter => ({
    includes: () => true,
    mayInclude: () => true,
    git: mode,
  });
  let repository: string;
  let commit: string;
  beforeEach(() => {
    repository = join(folder, "repository");
    mkdirSync(repository);
    git(repository, "init", "-q");
    writeFileSync(join(repository, "main.js"), "1\n");
    git(repository, "add", "-A");
    git(repository, "commit", "-qm", "change");
    commit = git(repository, "rev-parse", "HEAD");
  });

  it("clones of one commit are the same content", async () => {
    const clones = Array.from({ length: 4 }, (_value, index) => join(folder, `clone-${index}`));
    for (const clone of clones) git(folder, "clone", "-q", repository, clone);
    git(clones[0]!, "branch", "another");
    git(clones[1]!, "gc", "-q");
    const contents = await Promise.all(clones.map(async (clone) => JSON.stringify(await read({}, clone))));
    expect(new Set(contents).size).toBe(1);
    expect(contents[0]).not.toContain(".git");
    const withCommit = await Promise.all(
      clones.map((clone) => read({ filter: everything("commit"), commit: async () => commit }, clone)),
    );
    expect(withCommit[0]).toContainEqual({ path: ".git", description: `commit ${commit}` });
    expect(new Set(withCommit.map((entries) => JSON.stringify(entries))).size).toBe(1);
  });

  it("counts with its files if a step names it", async () => {
    expect(pathsOf(await read({ filter: everything("files") }, repository))).toContain(".git/HEAD");
  });

  it.each(["repository", "worktree"])("does not count in a %s, which is said once", async (kind) => {
    // There it is a file.
    if (kind === "worktree") git(repository, "worktree", "add", "-q", join(folder, "worktree"));
    const log: string[] = [];
    expect(pathsOf(await read({ log: (line) => log.push(line) }, join(folder, kind)))).toEqual(["main.js"]);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/\.git in .* is sent to the builder, but does not count as content/);
  });

  it.each([".git\n", "*\n!main.js\n"])("is not mentioned if %j excludes it", async (rules) => {
    writeFileSync(join(repository, ".dockerignore"), rules);
    const log: string[] = [];
    for (const mode of ["no", "commit", "files"] as const) {
      const filter = everything(mode);
      const entries = await read({ filter, commit: async () => commit, log: (line) => log.push(line) }, repository);
      expect(pathsOf(entries).filter((path) => path.startsWith(".git"))).toEqual([]);
    }
    expect(log).toEqual([]);
  });

  it("is not written to while it is read", async () => {
    const index = () => readFileSync(join(repository, ".git/index"));
    const before = index();
    // Another time of change makes git refresh its index, if it may.
    utimesSync(join(repository, "main.js"), 1_000_000_000, 1_000_000_000);
    expect(await commitOf({ context: repository, dockerfile: join(repository, "main.js") }, runProcess, {})).toEqual({
      commit,
      dirty: false,
    });
    expect(index()).toEqual(before);
  });
});

it("more files than may be open at the same time", () => {
  for (let index = 0; index < 600; index++) write(`f${index}`, String(index));
  const module = pathToFileURL(join(import.meta.dirname, "../src/context.ts")).href;
  const program = `
    const { readContext } = await import(${JSON.stringify(module)});
    const entries = await readContext(process.argv[1], process.argv[1] + "/Dockerfile", { ignoreFile: "buildkit" });
    process.stdout.write(String(entries.length));`;
  const command = 'ulimit -n 100 && exec "$0" --input-type=module --eval "$1" "$2"';
  expect(execFileSync("sh", ["-c", command, process.execPath, program, folder], { encoding: "utf8" })).toBe("600");
});
