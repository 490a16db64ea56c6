// Where the log lines of a task are read.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, expect, it } from "vitest";
import { lastLogLines, logStreamOf } from "../src/ecs/tasks/stopped-task.ts";
import { ScriptedAws } from "./scripted-aws.ts";

let aws: ScriptedAws | undefined;
afterEach(() => aws?.stop());

it.each([
  [{}, undefined],
  [{ "awslogs-region": "eu-west-1" }, "eu-west-1"],
])("log lines come from the region of their group: %j", async (option, expected) => {
  const { client } = (aws = await ScriptedAws.start({
    "logs:GetLogEvents": () => ({ events: [{ message: "one\n" }] }),
  }));
  const options = { "awslogs-group": "/ecs/api", "awslogs-stream-prefix": "ecs", ...option };
  const place = logStreamOf({ name: "api", logConfiguration: { logDriver: "awslogs", options } }, "0123");
  const regions: (string | undefined)[] = [];
  const lines = await lastLogLines((region) => {
    regions.push(region);
    return new CloudWatchLogsClient(client);
  }, place);
  expect(lines).toEqual(["one"]);
  expect(regions).toEqual([expected]);
  expect(aws.last("logs:GetLogEvents")).toMatchObject({ logGroupName: "/ecs/api", logStreamName: "ecs/api/0123" });
});
