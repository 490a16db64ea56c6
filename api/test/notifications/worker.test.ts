// Runs of the worker, on real PostgreSQL: who is told, once, whatever happens meanwhile.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { claim } from "../../src/features/notifications/claims.ts";
import { runOnce } from "../../src/features/notifications/run.ts";
import { runIfDue } from "../../src/features/notifications/worker.ts";
import { ProviderError } from "../../src/features/weather/weather.ts";
import { fleetLocks } from "../../src/fleet-lock.ts";
import { logTo, runApi } from "../running-api.ts";
import { json } from "../weather/weather-server.ts";
import { answerWith } from "./fcm-server.ts";
import { never, probability, scene, shiojiri } from "./fixture.ts";

const api = await runApi("notification_worker");
const { database } = api;
const on = await scene(database);
const { clock, fcm, task, run, minutesPass, addUser, history, tokensSent } = on;
afterAll(() => Promise.all([api.stop(), on.close()]));
beforeEach(() => on.reset());

describe("somebody at whose place a rainbow is likely", () => {
  it("is told once on every device, in its language, and it is in the history", async () => {
    const user = await addUser({ devices: ["phone", "tablet"] });
    await database.query("UPDATE notification_devices SET language = 'en' WHERE token = 'tablet'");
    expect(await run()).toBe("done");
    expect(tokensSent().toSorted()).toEqual(["phone", "tablet"]);
    const [phone, tablet] = fcm.messages.toSorted((a, b) => (a.token < b.token ? -1 : 1));
    expect(phone.notification).toEqual({
      title: "塩尻駅：虹が見えやすい天気です",
      body: expect.stringMatching(
        /^17:10に観測された天気で虹が見える確率は30%です。\n東の空、高さ22°までを見てください。\n出典：気象庁/,
      ),
    });
    expect(tablet.notification.title).toBe("Rainbow weather at 塩尻駅");
    expect(phone.data).toMatchObject({ mode: "present", probability: "0.3", observedAt: "2026-07-01T08:10:00.000Z" });
    expect(await history(user)).toEqual([
      { status: "sent", reason: null, devices: 2, place_name: "塩尻駅", probability },
    ]);
    expect(on.questions).toEqual([expect.objectContaining({ lead_h: 0, lat: 36.1, lon: 137.95 })]);
  });

  it("is told of the coming hour where there is a permit", async () => {
    const user = await addUser();
    await run({ mode: { name: "forecast", permit: "第999号" } });
    expect(on.questions).toEqual([expect.objectContaining({ lead_h: 1 })]);
    expect(fcm.messages[0].notification.body).toMatch(/^17:10〜18:10に[^]*第999号/);
    const { rows } = await database.query("SELECT mode, permit FROM notifications WHERE user_id = $1", [user]);
    expect(rows).toEqual([{ mode: "forecast", permit: "第999号" }]);
  });

  it("is told of the likeliest place, and at most once an hour", async () => {
    const user = await addUser({
      places: [
        { ...shiojiri, name: "near" },
        { lat: 36.5, lon: 138, name: "likely" },
        { lat: 37, lon: 138, name: "out of reach", threshold: 0.9 },
      ],
    });
    on.mlAnswers(({ lat }) => json({ probability: lat > 36.9 ? 0.8 : lat > 36.3 ? 0.5 : 0.3 }));
    await run();
    for (let passed = 10; passed < 60; passed += 10) {
      minutesPass(10);
      await run();
    }
    expect((await history(user)).map(({ place_name }) => place_name)).toEqual(["likely"]);
    minutesPass(10);
    await run();
    expect(fcm.messages).toHaveLength(2);
  });

  it.each([
    ["has switched notifications off", { enabled: false }],
    ["has quiet hours there", { quiet_from: "17:00", quiet_to: "18:00" }],
    ["has quiet hours across midnight there", { quiet_from: "17:00", quiet_to: "03:00" }],
    ["has quiet hours elsewhere", { quiet_from: "04:00", quiet_to: "05:00", time_zone: "America/New_York" }],
    ["has a time zone that there is not any more", { time_zone: "Asia/Nowhere" }],
  ])("is left alone who %s, and nobody is asked for that", async (_name, settings) => {
    const user = await addUser({ settings });
    expect(await run()).toBe("done");
    expect([await history(user), fcm.messages, on.asked, on.questions]).toEqual([[], [], [], []]);
  });

  it("is told when the quiet hours are over", async () => {
    const user = await addUser({ settings: { quiet_from: "17:00", quiet_to: "17:30" } });
    await run();
    minutesPass(15);
    await run();
    minutesPass(1);
    expect(await history(user)).toEqual([]);
    await run();
    expect(await history(user)).toMatchObject([{ status: "sent" }]);
  });

  it("is not told below the threshold, nor where there is no weather", async () => {
    const below = await addUser({ places: [{ ...shiojiri, threshold: 0.31 }] });
    const equal = await addUser({ places: [{ ...shiojiri, threshold: 0.3 }] });
    await run();
    expect([await history(below), await history(equal)]).toMatchObject([[], [{ status: "sent" }]]);
    on.weatherAnswer.fails = new ProviderError("unknown-place", "none there");
    const abroad = await addUser({ places: [{ lat: 52, lon: 5 }] });
    expect(await run()).toBe("done");
    expect(await history(abroad)).toEqual([]);
  });

  it("without a device, or where the service sends none, has it in the history", async () => {
    const without = await addUser({ devices: [] });
    await run();
    const other = await addUser();
    await run({ sender: undefined });
    expect(await history(without)).toMatchObject([{ status: "no-device", devices: 0 }]);
    expect(await history(other)).toMatchObject([{ status: "not-configured", devices: 0 }]);
    expect(fcm.messages).toEqual([]);
  });

  it("and who changed their mind since the run began is not told", async () => {
    const user = await addUser();
    const silenced = await addUser();
    const moved = await addUser();
    on.mlAnswers(({ lat }) => (_url, response) => {
      // Whose place has moved already when the run comes to it.
      if (lat === 0) return json({ probability: 0 })(_url, response, {} as never);
      void database
        .query("UPDATE user_locations SET threshold = 0.9 WHERE user_id = $1", [user])
        .then(() =>
          database.query("INSERT INTO notification_settings (user_id, enabled) VALUES ($1, false)", [silenced]),
        )
        .then(() => database.query("UPDATE user_locations SET location = point(0, 0) WHERE user_id = $1", [moved]))
        .then(() => json({ probability })(_url, response, {} as never));
    });
    await run();
    for (const each of [user, silenced, moved]) expect(await history(each)).toEqual([]);
  });
});

describe("two workers at once", () => {
  it("send once, even when both have the lock", async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => addUser()));
    const outcomes = await Promise.all([run(), run(), run()]);
    expect(outcomes).toEqual(["done", "done", "done"]);
    expect(fcm.messages).toHaveLength(users.length);
    for (const user of users) expect(await history(user)).toMatchObject([{ status: "sent" }]);
  });

  it("claim one notification for somebody at the same moment, with settings of their own or without", async () => {
    const chance = { probability, look: null, observedAt: on.now(), provider: "jma" };
    const parts = { chanceAt: () => chance, mode: { name: "present" }, now: on.now() } as const;
    for (const user of [await addUser(), await addUser({ settings: { quiet_from: null, quiet_to: null } })])
      for (let round = 1; round <= 4; round += 1) {
        const now = new Date(clock.time + round * 3_600_000);
        const claims = await Promise.all(Array.from({ length: 8 }, () => claim(database, user, { ...parts, now })));
        expect(claims.filter((each) => each !== undefined)).toHaveLength(1);
        expect(await history(user)).toHaveLength(round);
      }
  });

  it("are one: the lock decides, and the next round is due after the interval", async () => {
    await addUser();
    const outcomes = await Promise.all([1, 2, 3].map(() => runIfDue(task(), never)));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(await runIfDue(task(), never)).toBe("not due");
    minutesPass(5);
    expect(await runIfDue(task(), never)).toBe("done");
    expect(fcm.messages).toHaveLength(1);
  });

  it("leave the lock to who has it", async () => {
    const master = await api.asMaster();
    await master.query("SELECT pg_advisory_lock($1)", [fleetLocks.notifications]);
    expect(await runIfDue(task(), never)).toBe("another task does it");
    await master.end();
    await expect.poll(() => runIfDue(task(), never)).toBe("done");
  });

  it("go on by themselves when the connection that holds the lock breaks: told once all the same", async () => {
    const user = await addUser();
    const master = await api.asMaster();
    const isBroken = { yet: false };
    on.mlAnswers(() => (url, response) => {
      const answer = () => json({ probability })(url, response, {} as never);
      if (isBroken.yet) return answer();
      isBroken.yet = true;
      void master
        .query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
        .then(() => run())
        .then(answer);
    });
    // What it could not unlock any more is unlocked.
    expect(await runIfDue(task(), never)).toBe("failed");
    expect(isBroken.yet).toBe(true);
    await master.end();
    expect(await history(user)).toMatchObject([{ status: "sent" }]);
    expect(fcm.messages).toHaveLength(1);
  });
});

describe("the worker", () => {
  it("never throws: a database that must not be written to is tried again in the next round", async () => {
    await addUser();
    const master = await api.asMaster();
    const lines: string[] = [];
    await master.query("REVOKE INSERT ON notifications FROM rainbow_app");
    try {
      expect(await runIfDue(task({ log: logTo((line) => lines.push(line)) }), never)).toBe("failed");
    } finally {
      await master.query("GRANT INSERT ON notifications TO rainbow_app");
      await master.end();
    }
    expect(lines.join()).toContain("the next round tries again");
    expect([fcm.messages, await on.metric('notification_runs_total{outcome="failed"}')]).toEqual([[], 1]);
    minutesPass(5);
    expect(await runIfDue(task(), never)).toBe("done");
    expect(fcm.messages).toHaveLength(1);
  });

  it("begins nothing more when the service stops", async () => {
    await Promise.all(Array.from({ length: 10 }, () => addUser()));
    const stopping = new AbortController();
    fcm.answer = (message, response, request) => {
      stopping.abort();
      answerWith(200, { name: "x" })(message, response, request);
    };
    expect(await runOnce(task(), stopping.signal)).toBe("incomplete");
    const { rows } = await database.query("SELECT status FROM notifications");
    expect(rows.length).toBeLessThanOrEqual(4);
    expect(rows.filter(({ status }) => status === "claimed")).toEqual([]);
  });

  it("says in its metrics what it does, and how long ago the last run was", async () => {
    await addUser();
    await addUser({ devices: [] });
    const worker = task();
    await runIfDue(worker, never);
    minutesPass(2);
    for (const [line, value] of [
      ['notification_runs_total{outcome="done"}', 1],
      ['notifications_total{status="sent"}', 1],
      ['notifications_total{status="no-device"}', 1],
      ['notification_places_total{outcome="asked"}', 1],
      ["notification_last_run_age_seconds", 120],
    ] as const)
      expect(await on.metric(line), line).toBe(value);
  });

  it("logs neither tokens nor names nor keys", async () => {
    await addUser({ devices: ["token-that-is-secret"], places: [{ ...shiojiri, name: "grandmother" }] });
    fcm.unregistered.add("token-that-is-secret");
    const lines: string[] = [];
    await run({ log: logTo((line) => lines.push(line)) });
    expect(lines).toHaveLength(1);
    for (const secret of ["secret", "grandmother", "36.1", "access-", "PRIVATE"])
      expect(lines[0]).not.toContain(secret);
  });

  it("forgets the history after ninety days", async () => {
    const user = await addUser();
    await run();
    minutesPass(91 * 24 * 60);
    await database.query("DELETE FROM user_locations");
    await run();
    expect(await history(user)).toEqual([]);
  });
});
