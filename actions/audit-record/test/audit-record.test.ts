import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { modelled } from "../../../cli/test/aws-model.ts";
import { AwsError, ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { main } from "../src/main.ts";
import { describeRun } from "../src/run.ts";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../event.schema.json"), "utf8")) as {
  properties: Record<string, unknown>;
};
// Formats are checked below.
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const runner = {
  GITHUB_ACTOR: "octocat",
  GITHUB_TRIGGERING_ACTOR: "hubot",
  GITHUB_EVENT_NAME: "workflow_dispatch",
  GITHUB_REPOSITORY: "rainbow-seeker/deploy-toolkit",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_RUN_ID: "7",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
};
const arn = (revision: number) => `arn:aws:ecs:ap-northeast-1:123456789012:task-definition/api:${revision}`;
const given = {
  "log-group": "/audit/rainbow-seeker",
  kind: "deploy",
  environment: "production",
  outcome: "failure",
  services: `${JSON.stringify([
    { service: "api", outcome: "succeeded", "task-definition-arn": arn(42), "previous-task-definition-arn": arn(41) },
  ])}\n\n${JSON.stringify([
    { service: "api", outcome: "succeeded", "task-definition-arn": arn(41), "previous-task-definition-arn": arn(42) },
  ])}`,
  explanation: "\nThe smoke test failed:\n  /health: 500\n\n",
};

let aws: ScriptedAws;
let summary: string;
/** Where calls or answers are none that AWS knows. */
let problems: string[];
const accepted: Handlers = { "logs:CreateLogStream": () => ({}), "logs:PutLogEvents": () => ({}) };
beforeEach(async () => {
  problems = [];
  aws = await ScriptedAws.start(modelled(accepted, problems));
  summary = join(makeTestFolder("audit-record-"), "summary.md");
  vi.stubEnv("GITHUB_STEP_SUMMARY", summary);
});
afterEach(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
});

async function record(more: Record<string, string> = {}, environment: Record<string, string> = runner) {
  const inputs: Record<string, string> = { ...given, ...more };
  const [lines, warnings]: [string[], string[]] = [[], []];
  const outputs: Record<string, string> = {};
  await main((name) => inputs[name] ?? "", describeRun(environment), {
    logs: new CloudWatchLogsClient(aws.client),
    clock: simulatedClock(),
    log: (line) => lines.push(line),
    annotate: (_level, title, message) => warnings.push(`${title}: ${message}`),
    setOutputs: (all) => Object.assign(outputs, all),
  });
  expect(problems).toEqual([]);
  return { lines, warnings, outputs };
}

/** The event that was written, which the schema describes. */
function written(): Record<string, any> {
  const { logEvents } = aws.last("logs:PutLogEvents") as { logEvents: { message: string; timestamp: number }[] };
  expect(logEvents).toHaveLength(1);
  const event = JSON.parse(logEvents[0]!.message);
  expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
  expect(new Date(event.at).toISOString()).toBe(event.at);
  expect(Date.parse(event.at)).toBe(logEvents[0]!.timestamp);
  return event;
}

describe("the record", () => {
  it("says who, what, when, why and with which outcome", async () => {
    const { outputs, warnings } = await record({ reason: "a\nfix", code: "LOCKED", step: "restore", subject: "rain" });
    expect(warnings).toEqual([]);
    expect(written()).toEqual({
      version: 1,
      at: expect.any(String),
      environment: "production",
      kind: "deploy",
      step: "restore",
      outcome: "failure",
      actor: "hubot",
      trigger: "workflow_dispatch",
      reason: "a fix",
      subject: "rain",
      repository: "rainbow-seeker/deploy-toolkit",
      commit: runner.GITHUB_SHA,
      run: "https://github.com/rainbow-seeker/deploy-toolkit/actions/runs/7",
      services: [
        { service: "api", outcome: "succeeded", before: "api:41", after: "api:42" },
        { service: "api", outcome: "succeeded", before: "api:42", after: "api:41" },
      ],
      code: "LOCKED",
      explanation: "The smoke test failed:\n  /health: 500",
    });
    expect(Object.keys(written()).toSorted()).toEqual(Object.keys(schema.properties).toSorted());
    expect(outputs).toEqual({
      result: "recorded",
      text: [
        "By: hubot",
        "Reason: a fix",
        `Commit: ${runner.GITHUB_SHA}`,
        "api: succeeded, api:41 → api:42",
        "api: succeeded, api:42 → api:41",
        "Error code: LOCKED",
        "The smoke test failed:",
        "  /health: 500",
      ].join("\n"),
    });
  });

  it("has the state of services in an emergency, and leaves out what a run does not have", async () => {
    const states = [{ service: "api", state: "stopped", "desired-count": 0, "running-count": 0, reason: "x" }];
    const { outputs } = await record(
      { kind: "emergency", services: JSON.stringify(states), explanation: "", by: "on call" },
      {},
    );
    expect(written()).toMatchObject({ actor: "on call", services: [{ state: "stopped", desired: 0, running: 0 }] });
    for (const name of ["run", "commit", "trigger", "reason", "explanation"])
      expect(written()).not.toHaveProperty(name);
    expect(outputs["text"]).toBe("By: on call\napi: stopped, 0 of 0 tasks");
  });

  it("is in a stream of the run, or of the day of terminals, which may be there already", async () => {
    aws.handlers["logs:CreateLogStream"] = () => new AwsError("ResourceAlreadyExistsException", "it exists");
    expect((await record()).outputs["result"]).toBe("recorded");
    expect(aws.last("logs:PutLogEvents")).toMatchObject({
      logGroupName: "/audit/rainbow-seeker",
      logStreamName: "rainbow-seeker/deploy-toolkit/7-2",
    });
    await record({}, {});
    expect(aws.last("logs:CreateLogStream").logStreamName).toBe(`terminal/${written()["at"].slice(0, 10)}`);
  });

  it("has no password, no control character and no endless text", async () => {
    await record({
      reason: `postgresql://a:hunter2@db \u001B[31m${"x".repeat(5000)}`,
      explanation: "y\n".repeat(9000),
    });
    const { reason, explanation } = written();
    expect(JSON.stringify(written())).not.toMatch(/hunter2|\\u001b/i);
    expect([reason.length, explanation.length]).toEqual([1001, 4001]);
  });
});

describe("without a log group", () => {
  it("nothing is recorded, and the text for notify is made", async () => {
    const { outputs, warnings } = await record({ "log-group": "" });
    expect(aws.calls).toEqual([]);
    expect(warnings).toEqual([]);
    expect(outputs).toEqual({ result: "", text: expect.stringContaining("By: hubot") });
  });
});

describe("what cannot be recorded fails nothing, and is in the summary", () => {
  it.each<[string, Handlers, string]>([
    [
      "no log group",
      { "logs:CreateLogStream": () => new AwsError("ResourceNotFoundException", "none") },
      "Apply infra/, which makes it",
    ],
    [
      "no permission",
      {
        "logs:PutLogEvents": () =>
          new AwsError(
            "AccessDeniedException",
            "User: a is not authorized to perform: logs:PutLogEvents on resource: b",
          ),
      },
      "lacks logs:PutLogEvents",
    ],
    ["an outage", { "logs:PutLogEvents": () => new AwsError("ServiceUnavailableException", "x", 500) }, "PutLogEvents"],
    [
      "an event that is too old",
      { "logs:PutLogEvents": () => ({ rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 } }) },
      "Check the clock of the runner",
    ],
  ])("%s", async (_name, handlers, said) => {
    Object.assign(aws.handlers, modelled(handlers, problems));
    const { warnings, outputs } = await record();
    expect(warnings).toEqual([expect.stringContaining(said)]);
    expect(outputs).toEqual({ result: "refused", text: expect.stringContaining("By: hubot") });
    const shown = readFileSync(summary, "utf8");
    expect(shown).toContain("### ⚠️ The audit record was not written");
    expect(shown).toContain('"after": "api:42"');
  });

  it("unusable inputs, all at once", async () => {
    const { warnings, outputs } = await record({
      kind: "Deploy it",
      environment: "",
      outcome: "",
      "log-group": "a:b",
      services: "{}",
    });
    expect(aws.calls).toEqual([]);
    for (const name of ["kind", "environment", "outcome", "log-group", "services"])
      expect(warnings[0]).toContain(`${name}: `);
    expect(outputs).toEqual({ result: "refused", text: "" });
  });
});
