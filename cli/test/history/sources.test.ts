// What GitHub and a checkout add to the history.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { describe as report } from "../../src/history/report.ts";
import type { Schema } from "../../src/github/github.ts";
import { type Routes, type Some } from "../scripted-github.ts";
import { type Recorded, type World, show, sha, runUrl, verified, eventful } from "./world.ts";

describe("GitHub", () => {
  const deployment = (id: number, time: string, commit: string): Some<Schema["deployment"]> => ({
    id,
    sha: commit,
    created_at: `2026-11-${time}:00Z`,
    environment: "production",
    creator: { login: "github-actions[bot]" },
  });
  const status = (
    state: Schema["deployment-status"]["state"],
    time: string,
    run: number,
  ): Some<Schema["deployment-status"]> => ({
    state,
    created_at: `2026-11-${time}:00Z`,
    log_url: `${runUrl(run)}/job/1`,
    target_url: "",
  });
  const actor = (login: string): Some<Schema["workflow-run"]> => ({ triggering_actor: { login } });
  const routes: Routes = {
    "/repos/o/r/deployments": [deployment(20, "20T09:50", sha(5)), deployment(12, "12T09:50", sha(2))],
    "/repos/o/r/deployments/20/statuses": [status("success", "20T10:08", 105), status("in_progress", "20T09:50", 105)],
    "/repos/o/r/deployments/12/statuses": [status("failure", "12T10:08", 102), status("in_progress", "12T09:50", 102)],
    "/repos/o/r/actions/runs/101": actor("alice"),
    "/repos/o/r/actions/runs/102": actor("bob"),
    "/repos/o/r/actions/runs/105": actor("<b>mallory</b>"),
    [`/repos/o/r/commits/${sha(1)}`]: {
      sha: sha(1),
      commit: { message: "api: first\n\nbody", committer: { date: "2026-11-10T09:00:00Z" }, author: { name: "A" } },
      author: { login: "alice" },
    } satisfies Some<Schema["commit"]>,
    [`/repos/o/r/compare/${sha(1)}...${sha(5)}`]: {
      commits: [
        {
          sha: sha(4),
          commit: { message: "api: fourth", committer: { date: "2026-11-20T07:06:00Z" }, author: { name: "A" } },
          author: null,
        },
        {
          sha: sha(5),
          commit: { message: "api: fifth", committer: { date: "2026-11-20T09:06:00Z" }, author: { name: "A" } },
          author: null,
        },
      ],
    } satisfies Some<Schema["commit-comparison"]>,
  };

  it("tells who started the run, and the commit of what was never verified; not of what no job did", async () => {
    const { one, github } = await show(eventful, { routes, token: "ghp_secret" });
    expect(one.deployments.map(({ revision, by, commit }) => [revision?.split("/")[1], by, commit?.[0]])).toEqual([
      ["api:5", "<b>mallory</b>", "5"],
      ["api:4", "<b>mallory</b>", "5"],
      // The restart and the rollback began after the job of 12 had ended: somebody at a terminal.
      ["api:1", undefined, "1"],
      ["api:1", undefined, "1"],
      ["api:3", undefined, "3"],
      ["api:2", "bob", "2"],
      ["api:1", "alice", "1"],
    ]);
    expect(new Set(github.requests.map(({ authorization }) => authorization))).toEqual(new Set(["token ghp_secret"]));
  });

  it("gives lead times: each commit until the end of the deployment that brought it", async () => {
    const { one } = await show(eventful, { routes, token: "ghp_secret" });
    // 1: 65 min; 4 and 5: 3 h and 1 h; nothing of 3, whose commit GitHub does not know.
    expect(one.dora.leadTime).toEqual({ median: 65 * 60, commits: 3, unknown: 1 });
    expect(one.deployments[0]?.commits?.map(({ subject }) => subject)).toEqual(["api: fifth", "api: fourth"]);
  });

  it("that refuses is a gap, not an end", async () => {
    const { one } = await show(eventful, { token: "ghp_secret" });
    expect(one.gaps).toContainEqual(expect.stringMatching(/^who deployed: .*GitHub answers 404, Not Found/));
    expect(one.deployments).toHaveLength(7);
  });

  it("without a token is not asked", async () => {
    const { one, github } = await show(eventful, { routes });
    expect(github.requests).toEqual([]);
    expect(one.gaps).toContainEqual(expect.stringContaining("GH_TOKEN=$(gh auth token)"));
  });
});

describe("a checkout", () => {
  it("gives times and subjects of commits without GitHub", async () => {
    const folder = makeTestFolder("history-");
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", folder, ...args], {
        encoding: "utf8",
        env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
      }).trim();
    let date = "2026-11-10T09:35:00Z";
    const commit = (subject: string) => (
      git("-c", "user.name=Ann", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", subject),
      git("rev-parse", "HEAD")
    );
    git("init", "-q");
    const first = commit("api: first");
    date = "2026-11-14T08:05:00Z";
    commit("api: second\ttabbed");
    date = "2026-11-14T09:05:00Z";
    const third = commit("api: third");
    const world: World = {
      ...eventful,
      running: 3,
      records: (eventful.records as Recorded[]).slice(0, 3),
      revisions: {
        ...eventful.revisions,
        1: { registered: "10T09:59", tags: verified("10T10:05", first, 1) },
        3: { registered: "14T09:59", tags: verified("14T10:05", third, 3) },
      },
    };
    const { one } = await show(world, { options: { folder } });
    expect(one.deployments[0]?.commits?.map(({ subject, author }) => `${subject} (${author})`)).toEqual([
      "api: third (Ann)",
      "api: second\ttabbed (Ann)",
    ]);
    expect(one.dora.leadTime).toEqual({ median: 3600, commits: 3, unknown: 0 });
    const text = report(one, 20);
    expect(text).toContain("api: third (Ann), and 1 more commits");
    expect(text).toContain("Lead time for changes  1 h 0 min (median of 3 commits");
    expect(text).toContain("It runs what was last verified: api:3, verified 2026-11-14T10:05:30.000Z.");
  });
});
