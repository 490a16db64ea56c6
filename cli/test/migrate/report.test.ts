// Which version migrate pins, what it reports, and its options.
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runProcess, type RunProcess } from "../../../actions/shared/src/process.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { parseArguments } from "../../src/arguments.ts";
import { migrateVerb } from "../../src/migrate/verb.ts";
import { commit, repository, workflow } from "./fixtures.ts";
import { path, before, after, stuck, repositoryWith, noGit, migrate } from "./run-migrate.ts";

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
      "  deploy has more outputs: previous-task-definition-arn, deployment-id, outcome, duration, services, stopped, unverified, explanation.",
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
