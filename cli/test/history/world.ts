// A scripted ECS with a history of deployments, and history run against it.
import { ECSClient, type ServiceDeployment } from "@aws-sdk/client-ecs";
import { afterEach, expect } from "vitest";
import { sendHttp } from "../../../actions/shared/src/http.ts";
import { runProcess } from "../../../actions/shared/src/process.ts";
import { AwsError, ScriptedAws, type Handlers } from "../../../actions/shared/test/scripted-aws.ts";
import { history, type ServiceHistory } from "../../src/history/history.ts";
import { readInputs } from "../../src/history/inputs.ts";
import { modelled } from "../aws-model.ts";
import { ScriptedGitHub, type Routes } from "../scripted-github.ts";

export const now = Date.parse("2026-11-26T12:00:00Z");
export const at = (time: string) => Date.parse(`2026-11-${time}:00Z`) / 1000;
export const arn = (kind: string, name: string) => `arn:aws:ecs:ap-northeast-1:123456789012:${kind}/${name}`;
export const definitionArn = (revision: number) => arn("task-definition", `api:${revision}`);
export const revisionArn = (revision: number) => arn("service-revision", `prod/api/${revision}`);

export interface Recorded {
  from?: number;
  to: number;
  /** "25T10:00" */
  start: string;
  end?: string;
  status: ServiceDeployment["status"];
  reason?: string;
}

export interface World {
  running: number;
  records: Recorded[] | AwsError;
  /** Number → when registered, and tags. */
  revisions: Record<number, { registered: string; tags?: Record<string, string>; image?: string }>;
}

/** As ECS would answer: pages, and no more per call than its model allows. */
export function handlers({ running, records, revisions }: World): Handlers {
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

export const started: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

export interface Shown {
  one: ServiceHistory;
  aws: ScriptedAws;
  github: ScriptedGitHub;
}

export async function show(
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

export const sha = (digit: number) => String(digit).repeat(40);
export const runUrl = (id: number) => `https://github.com/o/r/actions/runs/${id}`;
export const verified = (time: string, commit: string, run: number) => ({
  "deploy:verified-at": `2026-11-${time}:30.000Z`,
  "deploy:commit": commit,
  "deploy:run": runUrl(run),
});

/** 1 well, 2 undone by ECS, 3 well and rolled back from an hour later, 4 stopped for 5, which runs and is not verified. */
export const eventful: World = {
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
