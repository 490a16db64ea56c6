// Which files migrate reads, and how it writes them.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import * as fsPromises from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { printable } from "../../../actions/shared/src/printable.ts";
import { repository } from "./fixtures.ts";
import { path, before, after, stuck, repositoryWith, migrate } from "./run-migrate.ts";

describe("without files", () => {
  it("takes workflows and composite actions, and no packages", async () => {
    const composite =
      "runs:\n  using: composite\n  steps:\n    - uses: aws-actions/amazon-ecs-deploy-task-definition@v2\n      with: {task-definition: a}\n";
    const { folder, read } = repositoryWith({
      [path]: before,
      ".github/workflows/other.yaml": before,
      ".github/workflows/notes.txt": before,
      ".github/workflows/inner/deploy.yml": before,
      ".github/actions/deploy/action.yml": composite,
      "tools/deploy/action.yaml": composite,
      "node_modules/tool/action.yml": composite,
      "docs/action.yml": "not: [YAML, and of no interest",
    });
    const { code, outputs } = await migrate(folder);
    expect(code).toBe(0);
    expect(outputs["files"]).toMatchObject([
      { path: ".github/actions/deploy/action.yml" },
      { path },
      { path: ".github/workflows/other.yaml" },
      { path: "tools/deploy/action.yaml" },
    ]);
    expect(read(path)).toBe(after);
    expect(read("tools/deploy/action.yaml")).toContain(`uses: ${repository}/actions/deploy@v1\n`);
    for (const kept of [".github/workflows/notes.txt", ".github/workflows/inner/deploy.yml"])
      expect(read(kept)).toBe(before);
  });

  it("says so if there is nothing to do, also the second time", async () => {
    const { folder, read } = repositoryWith({ [path]: before });
    expect((await migrate(folder)).text).toContain("Moved 1 step in 1 file to rainbow-seeker/deploy-toolkit@v1:");
    const second = await migrate(folder);
    expect(second).toMatchObject({
      code: 0,
      text: "Nothing to move: 1 file looked at, 1 step with rainbow-seeker/deploy-toolkit already.",
      outputs: { changed: false, diff: "" },
    });
    expect(read(path)).toBe(after);
  });

  it("refuses a folder that is no repository's", async () => {
    await expect(migrate(repositoryWith({ "a.txt": "" }).folder)).rejects.toThrow(
      /There is no \.github\/workflows in .*: run|Run the command in the root/,
    );
  });
});

describe("named files", () => {
  it("are the only ones, in any order, each once", async () => {
    const { folder, read } = repositoryWith({ [path]: before, "b.yml": before, "c.yml": before });
    const { outputs } = await migrate(folder, { files: `c.yml\n./b.yml\nb.yml\n${folder}/c.yml` });
    expect(outputs["files"]).toMatchObject([{ path: "c.yml" }, { path: "b.yml" }]);
    expect([read("b.yml"), read("c.yml"), read(path)]).toEqual([after, after, before]);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ["YAML that cannot be read", "jobs:\n  a: [1\n", /bad\.yml:3:1 {2}/],
    ["a key that is there twice", "a: 1\na: 2\n", /bad\.yml:2:1 {2}Map keys must be unique/],
    ["an alias without an anchor", "a: *b\n", /bad\.yml:1:4 {2}The alias \*b has no anchor/],
    ["a tab as indentation", "a:\n\tb: 1\n", /bad\.yml:2:1 {2}Tabs are not allowed/],
    ["no UTF-8", Buffer.from([0x61, 0x3a, 0x20, 0xff]), /bad\.yml is no text in UTF-8/],
  ])("change nothing if one has %s", async (_, text, message) => {
    const { folder, read } = repositoryWith({ "good.yml": before, "bad.yml": text });
    const error = await migrate(folder, { files: "good.yml\nbad.yml" }).catch((one: Error) => one);
    expect(error).toMatchObject({ name: "ConfigurationError", message: expect.stringMatching(message) });
    expect((error as Error).message).toContain("Nothing was changed.");
    expect(read("good.yml")).toBe(before);
  });

  it("are refused together if there are none such", async () => {
    const { folder } = repositoryWith({ "folder/a.yml": before });
    await expect(migrate(folder, { files: "missing.yml\nfolder\n../other.yml" })).rejects.toThrow(
      /missing\.yml does not exist\.\nfolder is a folder: name the files in it\.\n\.\.\/other\.yml is outside of /,
    );
  });
});

describe("links and permissions", () => {
  it("follows a link in the folder, and keeps it", async () => {
    const { folder, read } = repositoryWith({ "shared/deploy.yml": before, ".github/workflows/none": "" });
    fs.symlinkSync("../../shared/deploy.yml", join(folder, path));
    const { outputs } = await migrate(folder, { files: `${path}\nshared/deploy.yml` });
    expect(outputs["files"]).toMatchObject([{ path }]);
    expect(fs.lstatSync(join(folder, path)).isSymbolicLink()).toBe(true);
    expect(read("shared/deploy.yml")).toBe(after);
  });

  it("does not write through a link that leaves the folder", async () => {
    const other = repositoryWith({ "deploy.yml": before });
    const { folder } = repositoryWith({ ".github/workflows/none": "" });
    fs.symlinkSync(join(other.folder, "deploy.yml"), join(folder, path));
    const { code, text } = await migrate(folder);
    expect(code).toBe(1);
    expect(text).toMatch(
      /deploy\.yml:6:15 {2}the file is a symbolic link to .*, outside of this folder\. Run the command in/,
    );
    expect(other.read("deploy.yml")).toBe(before);
  });

  it("names a link to nothing", async () => {
    const { folder } = repositoryWith({ ".github/workflows/none": "" });
    fs.symlinkSync("nothing.yml", join(folder, path));
    await expect(migrate(folder)).rejects.toThrow("is a symbolic link to a file that does not exist");
  });

  it("leaves a read-only file alone, and moves the others", async () => {
    const { folder, read } = repositoryWith({ [path]: before, "b.yml": before });
    fs.chmodSync(join(folder, path), 0o444);
    const { code, text } = await migrate(folder, { files: `${path}\nb.yml` });
    expect(code).toBe(1);
    expect(text).toContain(`the file is read-only. Run chmod u+w ${path}, and run the command again.`);
    expect([read(path), read("b.yml")]).toEqual([before, after]);
  });

  it("keeps the mode of a file", async () => {
    const { folder } = repositoryWith({ [path]: before });
    fs.chmodSync(join(folder, path), 0o640);
    await migrate(folder);
    expect(fs.statSync(join(folder, path)).mode & 0o777).toBe(0o640);
  });
});

describe("writing", () => {
  const failing = (call: "open" | "rename", number: number) => {
    let calls = 0;
    const fail = async () => {
      throw new Error("ENOSPC: no space left on device");
    };
    const files = { ...fsPromises };
    const original = files[call] as (...given: unknown[]) => Promise<unknown>;
    return { ...files, [call]: (...given: unknown[]) => ((calls += 1) === number ? fail() : original(...given)) };
  };

  it.each<["open" | "rename", number, [string, string], string]>([
    ["open", 2, [before, before], "No file was changed."],
    ["rename", 1, [before, before], "No file was changed."],
    ["rename", 2, [after, before], "Changed before that: a.yml."],
  ])("leaves whole files if %s number %i fails", async (call, number, texts, message) => {
    const { folder, read } = repositoryWith({ "a.yml": before, "b.yml": before });
    const error = await migrate(folder, { files: "a.yml\nb.yml" }, { files: failing(call, number) }).catch(
      (one: Error) => one,
    );
    expect(error).toMatchObject({ name: "FailedError", message: expect.stringContaining(message) });
    expect([read("a.yml"), read("b.yml")]).toEqual(texts);
    expect(fs.readdirSync(folder)).toEqual(["a.yml", "b.yml"]);
    expect((await migrate(folder, { files: "a.yml\nb.yml" })).code).toBe(0);
    expect([read("a.yml"), read("b.yml")]).toEqual([after, after]);
  });

  it("does not happen with dry-run, whose diff git applies", async () => {
    const { folder, read } = repositoryWith({ [path]: before, "b.yml": stuck });
    const { code, text, outputs } = await migrate(folder, { "dry-run": "true", files: `${path}\nb.yml` });
    expect(code).toBe(1);
    expect(read(path)).toBe(before);
    expect(text).toContain("Would move 1 step in 1 file");
    expect(outputs).toMatchObject({ changed: false, "dry-run": true });
    // As it is printed, with everything around it.
    fs.writeFileSync(join(folder, "printed.txt"), `${printable(text)}\n`);
    execFileSync("git", ["apply", "printed.txt"], { cwd: folder });
    expect(read(path)).toBe(after);
    expect(outputs["diff"]).toBe(text.slice(0, String(outputs["diff"]).length));
  });
});
