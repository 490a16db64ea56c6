import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, it } from "vitest";
import { isTransient, shortRetryClientSettings, withRetry } from "../src/aws.ts";
import { AwsError, ScriptedAws, silence, simulatedClock } from "./scripted-aws.ts";

let aws: ScriptedAws;
afterEach(() => aws.stop());

const ask = (ecs: ECSClient) => ecs.send(new DescribeServicesCommand({ services: ["api"] }));

describe("a connection that says nothing", () => {
  it("is given up, as something that may pass", async () => {
    aws = await ScriptedAws.start({ "ecs:DescribeServices": () => silence });
    const requestHandler = { ...shortRetryClientSettings.requestHandler, requestTimeout: 100 };
    const error = await ask(new ECSClient({ ...aws.client, requestHandler })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "TimeoutError" });
    expect(isTransient(error)).toBe(true);
  });
});

describe("persist", () => {
  const session = (seconds: number) => {
    const clock = simulatedClock();
    const lines: string[] = [];
    return { clock, lines, log: (line: string) => lines.push(line), deadline: clock.now() + seconds * 1000 };
  };
  const throttled = () => new AwsError("ThrottlingException", "Rate exceeded");

  it("waits a throttling out, longer each time, and says it once", async () => {
    aws = await ScriptedAws.start({
      "ecs:DescribeServices": (_input, call) => (call < 5 ? throttled() : { services: [] }),
    });
    const { clock, lines, ...rest } = session(600);
    const began = clock.now();
    await withRetry({ clock, ...rest }, "ecs:DescribeServices", () => ask(new ECSClient(aws.client)));
    expect(clock.now() - began).toBeGreaterThan(2500);
    expect(lines).toEqual(["ecs:DescribeServices: ThrottlingException; retrying"]);
  });

  it("ends at the time limit as timed out, with how often it has asked", async () => {
    aws = await ScriptedAws.start({ "ecs:DescribeServices": throttled });
    const { clock, ...rest } = session(120);
    const began = clock.now();
    await expect(
      withRetry({ clock, ...rest }, "ecs:DescribeServices", () => ask(new ECSClient(aws.client))),
    ).rejects.toMatchObject({
      outcome: "timed-out",
      message: expect.stringMatching(/did not succeed for .*attempts: ThrottlingException: Rate exceeded/),
    });
    expect(clock.now() - began).toBeLessThanOrEqual(120_000);
  });

  it("does not repeat what is wrong for good", async () => {
    aws = await ScriptedAws.start({
      "ecs:DescribeServices": () => new AwsError("InvalidParameterException", "no such thing"),
    });
    await expect(withRetry(session(60), "ecs:DescribeServices", () => ask(new ECSClient(aws.client)))).rejects.toThrow(
      "ecs:DescribeServices failed: InvalidParameterException: no such thing",
    );
    expect(aws.calls.length).toBe(1);
  });

  it("names a region that is not there", async () => {
    aws = await ScriptedAws.start({});
    const nowhere = new ECSClient({ ...aws.client, endpoint: "http://ecs.nowhere.invalid" });
    await expect(withRetry(session(60), "ecs:DescribeServices", () => ask(nowhere))).rejects.toMatchObject({
      name: "ConfigurationError",
      message: expect.stringContaining("Is AWS_REGION right"),
    });
  });
});
