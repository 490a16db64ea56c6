// A fault at every call of a stop and of a resume leaves a state that has a name, and the next run gets out of it without
// help: forwards to where an undisturbed run leads, or back to where it began.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { AwsError, cutConnection, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { serviceControl, stopAll, type ServiceControlRun } from "./run-service-control.ts";
import { hidden, ruleArnOf, ScriptedService } from "./scripted-service.ts";

afterEach(stopAll);

type Mode = "stop" | "resume";

/** With everything that a stop changes. */
function make(): ScriptedService {
  const api = new ScriptedService(2, { min: 1, max: 4 });
  api.rule = hidden;
  return api;
}

const cloneOf = (service: ScriptedService): ScriptedService =>
  Object.assign(new ScriptedService(0), structuredClone({ ...service }));

type Disturbance = [change?: (handlers: Handlers) => Handlers, clock?: ReturnType<typeof simulatedClock>];

const run = (api: ScriptedService, mode: Mode | "status", ...disturbance: Disturbance): Promise<ServiceControlRun> =>
  serviceControl({ api }, { mode, "maintenance-rule-arn": ruleArnOf("api") }, ...disturbance);

/** Without the time of the record, which a retried call may move. */
function stateOf({ desired, running, target, rule, tags }: ScriptedService): object {
  const { "emergency:at": at, ...others } = Object.fromEntries(tags);
  return { desired, running, target, rule, tags: others, isDated: at !== undefined };
}

/** Answers the calls that are meant otherwise, by their number from 0. */
const answering =
  (answer: unknown, isMeant: (call: number) => boolean) =>
  (handlers: Handlers): Handlers => {
    let calls = 0;
    return Object.fromEntries(
      Object.entries(handlers).map(([action, handler]) => [
        action,
        (input: unknown, call: number) => (isMeant(calls++) ? answer : handler(input, call)),
      ]),
    );
  };

/** Nothing is answered any more, nor done: the first wait after that ends the run. */
function killed(from: number): Disturbance {
  let isKilled = false;
  const clock = simulatedClock();
  const sleep = async (milliseconds: number): Promise<void> => {
    if (isKilled) throw new Error("killed");
    await clock.sleep(milliseconds);
  };
  return [answering(cutConnection, (call) => (isKilled ||= call >= from)), { ...clock, sleep }];
}

const expiredToken = new AwsError("ExpiredTokenException", "The security token included in the request is expired");
const unwell = new AwsError("ServerException", "Service Unavailable", 503);

/** From the call with this number on. */
const faults: [string, (from: number) => Disturbance][] = [
  ["a runner that is killed", killed],
  ["credentials that expire", (from) => [answering(expiredToken, (call) => call >= from)]],
];

const transitions: { mode: Mode; back: Mode; states: string[]; start: () => Promise<ScriptedService> }[] = [
  {
    mode: "stop",
    back: "resume",
    states: ["changing", "running", "stopped", "stopping"],
    start: async () => make(),
  },
  {
    mode: "resume",
    back: "stop",
    states: ["changing", "running", "stopped"],
    start: async () => {
      const api = make();
      await run(api, "stop");
      return api;
    },
  },
];

describe.each(transitions)("$mode", ({ mode, back, states, start }) => {
  let before: ScriptedService;
  /** Of a run that nothing disturbs. */
  let calls: string[] = [];
  let end: object;

  beforeAll(async () => {
    before = await start();
    const api = cloneOf(before);
    const { aws } = await run(api, mode);
    calls = aws.calls.map(({ action }) => action);
    end = stateOf(api);
    await stopAll();
  });

  it("makes the calls that are to fail, and changes something", () => {
    expect(end).not.toEqual(stateOf(before));
    expect(calls).toEqual(
      expect.arrayContaining([
        "ecs:DescribeServices",
        mode === "stop" ? "ecs:TagResource" : "ecs:UntagResource",
        "ecs:UpdateService",
        "application-autoscaling:RegisterScalableTarget",
        "elasticloadbalancing:ModifyRule",
      ]),
    );
  });

  it.each(faults)("with %s at each call, and the next run goes on or back", async (_what, fault) => {
    for (const [from, call] of calls.entries()) {
      const at = `call ${from}, ${call}`;
      const api = cloneOf(before);
      const disturbed = await run(api, mode, ...fault(from));
      // What only reports comes last, and does not fail what was done.
      if (disturbed.error === undefined) expect([at, stateOf(api)]).toEqual([at, end]);
      const returning = cloneOf(api);

      const again = await run(api, mode);
      expect([at, again.error, stateOf(api)]).toEqual([at, undefined, end]);
      const returned = await run(returning, back);
      expect([at, returned.error, stateOf(returning)]).toEqual([at, undefined, stateOf(before)]);
      await stopAll();
    }
  });

  it("with a killed runner, the state has a name", async () => {
    const names = new Set<unknown>();
    for (const from of calls.keys()) {
      const api = cloneOf(before);
      await run(api, mode, ...killed(from));
      const { services } = await run(api, "status");
      names.add(services[0]?.["state"]);
      await stopAll();
    }
    expect([...names].toSorted()).toEqual(states);
  });

  it("with a call that AWS does not answer once, at each: nothing is different", async () => {
    for (const [at, call] of calls.entries()) {
      const api = cloneOf(before);
      const { error } = await run(
        api,
        mode,
        answering(unwell, (number) => number === at),
      );
      expect([at, call, error, stateOf(api)]).toEqual([at, call, undefined, end]);
      await stopAll();
    }
  });

  it("with an AWS that is down from the first change on: fails, and says so", async () => {
    const first = calls.findIndex((call) => /:(TagResource|UpdateService)$/.test(call));
    const api = cloneOf(before);
    const { error } = await run(
      api,
      mode,
      answering(unwell, (call) => call >= first),
    );
    expect(error).toMatchObject({ name: "FailedError", message: expect.stringContaining("Service Unavailable") });
    expect(stateOf(api)).toEqual(stateOf(before));
  });
});

it("a stop during a resume: the record stays, and nothing is taken for done", async () => {
  const api = new ScriptedService(2);
  await run(api, "stop");
  const recorded = Object.fromEntries(api.tags);
  // Right after the count was raised, the other one sets it to 0.
  const { error } = await run(api, "resume", (handlers) => ({
    ...handlers,
    "ecs:UpdateService": () => ({ service: {} }),
  }));
  expect(error).toMatchObject({ outcome: "timed-out" });
  expect(Object.fromEntries(api.tags)).toEqual(recorded);
});

it("after a resume whose smoke test is red, a stop and a resume lead back to the same", async () => {
  const api = make();
  for (let round = 0; round < 2; round += 1) {
    await run(api, "stop");
    await run(api, "resume");
    expect(stateOf(api)).toEqual(stateOf(make()));
  }
});
