// history against a scripted ECS with records and tags, a scripted GitHub, and a real git repository.
import { execFileSync } from "node:child_process";
import { ECSClient, type ServiceDeployment } from "@aws-sdk/client-ecs";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { sendHttp } from "../../actions/shared/src/http.ts";
import { runProcess } from "../../actions/shared/src/process.ts";
import { AwsError, ScriptedAws, type Handlers } from "../../actions/shared/test/scripted-aws.ts";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { doraOf, median } from "../src/history/dora.ts";
import type { Brought } from "../src/history/deployments.ts";
import { history, type ServiceHistory } from "../src/history/history.ts";
import { historyInputs, readInputs } from "../src/history/inputs.ts";
import { describe as report, long } from "../src/history/report.ts";
import type { Schema } from "../src/github/github.ts";
import { modelled } from "./aws-model.ts";
import { ScriptedGitHub, type Routes, type Some } from "./scripted-github.ts";

const now = Date.parse("2026-11-26T12:00:00Z");
const at = (time: string) => Date.parse(`2026-11-${time}:00Z`) / 1000;
const arn = (kind: string, name: string) => `arn:aws:ecs:ap-northeast-1:123456789012:${kind}/${name}`;
const definitionArn = (revision: number) => arn("task-definition", `api:${revision}`);
const revisionArn = (revision: number) => arn("service-revision", `prod/api/${revision}`);

interface Recorded {
  from?: number;
  to: number;
  /** "25T10:00" */
  start: string;
  end?: string;
  status: ServiceDeployment["status"];
  reason?: string;
}

interface World {
  running: number;
  records: Recorded[] | AwsError;
  /** Number → when registered, and tags. */
  revisions: Record<number, { registered: string; tags?: Record<string, string>; image?: string }>;
}

/** As ECS would answer: pages, and no more per call than its model allows. */
function handlers({ running, records, revisions }: World): Handlers {
  const all = Array.isArray(records)
    ? records.map(({ from, to, start, end, status, reason }, index) => ({
        serviceDeploymentArn: arn("service-deployment", `prod/api/${index}`),
        createdAt: at(start),
        ...(end === undefined ? {} : { finishedAt: at(end) }),
        status,
        sourceServiceRevisions: from === undefined ? [] : [{ arn: revisionArn(from) }],
        targetServiceRevision: { arn: revisionArn(to) },
        ...(reason === undefined ? {} : { rollback: { reason } }),
      }))
    : [];
  const page = <T>(list: T[], { nextToken = "0", maxResults = 100 }: { nextToken?: string; maxResults?: number }) => {
    const next = Number(nextToken) + maxResults;
    return { page: list.slice(Number(nextToken), next), more: next < list.length ? { nextToken: String(next) } : {} };
  };
  return {
    "ecs:DescribeServices": () => ({
      services: [
        {
          serviceName: "api",
          status: "ACTIVE",
          taskDefinition: definitionArn(running),
          desiredCount: 3,
          runningCount: 3,
        },
      ],
    }),
    "ecs:ListServiceDeployments": (input) => {
      if (records instanceof AwsError) return records;
      const found = page(all.filter(({ createdAt }) => createdAt >= input.createdAt.after).toReversed(), input);
      return {
        serviceDeployments: found.page.map(({ serviceDeploymentArn, status }) => ({ serviceDeploymentArn, status })),
        ...found.more,
      };
    },
    "ecs:DescribeServiceDeployments": ({ serviceDeploymentArns }) => ({
      serviceDeployments: all.filter(({ serviceDeploymentArn }) =>
        serviceDeploymentArns.includes(serviceDeploymentArn),
      ),
    }),
    "ecs:DescribeServiceRevisions": ({ serviceRevisionArns }) => ({
      serviceRevisions: serviceRevisionArns.map((serviceRevisionArn: string) => ({
        serviceRevisionArn,
        taskDefinition: definitionArn(Number(serviceRevisionArn.split("/").at(-1))),
      })),
    }),
    "ecs:ListTaskDefinitions": (input) => {
      const found = page(
        Object.keys(revisions)
          .map(Number)
          .toSorted((a, b) => b - a)
          .map(definitionArn),
        input,
      );
      return { taskDefinitionArns: [...found.page, arn("task-definition", "api-worker:1")], ...found.more };
    },
    "ecs:DescribeTaskDefinition": ({ taskDefinition }) => {
      const number = Number(taskDefinition.split(":").at(-1));
      const { registered, tags = {}, image = `api:${number}` } = revisions[number]!;
      return {
        taskDefinition: {
          family: "api",
          taskDefinitionArn: taskDefinition,
          registeredAt: at(registered),
          containerDefinitions: [{ name: "api", image }],
        },
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      };
    },
  };
}

const started: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

interface Shown {
  one: ServiceHistory;
  aws: ScriptedAws;
  github: ScriptedGitHub;
}

async function show(
  world: World,
  more: { options?: Record<string, string>; routes?: Routes; token?: string } = {},
): Promise<Shown> {
  const problems: string[] = [];
  const aws = await ScriptedAws.start(modelled(handlers(world), problems));
  const github = await ScriptedGitHub.start(more.routes ?? {});
  started.push(aws, github);
  const options: Record<string, string> = {
    service: "api",
    cluster: "prod",
    repository: "o/r",
    folder: "/nowhere",
    since: "30d",
    ...more.options,
  };
  const [one] = await history(
    readInputs((name) => options[name] ?? "", now),
    {
      ecs: new ECSClient(aws.client),
      clock: { now: () => now, sleep: async () => undefined },
      log: () => undefined,
      deadline: now + 1000,
      run: runProcess,
      github: { apiUrl: github.url, token: more.token, send: sendHttp },
      environment: {},
    },
  );
  expect(problems).toEqual([]);
  return { one: one!, aws, github };
}

const sha = (digit: number) => String(digit).repeat(40);
const runUrl = (id: number) => `https://github.com/o/r/actions/runs/${id}`;
const verified = (time: string, commit: string, run: number) => ({
  "deploy:verified-at": `2026-11-${time}:30.000Z`,
  "deploy:commit": commit,
  "deploy:run": runUrl(run),
});

/** 1 well, 2 undone by ECS, 3 well and rolled back from an hour later, 4 stopped for 5, which runs and is not verified. */
const eventful: World = {
  running: 5,
  records: [
    { to: 1, start: "10T10:00", end: "10T10:05", status: "SUCCESSFUL" },
    {
      from: 1,
      to: 2,
      start: "12T10:00",
      end: "12T10:07",
      status: "ROLLBACK_SUCCESSFUL",
      reason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    },
    { from: 1, to: 3, start: "14T10:00", end: "14T10:05", status: "SUCCESSFUL" },
    { from: 3, to: 1, start: "14T11:00", end: "14T11:03", status: "SUCCESSFUL" },
    { from: 1, to: 1, start: "15T10:00", end: "15T10:03", status: "SUCCESSFUL" },
    { from: 1, to: 4, start: "20T10:00", end: "20T10:01", status: "STOPPED" },
    { from: 1, to: 5, start: "20T10:01", end: "20T10:06", status: "SUCCESSFUL" },
  ],
  revisions: {
    1: { registered: "10T09:59", tags: verified("10T10:05", sha(1), 101) },
    2: { registered: "12T09:59" },
    3: {
      registered: "14T09:59",
      tags: {
        ...verified("14T10:05", sha(3), 103),
        "deploy:rolled-back-at": "2026-11-14T11:00:00.000Z",
        "deploy:rolled-back-reason": "wrong colours",
      },
    },
    4: { registered: "20T09:59" },
    5: { registered: "20T10:00" },
  },
};

describe("deployments", () => {
  it("are told from ECS's records and the tags of revisions, newest first", async () => {
    const { one } = await show(eventful);
    expect(
      one.deployments.map(({ revision, kind, outcome, reason }) => [revision?.split("/")[1], kind, outcome, reason]),
    ).toEqual([
      ["api:5", "deployment", "succeeded", undefined],
      ["api:4", "deployment", "stopped", undefined],
      ["api:1", "restart", "succeeded", undefined],
      ["api:1", "rollback", "succeeded", undefined],
      ["api:3", "deployment", "rolled back", "wrong colours"],
      ["api:2", "deployment", "rolled back", expect.stringContaining("circuit breaker")],
      ["api:1", "deployment", "verified", undefined],
    ]);
  });

  it("give the four figures: changes only, restored by ECS or by a rollback", async () => {
    const { one } = await show(eventful);
    expect(one.dora).toEqual({
      // 1, 3 and 5 of 30 days.
      deploymentFrequency: { count: 3, days: 30, perWeek: 0.7 },
      leadTime: { median: undefined, commits: 0, unknown: 3 },
      changeFailureRate: { percent: 50, failed: 2, changes: 4 },
      // 7 minutes by ECS, and from 10:00 to 11:03.
      timeToRestore: { median: (7 * 60 + 63 * 60) / 2, restored: 2, open: 0 },
    });
  });

  it("say what changed since it was last well", async () => {
    const { one } = await show(eventful);
    expect(one.sinceWell).toMatchObject({
      revision: definitionArn(1),
      isRunning: false,
      changes: [expect.stringMatching(/image.*api:1 → api:5/)],
    });
    const { one: well } = await show({ ...eventful, running: 1 });
    expect(well.sinceWell).toMatchObject({ revision: definitionArn(1), isRunning: true, changes: [] });
    const { one: left } = await show({ ...eventful, running: 3 });
    expect(left.sinceWell).toMatchObject({ revision: definitionArn(1), isRunning: false });
  });

  it("are told from tags alone where ECS has no records, and say what that leaves out", async () => {
    for (const records of [
      [],
      new AwsError(
        "AccessDeniedException",
        "User: u is not authorized to perform: ecs:ListServiceDeployments on resource: * because no identity-based policy allows the ecs:ListServiceDeployments action",
      ),
    ]) {
      const { one } = await show({ ...eventful, records });
      expect(
        one.deployments.map(({ revision, outcome, source }) => [revision?.split("/")[1], outcome, source]),
      ).toEqual([
        ["api:5", "succeeded", "tags"],
        ["api:3", "rolled back", "tags"],
        ["api:1", "verified", "tags"],
      ]);
      expect(one.dora.timeToRestore).toEqual({ median: 61 * 60, restored: 1, open: 0 });
      expect(one.gaps).toContainEqual(expect.stringContaining("tags tell only of what was verified"));
    }
  });

  it("deployed again after a rollback is well again", async () => {
    const { one } = await show({
      running: 2,
      records: [
        { to: 1, start: "10T10:00", end: "10T10:05", status: "SUCCESSFUL" },
        { from: 1, to: 2, start: "11T10:00", end: "11T10:05", status: "SUCCESSFUL" },
        { from: 2, to: 1, start: "11T11:00", end: "11T11:05", status: "SUCCESSFUL" },
        { from: 1, to: 2, start: "12T10:00", end: "12T10:05", status: "SUCCESSFUL" },
        { from: 2, to: 2, start: "13T10:00", status: "IN_PROGRESS" },
      ],
      revisions: {
        1: { registered: "10T09:00", tags: verified("10T10:06", sha(1), 1) },
        2: {
          registered: "11T09:00",
          tags: { ...verified("12T10:06", sha(2), 2), "deploy:rolled-back-at": "2026-11-11T11:00:10.000Z" },
        },
      },
    });
    expect(one.deployments.map(({ outcome }) => outcome)).toEqual([
      "in progress",
      "verified",
      "succeeded",
      "rolled back",
      "verified",
    ]);
    expect(one.sinceWell.isRunning).toBe(true);
  });
});

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

describe("a revision that was verified twice", () => {
  it("names the run of the second time, which is not that of the first", async () => {
    const { one } = await show({
      running: 1,
      records: [
        { to: 1, start: "10T10:00", end: "10T10:05", status: "SUCCESSFUL" },
        { from: 1, to: 1, start: "11T10:00", end: "11T10:05", status: "SUCCESSFUL" },
      ],
      revisions: { 1: { registered: "10T09:59", tags: verified("11T10:06", sha(1), 111) } },
    });
    expect(one.deployments.map(({ kind, outcome, run }) => [kind, outcome, run])).toEqual([
      ["restart", "verified", runUrl(111)],
      ["deployment", "verified", undefined],
    ]);
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

describe("a long history", () => {
  it("lists 1,000 revisions and reads those of the window, in pages and groups", async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1);
    const minute = (number: number) => new Date(Date.UTC(2026, 10, 1) + number * 1_800_000).toISOString().slice(8, 16);
    const { one, aws } = await show(
      {
        running: 1000,
        records: numbers.slice(880).map((number) => ({
          from: number - 1,
          to: number,
          start: minute(number),
          end: minute(number),
          status: "SUCCESSFUL",
        })),
        revisions: Object.fromEntries(numbers.map((number) => [number, { registered: minute(number) }])),
      },
      { options: { since: new Date(Date.UTC(2026, 10, 1) + 881 * 1_800_000 - 1000).toISOString() } },
    );
    expect(one.deployments.length).toBe(120);
    expect(aws.count("ecs:ListTaskDefinitions")).toBe(10);
    expect(aws.count("ecs:ListServiceDeployments")).toBe(2);
    expect(aws.count("ecs:DescribeServiceDeployments")).toBe(6);
    expect(aws.count("ecs:DescribeServiceRevisions")).toBe(7);
    // Those of the window, once each, and a group to see that what follows is older.
    expect(aws.count("ecs:DescribeTaskDefinition")).toBeLessThanOrEqual(140);
  });
});

describe("inputs", () => {
  const read = (given: Record<string, string>) => readInputs((name) => given[name] ?? "", now);

  it("are what the help describes", () => {
    const asked: string[] = [];
    readInputs((name) => (asked.push(name), name === "service" ? "api" : ""), now);
    expect(new Set(asked)).toEqual(new Set(Object.keys(historyInputs)));
  });

  it.each([
    ["30d", "2026-10-27T12:00:00.000Z"],
    ["2026-11-01", "2026-11-01T00:00:00.000Z"],
    ["2026-11-01T09:00+09:00", "2026-11-01T00:00:00.000Z"],
  ])("since %s", (since, expected) => {
    expect(read({ service: "api", since }).since.toISOString()).toBe(expected);
  });

  it.each(["yesterday", "2026-13-01", "2027-01-01", "0d", "--all"])("refuse since %s", (since) => {
    expect(() => read({ since })).toThrow(/since: must be[\s\S]*service: is required/);
  });
});

describe("figures", () => {
  const change = fc.record({
    start: fc.integer({ min: 0, max: 1000 }),
    outcome: fc.constantFrom("verified", "succeeded", "rolled back", "failed", "stopped", "in progress"),
    kind: fc.constantFrom("deployment", "rollback", "restart"),
    wentLive: fc.boolean(),
    isRestored: fc.boolean(),
  });

  it("count each change once, and never more failures than changes", () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const deployments = changes.map(({ start, outcome, kind, wentLive, isRestored }) => ({
          outcome,
          kind,
          wentLive,
          startedAt: new Date(start * 1000),
          endedAt: new Date((start + 60) * 1000),
          restoredAt: isRestored ? new Date((start + 90) * 1000) : undefined,
          commits: [],
        })) as unknown as Brought[];
        const dora = doraOf(deployments, { since: new Date(0), until: new Date(7 * 86_400_000) });
        const { failed, changes: all, percent } = dora.changeFailureRate;
        expect(failed).toBeLessThanOrEqual(all);
        expect(dora.timeToRestore.restored + dora.timeToRestore.open).toBe(failed);
        expect(percent === undefined).toBe(all === 0);
        expect(dora.deploymentFrequency.count).toBeLessThanOrEqual(all);
        if (dora.timeToRestore.restored > 0) expect(dora.timeToRestore.median).toBe(90);
      }),
    );
  });

  it.each([
    [[], undefined],
    [[3], 3],
    [[1, 9], 5],
    [[9, 1, 2], 2],
  ])("the median of %j is %s", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it.each([
    [4, "4 s"],
    [200, "3 min 20 s"],
    [18_600, "5 h 10 min"],
    [273_600, "3 d 4 h"],
  ])("%d s is %s", (seconds, expected) => {
    expect(long(seconds)).toBe(expected);
  });
});
