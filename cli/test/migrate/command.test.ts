// The command in a folder of its own: which files it takes, what it writes, says and returns.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import * as fsPromises from "node:fs/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { printable } from "../../../actions/shared/src/printable.ts";
import { runProcess, type RunProcess } from "../../../actions/shared/src/process.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { parseArguments } from "../../src/arguments.ts";
import { readInputs } from "../../src/migrate/inputs.ts";
import { main, type Dependencies } from "../../src/migrate/main.ts";
import { migrateVerb } from "../../src/migrate/verb.ts";
import { commit, ours, policies, repository, workflow } from "./fixtures.ts";

const path = ".github/workflows/deploy.yml";
const before = workflow("uses: aws-actions/amazon-ecs-deploy-task-definition@v2\nwith: { task-definition: task.json }");
const after = before.replace("aws-actions/amazon-ecs-deploy-task-definition@v2", `${repository}/actions/deploy@v1`);
const stuck = workflow("uses: aws-actions/amazon-ecs-deploy-task-definition\nwith: { task-definition: task.json }");

function repositoryWith(files: Record<string, string | Buffer>) {
  const folder = makeTestFolder("migrate-");
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(join(folder, dirname(name)), { recursive: true });
    fs.writeFileSync(join(folder, name), text);
  }
  const read = (name: string) => fs.readFileSync(join(folder, name), "utf8");
  return { folder, read };
}

const noGit: RunProcess = async () => ({ code: 128, stdout: "", stderr: "no network" });

async function migrate(folder: string, given: Record<string, string> = {}, more: Partial<Dependencies> = {}) {
  const lines: string[] = [];
  const outputs: Record<string, unknown> = {};
  const inputs = readInputs((name) => ({ pin: "v1", "dry-run": "false", ...given })[name] ?? "");
  const code = await main(inputs, {
    folder,
    repository,
    commit: async () => undefined,
    serverUrl: "https://github.example",
    ours,
    policies,
    run: noGit,
    log: (line) => lines.push(line),
    setOutputs: (one) => Object.assign(outputs, one),
    json: false,
    ...more,
  });
  return { code, text: lines.join("\n"), outputs };
}

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

describe("the version", () => {
  /** A repository with tags, as GitHub serves them. */
  function released(...tags: string[]) {
    const folder = makeTestFolder("migrate-releases-");
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", folder, "-c", "user.name=x", "-c", "user.email=x@example.com", ...args], {
        encoding: "utf8",
      }).trim();
    git("init", "--quiet");
    const commits = tags.map((tag, index) => {
      git("commit", "--quiet", "--allow-empty", "--message", tag);
      // Annotated and light ones.
      git("tag", ...(index % 2 === 0 ? ["--annotate", "--message", tag] : []), tag);
      return git("rev-parse", "HEAD");
    });
    const run: RunProcess = (command, options) =>
      runProcess(
        command.map((word) => (word.startsWith("https://") ? folder : word)),
        options,
      );
    return { commits, run };
  }
  const usesIn = (text: string) => /uses: (.*)/.exec(text)?.[1];
  const pinnedBy = async (pin: string, run: RunProcess, own?: string) => {
    const { folder, read } = repositoryWith({ [path]: before });
    const { text } = await migrate(folder, { pin }, { run, commit: async () => own });
    return { uses: usesIn(read(path)), text };
  };

  it("is the commit of this toolkit, or the one that is given; a comment names its release", async () => {
    const { commits, run } = released("v0.9.0", "v1.10.0", "v1", "v2.0.0-rc.1");
    expect((await pinnedBy("", run, commits[1])).uses).toBe(`${repository}/actions/deploy@${commits[1]} # v1.10.0`);
    const given = await pinnedBy(commits[0]!.toUpperCase(), run, commits[1]);
    expect(given.uses).toBe(`${repository}/actions/deploy@${commits[0]} # v0.9.0`);
    // No releases: a moving tag, a candidate, another commit.
    for (const own of [commits[2], commits[3], commit])
      expect((await pinnedBy("", run, own)).uses).toBe(`${repository}/actions/deploy@${own}`);
  });

  it("has no comment if the releases cannot be read", async () => {
    for (const run of [noGit, () => Promise.reject(new Error("spawn git ENOENT"))])
      expect((await pinnedBy("", run, commit)).uses).toBe(`${repository}/actions/deploy@${commit}`);
  });

  it("is v1 if the commit is not known, and says so", async () => {
    const { uses, text } = await pinnedBy("", noGit);
    expect(uses).toBe(`${repository}/actions/deploy@v1`);
    expect(text).toContain("Pinned to v1: the commit of this command is not known. In production, use --pin COMMIT.");
  });

  it("is not looked up if there is nothing to move", async () => {
    const { folder } = repositoryWith({ [path]: after });
    let runs = 0;
    await migrate(
      folder,
      { pin: "" },
      { run: (...given) => ((runs += 1), noGit(...given)), commit: async () => commit },
    );
    expect(runs).toBe(0);
  });

  it.each(["main", "0123456", "v1.x", "v1 # x"])("is refused if it is %s", async (pin) => {
    await expect(pinnedBy(pin, noGit)).rejects.toThrow("pin: must be a whole commit (40 digits), since");
  });

  it("can be of a copy of the toolkit", async () => {
    const { folder, read } = repositoryWith({ [path]: before });
    await migrate(folder, { repository: "platform/deploy-toolkit", pin: "v1" });
    expect(usesIn(read(path))).toBe("platform/deploy-toolkit/actions/deploy@v1");
    await expect(migrate(folder, { repository: "platform" })).rejects.toThrow("repository: must be OWNER/REPO");
  });
});

describe("the report", () => {
  const text = workflow(
    "uses: aws-actions/configure-aws-credentials@v4",
    "uses: aws-actions/amazon-ecr-login@v2",
    "name: Deploy\nuses: aws-actions/amazon-ecs-deploy-task-definition@v2\nwith:\n  task-definition: task.json\n  service: web\n  wait-for-service-stability: true\n  max-retries: 3\n  servise: web",
    "uses: aws-actions/amazon-ecs-deploy-task-definition@${{ env.VERSION }}",
  );

  it("says what changes, what to check, what cannot be moved, what to permit, and what stays", async () => {
    const { folder } = repositoryWith({ [path]: text });
    const { code, text: report } = await migrate(folder);
    expect(code).toBe(1);
    const titles = report.split("\n").filter((line) => /^\S/.test(line));
    expect(titles).toEqual([
      "Moved 1 step in 1 file to rainbow-seeker/deploy-toolkit@v1:",
      "Inputs, defaults and outputs keep their meaning. What changes:",
      "Check these inputs:",
      "Not moved:",
      "The role of the jobs is enough as it is. These statements let the steps say more (replace the names in capitals):",
      "Stay as they are, and are still needed:",
    ]);
    for (const line of [
      `  ${path}:9  aws-actions/amazon-ecs-deploy-task-definition@v2 → deploy  (Deploy)`,
      "  deploy has more outputs: previous-task-definition-arn, deployment-id, outcome, duration, services, stopped.",
      `  ${path}:9  servise is an input of neither action, and has no effect; did you mean service?`,
      "  aws-actions/configure-aws-credentials (1 step)",
      "  aws-actions/amazon-ecr-login (1 step)",
    ])
      expect(report.split("\n")).toContain(line);
    expect(report).toContain(`  ${path}:16:15  aws-actions/amazon-ecs-deploy-task-definition@`);
  });

  it("has the same as an object, and nothing else with json", async () => {
    const { folder } = repositoryWith({ [path]: text });
    const { text: report, outputs } = await migrate(folder, {}, { json: true });
    expect(report).toBe("");
    expect(outputs).toMatchObject({
      changed: true,
      "dry-run": false,
      pin: { reference: "v1", version: null },
      files: [
        {
          path,
          moved: [
            {
              line: 9,
              column: 15,
              step: "Deploy",
              from: "aws-actions/amazon-ecs-deploy-task-definition@v2",
              to: `${repository}/actions/deploy@v1`,
              places: 1,
              changes: expect.arrayContaining([expect.stringContaining("`wait-for-service-stability`")]),
              notes: ["servise is an input of neither action, and has no effect; did you mean service?"],
              "not-needed-inputs": ["max-retries"],
            },
          ],
          problems: [{ line: 16, column: 15 }],
          staying: ["aws-actions/configure-aws-credentials", "aws-actions/amazon-ecr-login"],
        },
      ],
      permissions: expect.arrayContaining([expect.objectContaining({ Sid: "FollowDeployments", Effect: "Allow" })]),
      diff: expect.stringMatching(/^--- a\/\.github\/workflows\/deploy\.yml\n/),
    });
    expect(JSON.parse(JSON.stringify(outputs))).toEqual(outputs);
  });
});

describe("on the command line", () => {
  afterEach(() => vi.restoreAllMocks());

  it("takes files as words and options, and returns the exit code", async () => {
    const { folder, read } = repositoryWith({ "a.yml": before, "b.yml": stuck });
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const outputs: Record<string, unknown> = {};
    const context = { json: true, log: () => undefined, setOutputs: (one: object) => Object.assign(outputs, one) };
    const { source } = parseArguments(migrateVerb, ["a.yml", "b.yml", "--pin", "v1"]);
    expect(await migrateVerb.run(source, { ...context, finish: () => undefined })).toBe(1);
    expect(outputs).toMatchObject({
      changed: true,
      files: [
        { path: "a.yml", moved: [{ to: `${repository}/actions/deploy@v1` }] },
        { path: "b.yml", problems: [{}] },
      ],
    });
    expect(read("a.yml")).toBe(after);
  });
});
