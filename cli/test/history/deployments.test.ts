// Which deployments history shows, of what ECS and the tags of revisions have.
import { describe, expect, it } from "vitest";
import { AwsError } from "../../../actions/shared/test/scripted-aws.ts";
import { definitionArn, show, sha, runUrl, verified, eventful } from "./world.ts";

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
