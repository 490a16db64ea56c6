// The minutes after a deployment, against a scripted AWS and by the clock of the test.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { afterEach, describe, expect, it } from "vitest";
import { AwsError, ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

let aws: ScriptedAws | undefined;
afterEach(async () => aws?.stop());

const start = Date.parse("2026-01-01T00:00:00Z");
const minutes = (count: number) => count * 60_000;
const revision = (name: string) => `arn:aws:ecs:ap-northeast-1:123456789012:task-definition/${name}:7`;

/** ml was deployed five minutes before the bake time begins, api three. */
const services: Handlers = {
  "ecs:DescribeServices": () => ({
    services: [
      ["api", 3],
      ["ml", 5],
    ].map(([serviceName, ago]) => ({
      serviceName,
      deployments: [{ id: "1", status: "PRIMARY", createdAt: (start - minutes(Number(ago))) / 1000 }],
      loadBalancers: [{ targetGroupArn: "arn:aws:elasticloadbalancing:r:1:targetgroup/api/abc" }],
    })),
  }),
};

interface Alarm {
  AlarmName: string;
  StateValue: string;
  /** Milliseconds since the epoch. */
  since?: number;
}

const alarms = (...lists: Alarm[][]): Handlers => ({
  "cloudwatch:DescribeAlarms": (_input, call) => ({
    MetricAlarms: (lists[Math.min(call, lists.length - 1)] ?? []).map(({ since, ...alarm }) => ({
      ...alarm,
      ...(since === undefined ? {} : { StateTransitionedTimestamp: since / 1000 }),
    })),
  }),
});
const ok: Alarm = { AlarmName: "http-5xx", StateValue: "OK", since: start - minutes(9000) };
const latencyOk: Alarm = { ...ok, AlarmName: "latency" };
const ringing = (since?: number): Alarm => ({
  AlarmName: "http-5xx",
  StateValue: "ALARM",
  ...(since === undefined ? {} : { since }),
});

async function run(handlers: Handlers, inputs: Record<string, string> = {}) {
  await aws?.stop();
  aws = await ScriptedAws.start({ ...services, "ecs:TagResource": () => ({}), ...handlers });
  const { client } = aws;
  const given: Record<string, string> = {
    service: "api, ml",
    alarms: "http-5xx, latency",
    minutes: "2",
    verified: `${revision("api")}=abc\n${revision("ml")}=`,
    ...inputs,
  };
  const clock = simulatedClock(start);
  const cloudWatch = new CloudWatchClient(client);
  const outputs: Record<string, string> = {};
  const lines: string[] = [];
  const warnings: string[] = [];
  const { error, summary } = await withStepSummary(() =>
    main(
      readInputs((name) => given[name] ?? ""),
      {
        ecs: new ECSClient(client),
        cloudWatch: () => cloudWatch,
        clock,
        log: (line) => lines.push(line),
        annotate: (_level, _title, message) => warnings.push(message),
        setOutputs: (all) => Object.assign(outputs, all),
        run: { commit: "c0ffee", url: "https://github.com/o/r/actions/runs/1" },
      },
    ),
  );
  const tagged = aws.calls.filter(({ action }) => action === "ecs:TagResource").map(({ input }) => input);
  return { outputs, lines, warnings, error, summary, tagged, took: clock.now() - start, aws };
}

describe("the bake time", () => {
  it("lasts as long as asked, and marks the revisions as verified, each with its version", async () => {
    const { outputs, error, took, tagged, summary } = await run(alarms([ok, latencyOk]));
    expect(error).toBeUndefined();
    expect(outputs).toEqual({ passed: "true", reason: "" });
    expect([took >= minutes(2), took < minutes(3)]).toEqual([true, true]);
    expect(tagged.map(({ resourceArn }) => resourceArn)).toEqual([revision("api"), revision("ml")]);
    const common = [
      { key: "deploy:commit", value: "c0ffee" },
      { key: "deploy:run", value: "https://github.com/o/r/actions/runs/1" },
    ];
    expect(tagged[0].tags.slice(1)).toEqual([{ key: "deploy:version", value: "abc" }, ...common]);
    expect(tagged[1].tags.slice(1)).toEqual(common);
    expect(summary).toContain("Nothing spoke against api and ml for 2 minutes");
  });

  it("ends with the first alarm that rings, and verifies nothing", async () => {
    const { outputs, error, took, tagged, summary } = await run(
      alarms([ok, latencyOk], [ok, latencyOk], [ok, latencyOk], [ringing(start + 20_000), latencyOk]),
    );
    expect(error!.message).toContain("Alarms that fired: http-5xx.");
    expect(outputs).toEqual({ passed: "false", reason: "Alarms that fired: http-5xx." });
    expect(took).toBeLessThan(minutes(1));
    expect(tagged).toEqual([]);
    expect(summary).toContain("❌");
  });

  it.each([
    ["before the first service was deployed", start - minutes(6)],
    ["for a time that CloudWatch does not report", undefined],
  ])("ignores an alarm that has rung since %s, and says so", async (_, since) => {
    const { outputs, warnings, tagged, summary } = await run(alarms([ringing(since), latencyOk]));
    expect(outputs).toMatchObject({ passed: "true" });
    expect(warnings).toEqual([expect.stringContaining("http-5xx rang before the deployment")]);
    expect(summary).toMatch(/Rang.before,.not.watched/);
    expect(tagged).toHaveLength(2);
  });

  it.each([
    ["between the two services", start - minutes(4)],
    ["during the smoke test", start - minutes(1)],
  ])("counts an alarm that began to ring %s, before it was looked at", async (_, since) => {
    const { outputs, took } = await run(alarms([ringing(since), latencyOk]));
    expect(outputs).toMatchObject({ passed: "false", reason: "Alarms that fired: http-5xx." });
    expect(took).toBe(0);
  });

  it("watches 5xx responses, too, and composite alarms", async () => {
    const metric: Handlers = {
      "cloudwatch:GetMetricData": () => ({
        MetricDataResults: [
          { Id: "requests", Values: [100] },
          { Id: "failed", Values: [7] },
        ],
      }),
    };
    const share = await run({ ...alarms([]), ...metric }, { alarms: "", "max-5xx-percent": "5" });
    expect(share.outputs["reason"]).toContain("7 of 100 answers (7.0 %) were 5xx");
    const composite: Handlers = {
      "cloudwatch:DescribeAlarms": () => ({
        CompositeAlarms: [{ AlarmName: "all", StateValue: "ALARM", StateTransitionedTimestamp: start / 1000 }],
      }),
    };
    expect((await run(composite, { alarms: "all" })).outputs).toMatchObject({ passed: "false" });
  });
});

describe("before a deployment", () => {
  it("only checks, with plan", async () => {
    const { outputs, took, tagged, lines, error } = await run(alarms([ok, latencyOk]), { plan: "true" });
    expect([error, outputs, took, tagged]).toEqual([undefined, {}, 0, []]);
    expect(lines).toEqual(["would be watched for 2 min 0 s: http-5xx, latency"]);
  });

  it("names every alarm and service that is not there", async () => {
    expect((await run(alarms([]), { plan: "true" })).error!.message).toMatch(
      /^There is no alarm http-5xx, latency in this region\. .*Terraform/,
    );
    expect((await run(alarms([]), { service: "api, web" })).error!.message).toContain("There is no service web in");
  });

  it("reports all inputs that cannot be used", () => {
    const given: Record<string, string> = { minutes: "0", verified: "api:7=x", "max-5xx-percent": "101" };
    const read = () => readInputs((name) => given[name] ?? "");
    for (const part of [
      "service: is required",
      "nothing to watch",
      "minutes:",
      "max-5xx-percent:",
      '"api:7" is not the ARN',
    ])
      expect(read).toThrow(part);
  });
});

it("asks CloudWatch for as many alarms as it describes in one call", () => {
  const read = (count: number) =>
    readInputs(
      (name) => ({ service: "api", alarms: Array.from({ length: count }, (_, n) => `a${n}`).join() })[name] ?? "",
    );
  expect(read(100).guard.alarms).toHaveLength(100);
  expect(() => read(101)).toThrow("alarms: at most 100 alarms");
});

describe("when AWS fails", () => {
  const failing = (error: AwsError, times: number): Handlers => {
    const { "cloudwatch:DescribeAlarms": answer } = alarms([ok, latencyOk]);
    return {
      "cloudwatch:DescribeAlarms": (input, call) => (call >= 2 && call < 2 + times ? error : answer!(input, call)),
    };
  };

  it("for a moment, the watch goes on", async () => {
    const { outputs, lines } = await run(failing(new AwsError("InternalFailure", "try again", 500), 3));
    expect(outputs).toMatchObject({ passed: "true" });
    expect(lines).toContainEqual(expect.stringContaining("cloudwatch:DescribeAlarms: InternalFailure; retrying"));
  });

  it("for longer, the deployment is not taken for a good one", async () => {
    const { outputs, error, tagged } = await run(failing(new AwsError("InternalFailure", "no", 500), 1e6));
    expect(error!.message).toMatch(/^cloudwatch:DescribeAlarms did not succeed for/);
    expect(outputs).toMatchObject({ passed: "false" });
    expect(tagged).toEqual([]);
  });

  it("because the credentials have expired, it says what runs, and what happens next", async () => {
    const { error, tagged, outputs } = await run(failing(new AwsError("ExpiredTokenException", "expired"), 1e6));
    expect(error!.message).toContain("credentials have expired during the bake time: api, ml in default run what was");
    expect(error!.message).toContain("The next run watches them again.");
    expect([tagged, outputs["passed"]]).toEqual([[], "false"]);
  });

  it("at the mark, the step fails, so that nobody takes the revision for verified", async () => {
    const { error, outputs } = await run({
      ...alarms([ok, latencyOk]),
      "ecs:TagResource": () => new AwsError("AccessDeniedException", "not authorized to perform: ecs:TagResource"),
    });
    expect(error!.message).toContain("ecs:TagResource");
    expect(outputs).toMatchObject({ passed: "false" });
  });
});
